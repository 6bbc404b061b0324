import type { SourceSalience } from '../../src/contracts/salience.js';

/** A source that is fresh and as salient as told, whatever of its five terms made it so. */
export const salient = (source: string, combined: number): SourceSalience => ({
  source,
  combined,
  surprise: 0,
  novelty: 0,
  arousal: 0,
  reward: 0,
  conflict: 0,
  age_ms: 0,
  stale: false,
});
