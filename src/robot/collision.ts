import type { Vec3 } from '../contracts/geometry.js';
import type { ArmChain } from './arm-chain.js';
import { type Bodies, bodiesOf } from './bodies.js';
import { linkCapsules } from './capsules.js';
import { learnPairs } from './collision-learning.js';
import { type LinkCapsule, PlacedCapsules } from './placed-capsules.js';
import { segmentDistanceSquared } from './segment-distance.js';
import { TRANSFORM_SIZE } from './transform.js';

interface CollisionOptions {
  /** Radius of links whose shape is missing or an unfitted mesh, m. */
  readonly link_radius_m: number;
  /** Height of the table in the base frame, m; fixed parts below it are left to the table check. */
  readonly table_height_m: number;
  /**
   * How far parts of the hand may extend beyond the tip without counting, m, because they are modelled too
   * large.
   */
  readonly hand_below_tip_m?: number;
  /**
   * Values of the open finger joints, rad or m; missing joints are at rest. Motions are checked with open
   * fingers, which extend furthest to the sides and, on a tilted hand, down to the table.
   */
  readonly fingers_open?: ReadonlyMap<string, number>;
  readonly seed?: number;
}

/** Clearance reported if nothing can be touched, m. */
const CLEAR_M = 10;

/**
 * Distances of an arm to itself and the table, with every link as capsules. Instances hold scratch memory:
 * one per thread. Self clearance skips neighbours and pairs that touch in nearly all postures; a pair that
 * overlaps in the home posture is assumed to be modelled too thick by that much. Parts whose height no joint
 * changes are left out of the table clearance: they stay where they were mounted.
 */
export class CollisionModel {
  /** Farthest point moved by each arm joint, m: Σ |Δq| · reach bounds the motion of every point. */
  readonly reach_m: readonly number[];
  private readonly placed: PlacedCapsules;
  private readonly tipLink: number;
  private readonly tableCapsules: Int32Array;
  /** Which of the table capsules belong to the hand. */
  private readonly hand: readonly boolean[];
  private readonly pairs: Int32Array;
  private readonly slack: Float64Array;
  private readonly hand_below_tip_m: number;
  private readonly fingers_open: ReadonlyMap<string, number>;

  constructor(
    readonly chain: ArmChain,
    options: CollisionOptions,
  ) {
    this.hand_below_tip_m = options.hand_below_tip_m ?? 0;
    const bodies = bodiesOf(chain.model, chain.joints);
    this.placed = new PlacedCapsules(chain, gather(chain, bodies, options));
    this.fingers_open = options.fingers_open ?? new Map();
    this.placed.takeOthers(this.fingers_open);
    this.tipLink = this.placed.indexOf(chain.tip_frame);
    const learned = learnPairs(this.placed, bodies, options.seed ?? 1);
    this.pairs = learned.pairs;
    this.slack = learned.slack;
    this.tableCapsules = learned.table;
    this.reach_m = learned.reach_m;
    const hand = handBodies(bodies, bodies.ofLink[this.tipLink]!);
    this.hand = [...learned.table].map((capsule) => hand.has(bodies.ofLink[this.placed.link[capsule]!]!));
  }

  /** Number of capsules and of checked pairs, for diagnostics. */
  get size(): { readonly capsules: number; readonly pairs: number } {
    return { capsules: this.placed.radius.length, pairs: this.slack.length };
  }

  /** Pairs of links whose distance is checked, each once. */
  checkedLinkPairs(): readonly (readonly [string, string])[] {
    const found = new Map<string, readonly [string, string]>();
    for (let pair = 0; pair < this.slack.length; pair++) {
      const a = this.placed.nameOf(this.pairs[2 * pair]!);
      const b = this.placed.nameOf(this.pairs[2 * pair + 1]!);
      found.set(`${a}|${b}`, [a, b]);
    }
    return [...found.values()];
  }

  /**
   * Smallest height of the moving links above the table, m; negative below it. Parts of the hand may be up to
   * `held_below_tip_m` below the tip without counting: a held object is between them and the table.
   */
  tableClearance(values: ArrayLike<number>, table_height_m: number, held_below_tip_m = 0): number {
    this.placed.place(values);
    return this.tableDistance(table_height_m, held_below_tip_m);
  }

  /** Smallest distance between links that are not neighbours, m; negative on overlap. */
  selfClearance(values: ArrayLike<number>): number {
    this.placed.place(values);
    return this.selfDistance(CLEAR_M);
  }

  /** The smaller of both clearances, m. With `self` false, self collision is not checked. */
  clearance(values: ArrayLike<number>, table_height_m: number, held_below_tip_m = 0, self = true): number {
    return this.clearanceBelow(CLEAR_M, values, table_height_m, held_below_tip_m, self);
  }

