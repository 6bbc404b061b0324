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
  /** Where the source repeats itself: its period, and the embedding of the phase that it is in. Absent where not. */
  readonly repeats?: { readonly period_s: number; readonly phase: PhaseEmbedding };
}

/** Sine and cosine of the place in the turn of a period: near each other for places that are, also over its end. */
export type PhaseEmbedding = readonly [sin: number, cos: number];

/** What the scorer sees of one source in one cycle. */
export interface SalienceReading {
  readonly source: string;
  readonly age_ms: number;
  readonly stale: boolean;
  /** False when the buffer held nothing new: the scores are then carried over, and nothing is learned. */
  readonly fresh: boolean;
  readonly embedding: Float32Array;
  /**
   * 0..1 per element, null = all ones. 0 = not observable now (the robot's own body covers it): such an element
   * has no error, and loses its prediction, so that what appears behind the body is learned anew.
   */
  readonly weights: Float32Array | null;
  /**
   * How many channels are interleaved in the embedding (3 for camera cells); 1 when absent. A change common to a
   * whole channel, such as brightness, is told apart from a local one.
   */
  readonly channels?: number;
}

export interface SalienceContext {
  readonly now_ms: number;
  /** Task outcome credited to a source since the last cycle, 0..1 (0.5 = neither). */
  readonly reward: ReadonlyMap<string, number>;
  /** Disagreement among plugins and uncertainty about a source, 0..1. */
  readonly conflict: ReadonlyMap<string, number>;
}

/** What the memory of all sources holds, and what consolidation has made of it since the start. */
export interface MemoryReport {
  /** Embeddings held now. */
  readonly remembered: number;
  /** Outcomes of tasks that wait to be learned. */
  readonly waiting: number;
  /** Memories that were looked at for their like. */
  readonly examined: number;
  /** Memories that were merged with another one. */
  readonly merged: number;
  /** Outcomes that were learned. */
  readonly learned: number;
}

export interface SalienceScorer {
  score(readings: readonly SalienceReading[], context: SalienceContext): readonly SourceSalience[];
  /**
   * Surprise of each patch of a source in its last fresh reading, 0..1: one per group of interleaved channels, in the
   * order of the embedding. Null for a source that has not delivered.
   */
  patchSurprise(source: string): Float32Array | null;
  /**
   * How long each patch of a source has shown what surprises in it, s: 0 from the reading on that began it, or changed
   * it by more than noise; negative where the patch is as expected. Null for a source that has not delivered.
   */
  surpriseDurations(source: string): Float32Array | null;
  /**
   * Salience as the plan sees it: the share of attention of each source added by half (seeds/000 §2.3), at most 1.
   * @param shares of attention as it was refined, together 1; empty where it was not
   */
  bias(salience: readonly SourceSalience[], shares: ReadonlyMap<string, number>): readonly SourceSalience[];
  /**
   * Notes how a task ended, 0..1, together with what each of the sources shows now. Nothing is learned from it yet:
   * that is the work of consolidation.
   */
  noteOutcome(outcome: number, sources: readonly string[]): void;
  /**
   * Does the memory work of `work_s` seconds at full rate: outcomes become part of the memories that they belong to,
   * and memories that are nearly the same are merged, so that there is room for what is seen once.
   */
  consolidate(work_s: number): MemoryReport;
  /** Accept the present as normal: predictions of a source (or all) start anew at the next reading. */
  accept(source?: string): void;
  /** Accept what some patches of a source show now: it is expected of them from the next reading on. */
  acceptPatches(source: string, patches: readonly number[]): void;
}
