export { ArousalMeter } from './arousal.js';
export { biasScores, softmax, topK } from './attention.js';
export { type AffineChange, commonChange } from './common-change.js';
export { NoveltyBank } from './novelty.js';
export { PeriodFinder } from './period.js';
export { PeriodicFilter } from './periodic-filter.js';
export { ElementPredictor, extremesOf, surpriseOf } from './predictor.js';
export { createSalienceScorer, type SalienceParameters } from './scorer.js';