  /**
   * The same if below a bound, otherwise some value at or above the bound: larger distances are not computed,
   * m.
   */
  clearanceBelow(
    bound_m: number,
    values: ArrayLike<number>,
    table_height_m: number,
    held_below_tip_m: number,
    self: boolean,
  ): number {
    this.placed.place(values);
    const table = this.tableDistance(table_height_m, held_below_tip_m);
    return self ? this.selfDistance(Math.min(bound_m, table)) : table;
  }

  /**
   * How far the hand, with fingers open or at rest, extends beyond the tip along a unit vector of the tip
   * frame, m; negative if it ends before the tip. Minus what `hand_below_tip_m` ignores.
   */
  handReach(axis: Vec3): number {
    const reaches = [this.chain.others, this.fingers_open].map((fingers) => {
      this.placed.takeOthers(fingers);
      return this.handReachNow(axis);
    });
    const reach = Math.max(...reaches);
    return reach > 0 ? Math.max(0, reach - this.hand_below_tip_m) : reach;
  }

  private handReachNow(axis: Vec3): number {
    const { placed, chain } = this;
    placed.place(chain.home);
    const t = placed.transforms.subarray(this.tipLink * TRANSFORM_SIZE);
    const way = [0, 4, 8].map((row) => t[row]! * axis[0] + t[row + 1]! * axis[1] + t[row + 2]! * axis[2]);
    let reach = -CLEAR_M;
    for (const [index, capsule] of this.tableCapsules.entries()) {
      if (!this.hand[index]!) continue;
      for (const at of [capsule * 6, capsule * 6 + 3]) {
        const along = [3, 7, 11].reduce((sum, row, k) => sum + (placed.ends[at + k]! - t[row]!) * way[k]!, 0);
        reach = Math.max(reach, along + placed.radius[capsule]!);
      }
    }
    return reach;
  }

  private tableDistance(table_height_m: number, held_m: number): number {
    const { placed } = this;
    const held_below_tip_m = held_m + this.hand_below_tip_m;
    const tipHeight = placed.linkHeight(this.tipLink) - table_height_m;
    let best = CLEAR_M;
    for (let index = 0; index < this.tableCapsules.length; index++) {
      const capsule = this.tableCapsules[index]!;
      let height = placed.lowerEnd(capsule) - placed.radius[capsule]! - table_height_m;
      if (held_below_tip_m > 0 && height < tipHeight && this.hand[index]!) {
        height = Math.min(tipHeight, height + held_below_tip_m);
      }
      if (height < best) best = height;
    }
    return best;
  }

  /** The smallest pair distance below `best`, or `best`. */
  private selfDistance(best: number): number {
    const { pairs, slack } = this;
    const { ends, radius, half } = this.placed;
    for (let pair = 0; pair < slack.length; pair++) {
      const i = pairs[2 * pair]!;
      const j = pairs[2 * pair + 1]!;
      const thick = radius[i]! + radius[j]! - slack[pair]!;
      const dx = ends[i * 6]! + ends[i * 6 + 3]! - ends[j * 6]! - ends[j * 6 + 3]!;
      const dy = ends[i * 6 + 1]! + ends[i * 6 + 4]! - ends[j * 6 + 1]! - ends[j * 6 + 4]!;
      const dz = ends[i * 6 + 2]! + ends[i * 6 + 5]! - ends[j * 6 + 2]! - ends[j * 6 + 5]!;
      const near = best + thick + half[i]! + half[j]!;
      // (dx, dy, dz) is twice the distance between the midpoints: beyond this the pair cannot be the closest
      if (near < 0 || dx * dx + dy * dy + dz * dz > 4 * near * near) continue;
      const gap = Math.sqrt(segmentDistanceSquared(ends, i * 6, j * 6)) - thick;
      if (gap < best) best = gap;
    }
    return best;
  }
}

/**
 * Capsules of all links, except fixed parts below the table surface: a table modelled as a link, a mounting
 * plate. The plane represents them, and more accurately.
 */
function gather(chain: ArmChain, bodies: Bodies, options: CollisionOptions): LinkCapsule[] {
  const { link_radius_m, table_height_m } = options;
  const byLink = linkCapsules(chain.model, { link_radius_m, tip_frame: chain.tip_frame });
  const all = chain.model.order.flatMap((name, link) =>
    byLink.get(name)!.map((capsule) => ({ ...capsule, link })),
  );
  const placed = new PlacedCapsules(chain, all);
  placed.place(chain.home);
  return all.filter(
    ({ link }, capsule) => bodies.moved[bodies.ofLink[link]!]! || placed.upperEnd(capsule) > table_height_m,
  );
}

/** Bodies from the one carrying the tip onwards: the hand and its fingers. */
function handBodies(bodies: Bodies, first: number): Set<number> {
  const hand = new Set([first]);
  for (let body = 1; body < bodies.count; body++) if (hand.has(bodies.parent[body]!)) hand.add(body);
  return hand;
}
