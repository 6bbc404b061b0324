import type { AttendedPatch, AttentionAnswer, AttentionMap } from '../contracts/attention.js';
import type { CameraModel, Vec3 } from '../contracts/geometry.js';
import type { Parameters } from '../contracts/parameters/index.js';
import type { SourceSalience } from '../contracts/salience.js';
import { cellAt } from '../robot/camera.js';

/** Evidence older than this says nothing about the present, ms. */
const ALERT_MS = 500;
/** Pulls that have decayed below this are dropped. */
const PULL_MIN = 0.01;

/** What was noticed at a patch: how strongly and when. */
interface Pull {
  readonly strength: number;
  readonly at_ms: number;
}

/**
 * The result of the last attention refinement: shares of the sources, the map over the camera image, and its
 * evidence.
 */
export class AttentionFocus {
  /** Share of each source; they add up to 1. Empty before the first refinement. */
  shares: ReadonlyMap<string, number> = new Map();
  map: AttentionMap | null = null;
  evidence: readonly AttendedPatch[] = [];
  /** Time of the data behind the attention, ms; null before the first refinement. */
  stamp_ms: number | null = null;
  /** Current salience of the sources, for the next refinement. */
  sources: readonly SourceSalience[] = [];
  /** Current surprise of the camera image's patches, or null; computed on demand. */
  patches: () => Float32Array | null = () => null;
  /** Patches where something was noticed; at most as many as the image has. */
  private readonly pulls = new Map<number, Pull>();

  constructor(private readonly parameters: Parameters['attention']) {}

  /** Stores the salience of this cycle. */
  update(sources: readonly SourceSalience[], patches: () => Float32Array | null): void {
    this.sources = sources;
    this.patches = patches;
  }

  /** Applies a refined attention. */
  apply(answer: AttentionAnswer, now_ms: number): void {
    this.shares = new Map(answer.sources.map(({ source, share }) => [source, share]));
    if (this.map?.columns !== answer.map?.columns || this.map?.rows !== answer.map?.rows) this.pulls.clear();
    this.map = answer.map;
    this.evidence = answer.evidence;
    this.stamp_ms = answer.stamp_ms;
    for (const [patch, pull] of this.pulls) {
      if (this.decayed(pull, now_ms) < PULL_MIN) this.pulls.delete(patch);
    }
    for (const { row, column, surprise, why } of answer.evidence) {
      if (why !== 'surprise' || answer.map === null) continue;
      const patch = row * answer.map.columns + column;
      const strength = Math.max(surprise, this.decayed(this.pulls.get(patch), now_ms));
      this.pulls.set(patch, { strength, at_ms: now_ms });
    }
  }

  /** True while attention is on something that has just changed in the image. */
  alert(now_ms: number): boolean {
    if (this.stamp_ms === null || now_ms - this.stamp_ms > ALERT_MS) return false;
    return this.evidence.some(({ why }) => why === 'surprise');
  }

  /** How strongly something was noticed at a pixel or in an adjacent patch, decayed by age, 0..1. */
  pullAt(pixel: readonly [number, number], camera: CameraModel, now_ms: number): number {
    if (this.map === null) return 0;
    const { columns } = this.map;
    const { row, column } = cellAt(pixel, camera, this.map);
    let strongest = 0;
    for (const [patch, pull] of this.pulls) {
      const near =
        Math.abs(Math.floor(patch / columns) - row) <= 1 && Math.abs((patch % columns) - column) <= 1;
      if (near) strongest = Math.max(strongest, this.decayed(pull, now_ms));
    }
    return strongest;
  }

  private decayed(pull: Pull | undefined, now_ms: number): number {
    if (pull === undefined) return 0;
    const age_s = Math.max(0, now_ms - pull.at_ms) / 1000;
    return pull.strength * 2 ** (-age_s / this.parameters.memory_s);
  }
}

/** How strongly something was noticed at a point on the table, 0..1; 0 outside the image. */
export type PullAtPlace = (position_m: Vec3) => number;
