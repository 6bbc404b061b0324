/** A source that could be attended to, and how much speaks for it. */
export interface SourceScore {
  readonly source: string;
  /** Combined salience, 0..1. */
  readonly score: number;
}

/** The patches of one image, rows × columns, row-major. */
export interface PatchScores {
  readonly source: string;
  readonly rows: number;
  readonly columns: number;
  /** How surprising each patch is, 0..1. */
  readonly surprise: Float32Array;
  /** How much the active goal has to do with each patch, 0..1; null without a place to look at. */
  readonly goal: Float32Array | null;
}

/** What the attention plugin is asked: what to share one unit of attention among. */
export interface AttentionTask {
  readonly stamp_ms: number;
  readonly sources: readonly SourceScore[];
  /** Patches of the camera image; null where it gave none. */
  readonly patches: PatchScores | null;
}

export interface SourceShare {
  readonly source: string;
  /** Shares of all sources add up to 1. */
  readonly share: number;
}

/** A patch that the attention rests on. */
export interface AttendedPatch {
  readonly source: string;
  readonly row: number;
  readonly column: number;
  /** Of the attention to this image; all its patches together have 1. */
  readonly share: number;
  readonly surprise: number;
  /** What speaks for it most. */
  readonly why: 'surprise' | 'goal';
}

export interface AttentionMap {
  readonly source: string;
  readonly rows: number;
  readonly columns: number;
  /** Share of each patch, row-major; adds up to 1. */
  readonly shares: Float32Array;
}

/** The attention map, and the evidence it rests on. */
export interface AttentionAnswer {
  readonly stamp_ms: number;
  /** In the order of the task. */
  readonly sources: readonly SourceShare[];
  readonly map: AttentionMap | null;
  /** The patches with the largest shares among those that something speaks for, the largest first; bounded. */
  readonly evidence: readonly AttendedPatch[];
  /** Of sources and patches together, nats. */
  readonly entropy_nats: number;
  /** The temperature that the refinement had come down to. */
  readonly temperature: number;
}
