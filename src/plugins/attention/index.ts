export { type AttentionState, createAttentionPlugin } from './plugin.js';
export { divergence, entropyOf, projectOntoSimplex } from './simplex.js';
