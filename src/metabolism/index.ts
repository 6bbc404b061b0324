export { createMetabolism } from './metabolism.js';
export { type MetabolismParameters, type Profile, profileOf, type StatePolicy } from './profile.js';
export {
  TRANSITIONS,
  type Transition,
  type TransitionView,
  transitionFrom,
  transitionsMermaid,
} from './transitions.js';
