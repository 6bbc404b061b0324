export { ArousalMeter } from './arousal.js';
export { BIAS_STRENGTH, biasScores, softmax, topK } from './attention.js';
export { type AffineChange, commonChange } from './common-change.js';
export { NoveltyBank } from './novelty.js';
export { PeriodFinder } from './period.js';
export { PeriodicFilter, type PeriodicFilterParameters } from './periodic-filter.js';
export { ElementPredictor, extremesOf, type PredictorParameters, surpriseOf } from './predictor.js';
export { createSalienceScorer, type SalienceParameters, type SnarcScorer } from './scorer.js';
