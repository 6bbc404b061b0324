export { createMetabolism } from './metabolism.js';
export { type MetabolismParameters, type Profile, profileOf } from './profile.js';
export {
  TRANSITIONS,
  type TransitionView,
  transitionFrom,
  transitionsMermaid,
} from './transitions.js';
