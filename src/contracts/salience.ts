/** The five SNARC terms, each 0..1 (seeds/000 §2.3). */
export interface Snarc {
  readonly surprise: number;
  readonly novelty: number;
  readonly arousal: number;
  readonly reward: number;
  readonly conflict: number;
}

export interface SourceSalience extends Snarc {
  readonly source: string;
  /** Softmax-weighted sum of the five, 0..1. */
  readonly combined: number;
  readonly age_ms: number;
  readonly stale: boolean;
  /** Period of a periodic source, and the embedding of its current phase. Otherwise absent. */
  readonly repeats?: { readonly period_s: number; readonly phase: PhaseEmbedding };
}

/** Sine and cosine of the phase: continuous across the end of a period. */
export type PhaseEmbedding = readonly [sin: number, cos: number];

/** Input of the scorer for one source and cycle. */
export interface SalienceReading {
  readonly source: string;
  readonly age_ms: number;
  readonly stale: boolean;
  /** False if there is nothing new: the scores are carried over, and nothing is learned. */
  readonly fresh: boolean;
  readonly embedding: Float32Array;
  /**
   * 0..1 per element; null = all ones. 0 = currently not observable (covered by the robot's own body): such
   * an element has no error and loses its prediction, so that what appears from behind the body is learned
   * afresh.
   */
  readonly weights: Float32Array | null;
  /**
   * Number of channels interleaved in the embedding (3 for camera cells); 1 if absent. Changes common to a
   * whole channel, such as brightness, are separated from local ones.
   */
  readonly channels?: number;
}

export interface SalienceContext {
  readonly now_ms: number;
  /** Task outcome credited to each source since the last cycle, 0..1 (0.5 = neutral). */
  readonly reward: ReadonlyMap<string, number>;
  /** Disagreement among plugins and uncertainty about each source, 0..1. */
  readonly conflict: ReadonlyMap<string, number>;
}

/** Size of the memory of all sources, and totals of consolidation since the start. */
export interface MemoryReport {
  /** Embeddings stored now. */
  readonly remembered: number;
  /** Task outcomes waiting to be learned. */
  readonly waiting: number;
  /** Memories checked for near duplicates. */
  readonly examined: number;
  /** Memories merged into another. */
  readonly merged: number;
  /** Outcomes learned. */
  readonly learned: number;
}

export interface SalienceScorer {
  score(readings: readonly SalienceReading[], context: SalienceContext): readonly SourceSalience[];
  /**
   * Surprise of each patch of a source in its last fresh reading, 0..1: one per group of interleaved
   * channels, in the order of the embedding. Null for a source that has not delivered yet.
   */
  patchSurprise(source: string): Float32Array | null;
  /**
   * How long each patch of a source has been surprising, s: 0 at the reading that started it, or changed it
   * by more than noise; negative where the patch is as expected. Null for a source that has not delivered
   * yet.
   */
  surpriseDurations(source: string): Float32Array | null;
  /**
   * Salience for the planner: plus half of each source's share of attention (seeds/000 §2.3), at most 1.
   * @param shares of attention as last refined, adding up to 1; empty before the first refinement
   */
  bias(salience: readonly SourceSalience[], shares: ReadonlyMap<string, number>): readonly SourceSalience[];
  /**
   * Records how a task ended, 0..1, with what each of the sources shows now. Learning from it is left to
   * consolidation.
   */
  noteOutcome(outcome: number, sources: readonly string[]): void;
  /**
   * Does the memory work of `work_s` seconds at full rate: attaches outcomes to the memories they belong to,
   * and merges near duplicates, which frees space for what is seen only once.
   */
  consolidate(work_s: number): MemoryReport;
  /** Accepts the present as normal: predictions of a source (or all) restart at the next reading. */
  accept(source?: string): void;
  /** Accepts what some patches of a source show now as their prediction from the next reading on. */
  acceptPatches(source: string, patches: readonly number[]): void;
}
