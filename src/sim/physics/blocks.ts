import type { PlacedShape } from '../contact/convex.js';
import { lowest } from '../contact/convex.js';
import { footprintBelow, type Point2, square, wayOut } from '../contact/footprint.js';
import { type Block, settle, yawOf } from './block.js';

const GRAVITY = 9.81;
/** A block whose centre lies nearer than this to another's rests on it, else it slides off, share of half its edge. */
const RESTS_WITHIN = 1.2;
/** Fastest that anything pushes a block aside, m/s. */
const PUSH_SPEED = 0.6;
/** A link that was above a block's top less this came from above, m. */
const FROM_ABOVE_M = 0.003;
/** Blocks push blocks: rounds per step. */
const ROUNDS = 3;

/** Called when something strikes a block: which link, which block, how deep (m). */
export type HitReport = (link: string, block: Block, depth_m: number) => void;

const topOf = (block: Block): number => block.pose[11]! + block.half_m;
const outlineOf = (block: Block): Point2[] =>
  square(block.pose[3]!, block.pose[7]!, yawOf(block.pose), 2 * block.half_m);

/** The blocks: pushed on the level, carried by the gripper, falling when let go. */
export class Blocks {
  /** Lowest point of each shape of the robot one step ago, m. */
  private before: number[] = [];

  constructor(readonly all: readonly Block[]) {}

  /**
   * Moves blocks out of the robot's way. `enclosed` is between the fingers, which therefore do not push it.
   * A finger may push a block from the side; what strikes it otherwise is reported.
   */
  pushedBy(
    shapes: readonly PlacedShape[],
    fingers: ReadonlySet<string>,
    enclosed: Block | null,
    dt_s: number,
    report: HitReport,
  ): void {
    for (const [i, placed] of shapes.entries()) {
      const low = lowest(placed.corners);
      const before = this.before[i] ?? low;
      this.before[i] = low;
      for (const block of this.all) {
        const finger = fingers.has(placed.link);
        if (block.held || (finger && block === enclosed) || low > topOf(block)) continue;
        if (!near(placed, block)) continue;
        const depth = this.push(block, placed, dt_s);
        if (depth === 0) continue;
        if (!finger || before > topOf(block) - FROM_ABOVE_M) report(placed.link, block, depth);
      }
    }
    this.separate(report);
  }

  /** Whether a held block whose lowest point comes from one height to another would be in one that it was above. */
  standsOn(held: Block, from_m: number, low_m: number): boolean {
    return this.all.some(
      (other) =>
        other !== held &&
        low_m < topOf(other) &&
        from_m > topOf(other) - FROM_ABOVE_M &&
        wayOut(outlineOf(held), outlineOf(other)) !== null,
    );
  }

  /** Puts a block down elsewhere, out of the gripper where it was there. False where there is none of this colour. */
  put(colour: string, x_m: number, y_m: number): boolean {
    const block = this.all.find((one) => one.colour === colour);
    if (block === undefined) return false;
    block.held = false;
    block.velocity_z = 0;
    settle(block, x_m, y_m, block.half_m);
    return true;
  }

  private push(block: Block, placed: PlacedShape, dt_s: number): number {
    const bottom = block.pose[11]! - block.half_m;
    let high = -Infinity;
    for (let i = 2; i < placed.corners.length; i += 3) high = Math.max(high, placed.corners[i]!);
    if (high < bottom) return 0;
    const way = wayOut(outlineOf(block), footprintBelow(placed.shape, placed.corners, topOf(block)));
    if (way === null) return 0;
    move(block, way, PUSH_SPEED * dt_s);
    return Math.hypot(...way);
  }

  /** Blocks on the same level do not overlap; a held one pushes, and that is reported. */
  private separate(report: HitReport): void {
    for (let round = 0; round < ROUNDS; round++) {
      for (const a of this.all) {
        for (const b of this.all) {
          if (a === b || b.held || Math.abs(a.pose[11]! - b.pose[11]!) > 1.8 * a.half_m) continue;
          const way = wayOut(outlineOf(b), outlineOf(a));
          if (way === null) continue;
          const share = a.held ? 1 : 0.5;
          move(b, [way[0] * share, way[1] * share], 2 * b.half_m);
          if (a.held) report(`held ${a.colour} block`, b, Math.hypot(...way));
          else move(a, [-way[0] * share, -way[1] * share], 2 * a.half_m);
        }
      }
    }
  }

  /** Lets go of nothing: free blocks fall until the table or a block under them stops them. */
  fall(dt_s: number): void {
    for (const block of this.all) {
      if (block.held) continue;
      const floor = this.supportUnder(block) + block.half_m;
      const [x, y, z] = [block.pose[3]!, block.pose[7]!, block.pose[11]!];
      if (z <= floor + 1e-6 && block.velocity_z <= 0) {
        block.velocity_z = 0;
        if (z !== floor || block.pose[10]! < 1 - 1e-9) settle(block, x, y, floor);
        continue;
      }
      block.velocity_z -= GRAVITY * dt_s;
      const next = z + block.velocity_z * dt_s;
      settle(block, x, y, Math.max(floor, next));
      if (next <= floor) block.velocity_z = 0;
    }
  }

  /** Height of what a block would come to rest on, m; moves it aside where it would balance on an edge. */
  private supportUnder(block: Block): number {
    let height = 0;
    for (const other of this.all) {
      if (other === block || other.held || topOf(other) > block.pose[11]! - block.half_m + 0.01) continue;
      const apart = Math.hypot(other.pose[3]! - block.pose[3]!, other.pose[7]! - block.pose[7]!);
      if (apart < RESTS_WITHIN * block.half_m) height = Math.max(height, topOf(other));
      else if (block.pose[11]! - block.half_m < topOf(other) + 0.002) {
        const way = wayOut(outlineOf(block), outlineOf(other));
        if (way !== null) move(block, way, 2 * block.half_m);
      }
    }
    return height;
  }
}

function near(placed: PlacedShape, block: Block): boolean {
  const reach = placed.shape.radius_m + 2 * block.half_m;
  return (
    Math.abs(placed.centre[0]! - block.pose[3]!) < reach &&
    Math.abs(placed.centre[1]! - block.pose[7]!) < reach &&
    Math.abs(placed.centre[2]! - block.pose[11]!) < reach
  );
}

function move(block: Block, [x, y]: Point2, most_m: number): void {
  const length = Math.hypot(x, y);
  const share = length > most_m ? most_m / length : 1;
  block.pose[3]! += x * share;
  block.pose[7]! += y * share;
}
