import { applyPoint, compose, fromAxisAngle, invert, type Transform } from '../../robot/transform.js';
import type { Block } from './block.js';

/** Speed of each finger, m/s. */
const FINGER_SPEED = 0.12;
/** The pads reach from here to here along the tool's z, from the tip, m. */
const PAD_FROM_M = -0.03;
const PAD_TO_M = 0.007;
/** A block this far to the side of the pads' middle slips out, m. */
const GRIP_SIDE_M = 0.018;
/** The least that pads and block must overlap along the tool, m. */
const GRIP_DEPTH_M = 0.006;
/** How fast closing fingers turn a block flat onto the pads, rad/s, and when it lies flat, rad. */
const ALIGN_SPEED = 4;
const ALIGNED_RAD = 0.02;
/** Play before a block counts as between the fingers, or as let go, m. */
const PLAY_M = 0.002;

/** A block as the gripper sees it, in the tool frame. */
interface Candidate {
  readonly block: Block;
  /** Along the closing axis, m. */
  readonly y: number;
  /** Half of its width along the closing axis, m. */
  readonly half_width_m: number;
}

/** Two fingers that close along the tool's y axis, each with a finite speed; they stall at a block's width. */
export class Gripper {
  /** Distance of each finger (left +y, right −y) from the middle, m. */
  readonly position: [number, number];
  readonly velocity: [number, number] = [0, 0];
  /** Finger that does not move: 0 left, 1 right, -1 none. */
  stuck = -1;
  private readonly target: [number, number];
  /** The held block and its pose in the tool frame. */
  private grasp: { readonly block: Block; readonly pose: Transform; readonly gap_m: number } | null = null;

  /** @param opening_m travel of each finger from the middle */
  constructor(private readonly opening_m: number) {
    this.position = [opening_m, opening_m];
    this.target = [opening_m, opening_m];
  }

  command(left_m: number, right_m: number): void {
    this.target[0] = Math.min(this.opening_m, Math.max(0, left_m));
    this.target[1] = Math.min(this.opening_m, Math.max(0, right_m));
  }

  get held(): Block | null {
    return this.grasp?.block ?? null;
  }

  /** Closes on a block at once, wherever it was; for worlds that begin with a held block. */
  take(block: Block, tool: Transform): void {
    block.pose = tool.slice();
    this.command(0, 0);
    for (const side of [0, 1] as const) this.position[side] = block.half_m;
    this.grip(tool, block, 2 * block.half_m);
  }

  /** What it held was taken out of it. */
  robbed(): void {
    this.grasp = null;
  }

  /** Stays as it is, as a gripper without power does. */
  hold(): void {
    this.target[0] = this.grasp === null ? this.position[0] : 0;
    this.target[1] = this.grasp === null ? this.position[1] : 0;
  }

  /** The block that both fingers enclose, which they move instead of pushing it away; null where there is none. */
  enclosed(tool: Transform, blocks: readonly Block[]): Block | null {
    return this.grasp?.block ?? this.candidate(tool, blocks)?.block ?? null;
  }

  /** Where the held block would be with the tool there: its lowest point, m; null without one. */
  heldAt(tool: Transform): number | null {
    if (this.grasp === null) return null;
    const pose = compose(tool, this.grasp.pose);
    return (
      pose[11]! - this.grasp.block.half_m * (Math.abs(pose[8]!) + Math.abs(pose[9]!) + Math.abs(pose[10]!))
    );
  }

  /** Moves the fingers for `dt_s`, and what is between them. `tool` is the tip's pose now. */
  step(dt_s: number, tool: Transform, blocks: readonly Block[]): void {
    const before: [number, number] = [this.position[0], this.position[1]];
    for (const side of [0, 1] as const) {
      if (this.stuck === side) continue;
      const way = this.target[side] - this.position[side];
      this.position[side] += Math.min(FINGER_SPEED * dt_s, Math.max(-FINGER_SPEED * dt_s, way));
    }
    if (this.grasp !== null) this.carry(tool);
    else this.close(dt_s, tool, blocks);
    for (const side of [0, 1] as const) this.velocity[side] = (this.position[side] - before[side]) / dt_s;
  }

