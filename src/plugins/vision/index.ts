export { colourName, hsvOf } from './colour.js';
export { type FrameFit, fitOf, modelInput } from './frame.js';
export { type Findings, findObjects } from './objects.js';
export { createVisionPlugin } from './plugin.js';
