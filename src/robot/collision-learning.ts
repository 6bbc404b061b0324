import { seededRandom } from '../contracts/ports.js';
import { type Bodies, bodiesOf } from './bodies.js';
import type { PlacedCapsules } from './placed-capsules.js';
import { segmentDistanceSquared } from './segment-distance.js';
import { TRANSFORM_SIZE } from './transform.js';

/** Postures sampled to learn which pairs of links matter. */
const SAMPLES = 120;
/** A pair closer than this counts as touching in a sample, m. Above any clearance that plans keep. */
const TOUCH_M = 0.01;
/** A pair touching in this share of the samples touches by design (MoveIt's setup assistant: 0.95). */
const ALWAYS = 0.95;
/** A height or distance that varies less than this over all samples does not depend on the arm, m. */
const STILL_M = 1e-4;
/** Safety factor on the reach, which is a maximum over samples. */
const REACH_GROWTH = 1.1;

/** Slightly below 1, so that rounding does not decide what is closer. */
const NEARLY = 0.999;

interface LearnedPairs {
  /** Two capsule indices per pair. */
  readonly pairs: Int32Array;
  /**
   * How much too thick each pair is modelled, m: it overlaps at home, where a robot does not touch itself.
   */
  readonly slack: Float64Array;
  /** Capsules whose height depends on the arm. */
  readonly table: Int32Array;
  /** Farthest capsule point from each arm joint's axis, m; 1 for prismatic joints (m/m). */
  readonly reach_m: readonly number[];
}

/**
 * Samples postures to find out which pairs and heights matter, and how far each joint's motion can move
 * anything.
 */
export function learnPairs(placed: PlacedCapsules, bodies: Bodies, seed: number): LearnedPairs {
  const { chain } = placed;
  const bodyOf = (capsule: number): number => bodies.ofLink[placed.link[capsule]!]!;
  const moving = [...placed.radius.keys()].filter((capsule) => bodies.moved[bodyOf(capsule)]!);
  const candidates = candidatePairs(placed, bodies, bodyOf);
  const gap = (i: number, j: number): number =>
    Math.sqrt(segmentDistanceSquared(placed.ends, i * 6, j * 6)) - placed.radius[i]! - placed.radius[j]!;
  const gaps = candidates.map(() => new Spread());
  const heights = moving.map(() => new Spread());
  const reach = chain.joints.map((name) => new Reach(placed, bodiesOf(chain.model, [name]), name));
  let open = [...candidates.keys()];
  let level = [...moving.keys()];
  const random = seededRandom(seed);
  for (let sample = 0; sample < SAMPLES; sample++) {
    placed.place(
      chain.limits.map(({ lower, upper }) => {
        const [low, high] = Number.isFinite(lower) ? [lower, upper] : [-Math.PI, Math.PI];
        return low + random.next() * (high - low);
      }),
    );
    // Skip pairs already known to matter: this runs first for every robot, before the code is optimised.
    open = open.filter((pair) => {
      const candidate = candidates[pair]!;
      const spread = gaps[pair]!;
      spread.add(gap(candidate[0], candidate[1]));
      return !spread.matters;
    });
    level = level.filter((at) => {
      const spread = heights[at]!;
      spread.add(placed.lowerEnd(moving[at]!));
      return !spread.varies;
    });
    for (const joint of reach) joint.grow();
  }
  placed.place(chain.home);
  const kept = candidates.filter((_, pair) => gaps[pair]!.matters);
  return {
    pairs: Int32Array.from(kept.flat()),
    slack: Float64Array.from(kept, ([i, j]) => Math.max(0, TOUCH_M - gap(i, j))),
    table: Int32Array.from(moving.filter((_, index) => heights[index]!.varies)),
    reach_m: reach.map((joint) => joint.far_m * REACH_GROWTH),
  };
}

/**
 * Pairs on different bodies, at least one of them moved by the arm, that are not directly connected by a
 * joint.
 */
function candidatePairs(
  placed: PlacedCapsules,
  bodies: Bodies,
  bodyOf: (capsule: number) => number,
): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  for (let i = 0; i < placed.radius.length; i++) {
    for (let j = i + 1; j < placed.radius.length; j++) {
      const a = bodyOf(i);
      const b = bodyOf(j);
      if (a === b || bodies.parent[a] === b || bodies.parent[b] === a) continue;
      if (bodies.moved[a]! || bodies.moved[b]!) found.push([i, j]);
    }
  }
  return found;
}

/**
 * Statistics of a distance over the samples. Both properties are monotone, so that a decided one need not be
 * computed again.
 */
class Spread {
  private low = Number.POSITIVE_INFINITY;
  private high = Number.NEGATIVE_INFINITY;
  private apart = 0;

  add(distance_m: number): void {
    this.low = Math.min(this.low, distance_m);
    this.high = Math.max(this.high, distance_m);
    if (distance_m >= TOUCH_M) this.apart++;
  }

  /** Depends on the posture. */
  get varies(): boolean {
    return this.high - this.low > STILL_M;
  }

  /** Varies, and does not touch by design. */
  get matters(): boolean {
    return SAMPLES - this.apart < ALWAYS * SAMPLES && this.varies;
  }
}

/** Farthest point from a joint among the capsules it moves. */
class Reach {
  far_m = 0;
  private readonly slides: boolean;
  private readonly origin: number;
  private readonly capsules: readonly number[];

  constructor(
    private readonly placed: PlacedCapsules,
    bodies: Bodies,
    joint: string,
  ) {
    const robotJoint = placed.chain.model.joints.get(joint)!;
    this.slides = robotJoint.kind === 'prismatic';
    this.origin = placed.indexOf(robotJoint.child) * TRANSFORM_SIZE;
    this.capsules = [...placed.radius.keys()].filter((at) => bodies.moved[bodies.ofLink[placed.link[at]!]!]!);
    if (this.slides) this.far_m = 1;
  }

  grow(): void {
    if (this.slides) return;
    const { ends, transforms: t, radius } = this.placed;
    for (const capsule of this.capsules) {
      for (let end = capsule * 6; end < capsule * 6 + 6; end += 3) {
        const dx = ends[end]! - t[this.origin + 3]!;
        const dy = ends[end + 1]! - t[this.origin + 7]!;
        const dz = ends[end + 2]! - t[this.origin + 11]!;
        // Most are much closer; their exact distance is not needed.
        const beyond_m = NEARLY * (this.far_m - radius[capsule]!);
        if (beyond_m > 0 && dx * dx + dy * dy + dz * dz < beyond_m * beyond_m) continue;
        this.far_m = Math.max(this.far_m, Math.hypot(dx, dy, dz) + radius[capsule]!);
      }
    }
  }
}