  private carry(tool: Transform): void {
    const { block, pose, gap_m } = this.grasp!;
    block.pose = compose(tool, pose);
    const opening = this.position[0] + this.position[1] - gap_m;
    if (opening > PLAY_M) {
      block.held = false;
      this.grasp = null;
    } else if (opening < 0) this.stall(-opening);
  }

  /** Opens both fingers by half of what they went too far. */
  private stall(by_m: number): void {
    this.position[0] += by_m / 2;
    this.position[1] += by_m / 2;
  }

  private close(dt_s: number, tool: Transform, blocks: readonly Block[]): void {
    const found = this.candidate(tool, blocks);
    if (found === null) return;
    const { block } = found;
    let half = found.half_width_m;
    const [left, right] = this.position;
    if (left + right < 2 * half) {
      const turned = alignTo(tool, block, ALIGN_SPEED * dt_s);
      half = halfWidth(tool, block);
      if (left + right < 2 * half) this.stall(2 * half - left - right);
      slide(tool, block, (this.position[0] - this.position[1]) / 2 - found.y);
      const pressing = this.target[0] + this.target[1] < 2 * half - PLAY_M;
      if (pressing && turned < ALIGNED_RAD && half < block.half_m + PLAY_M) this.grip(tool, block, 2 * half);
    } else if (found.y + half > left) slide(tool, block, left - half - found.y);
    else if (found.y - half < -right) slide(tool, block, half - right - found.y);
  }

  private grip(tool: Transform, block: Block, gap_m: number): void {
    block.held = true;
    block.velocity_z = 0;
    this.grasp = { block, pose: compose(invert(tool), block.pose), gap_m };
  }

  private candidate(tool: Transform, blocks: readonly Block[]): Candidate | null {
    const inverse = invert(tool);
    const [left, right] = this.position;
    for (const block of blocks) {
      const [x, y, z] = applyPoint(inverse, [block.pose[3]!, block.pose[7]!, block.pose[11]!]);
      if (Math.abs(x) > GRIP_SIDE_M || Math.abs(y) > this.opening_m || Math.abs(z) > 4 * block.half_m)
        continue;
      const overlap = Math.min(z + block.half_m, PAD_TO_M) - Math.max(z - block.half_m, PAD_FROM_M);
      const half = halfWidth(tool, block);
      const fits = y + half < left + 2 * PLAY_M && y - half > -right - 2 * PLAY_M;
      if (overlap >= GRIP_DEPTH_M && (fits || left + right < 2 * half + PLAY_M)) {
        return { block, y, half_width_m: half };
      }
    }
    return null;
  }
}

/** Half of a block's width along the closing axis, m. */
function halfWidth(tool: Transform, { pose, half_m }: Block): number {
  let sum = 0;
  for (let axis = 0; axis < 3; axis++) {
    sum += Math.abs(pose[axis]! * tool[1]! + pose[axis + 4]! * tool[5]! + pose[axis + 8]! * tool[9]!);
  }
  return half_m * sum;
}

/** Turns a block about z by at most `most_rad` so that a side lies flat on the pads; returns the angle left. */
function alignTo(tool: Transform, block: Block, most_rad: number): number {
  const { pose } = block;
  const wish = Math.atan2(tool[5]!, tool[1]!) - Math.atan2(pose[4]!, pose[0]!);
  const off = wish - (Math.PI / 2) * Math.round(wish / (Math.PI / 2));
  const turn = Math.min(most_rad, Math.max(-most_rad, off));
  const turned = compose(fromAxisAngle([0, 0, 1], turn), pose);
  for (const k of [3, 7, 11]) turned[k] = pose[k]!;
  block.pose = turned;
  return Math.abs(off - turn);
}

/** Moves a block along the closing axis, on the level. */
function slide(tool: Transform, block: Block, by_m: number): void {
  block.pose[3]! += tool[1]! * by_m;
  block.pose[7]! += tool[5]! * by_m;
}
