import { defaultParameters } from '../../src/contracts/parameters/index.js';
import { seededRandom } from '../../src/contracts/ports.js';
import type { SalienceReading, SourceSalience } from '../../src/contracts/salience.js';
import { createSalienceScorer, type SalienceParameters } from '../../src/salience/index.js';

export const PERIOD_MS = 50;
export const SIGMA = 0.006;

export function gaussian(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

export const parametersWith = (changes: Partial<SalienceParameters> = {}): SalienceParameters => ({
  ...defaultParameters().salience,
  ...changes,
});

export function reading(
  source: string,
  embedding: Float32Array,
  changes: Partial<SalienceReading> = {},
): SalienceReading {
  return { source, age_ms: 10, stale: false, fresh: true, embedding, weights: null, ...changes };
}

/** A scorer of one source that counts its own time. */
export function single(changes: Partial<SalienceParameters> = {}) {
  const scorer = createSalienceScorer(parametersWith(changes));
  let now_ms = 0;
  const see = (embedding: Float32Array, more: Partial<SalienceReading> = {}): SourceSalience => {
    now_ms += PERIOD_MS;
    const context = { now_ms, reward: new Map(), conflict: new Map() };
    return scorer.score([reading('camera', embedding, more)], context)[0]!;
  };
  return { scorer, see };
}

/** A camera-like scene of 12 × 16 cells × 3 channels with noise; `paint` changes cells of one frame. */
export function camera(seed: number, sigma = 0.004) {
  const random = seededRandom(seed);
  const noise = gaussian(seed + 1);
  const base = Float32Array.from({ length: 576 }, (_, index) =>
    index % 3 === 0 ? 0.2 + 0.6 * random.next() : 0.5 + 0.1 * (random.next() - 0.5),
  );
  return (paint: (value: number, index: number) => number = (value) => value) =>
    base.map((value, index) => paint(value, index) + sigma * noise());
}

/** A hand that reaches over `cells` cells of the left edge from a row on: luma and chroma of skin. */
export const hand =
  (cells: number, first = 5) =>
  (value: number, index: number) => {
    const cell = Math.floor(index / 3);
    const row = Math.floor(cell / 16);
    const inHand = cell % 16 < 2 && row >= first && (row - first) * 2 + (cell % 16) < cells;
    return inHand ? [0.65, 0.42, 0.58][index % 3]! : value;
  };
