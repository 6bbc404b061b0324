const VIOLATION_KINDS = [
  'joint_limit',
  'velocity_limit',
  'jump',
  'table',
  'self_collision',
  'block_hit',
] as const;

/**
 * joint_limit, velocity_limit: what was commanded; jump: a trajectory that does not begin where the arm is;
 * table: a link (or the held block) below the table top; self_collision: two links; block_hit: a block struck by a
 * link, or by a finger from above.
 */
export type ViolationKind = (typeof VIOLATION_KINDS)[number];

/** Something that must not happen on a real robot, as ground truth. */
export interface Violation {
  readonly time_s: number;
  readonly kind: ViolationKind;
  /** The joint, link or pair of links. */
  readonly what: string;
  /** By how much: rad, rad/s, m; 0 where it has no size. */
  readonly by: number;
}

/** Kept at most; later ones are counted only. */
const KEPT_MAX = 200;
/** The same violation is a new one after it has been absent this long, s. */
const APART_S = 0.5;

/** Records each violation once, however many steps it lasts. */
export class ViolationLog {
  readonly kept: Violation[] = [];
  count = 0;
  private readonly last_s = new Map<string, number>();

  add(time_s: number, kind: ViolationKind, what: string, by: number): void {
    const key = `${kind}:${what}`;
    const last = this.last_s.get(key);
    this.last_s.set(key, time_s);
    if (last !== undefined && time_s - last < APART_S) return;
    this.count++;
    if (this.kept.length < KEPT_MAX) this.kept.push({ time_s, kind, what, by });
  }
}
