/** A source that attention may go to, and its score. */
interface SourceScore {
  readonly source: string;
  /** Combined salience, 0..1. */
  readonly score: number;
}

/** The patches of one image, rows × columns, row-major. */
export interface PatchScores {
  readonly source: string;
  readonly rows: number;
  readonly columns: number;
  /** Surprise of each patch, 0..1. */
  readonly surprise: Float32Array;
  /** Relevance of each patch to the active goal, 0..1; null if the goal has no position to look at. */
  readonly goal: Float32Array | null;
}

/** Task of the attention plugin: what to divide one unit of attention among. */
export interface AttentionTask {
  readonly stamp_ms: number;
  readonly sources: readonly SourceScore[];
  /** Patches of the camera image; null without one. */
  readonly patches: PatchScores | null;
}

interface SourceShare {
  readonly source: string;
  /** Shares of all sources add up to 1. */
  readonly share: number;
}

/** A patch behind the attention. */
export interface AttendedPatch {
  readonly source: string;
  readonly row: number;
  readonly column: number;
  /** Share of the attention within this image, whose patches add up to 1. */
  readonly share: number;
  readonly surprise: number;
  /** The stronger reason. */
  readonly why: 'surprise' | 'goal';
}

export interface AttentionMap {
  readonly source: string;
  readonly rows: number;
  readonly columns: number;
  /** Share of each patch, row-major; they add up to 1. */
  readonly shares: Float32Array;
}

/** The attention map and its evidence. */
export interface AttentionAnswer {
  readonly stamp_ms: number;
  /** In the order of the task. */
  readonly sources: readonly SourceShare[];
  readonly map: AttentionMap | null;
  /** The patches with the largest shares among those with evidence, largest first; bounded. */
  readonly evidence: readonly AttendedPatch[];
  /** Total entropy of sources and patches, nats. */
  readonly entropy_nats: number;
  /** Temperature reached by the refinement. */
  readonly temperature: number;
}
