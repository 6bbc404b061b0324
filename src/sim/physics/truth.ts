import type { Pose } from '../../contracts/geometry.js';
import { type Block, yawOf } from './block.js';
import type { Violation } from './violations.js';

export interface BlockTruth {
  readonly id: number;
  readonly colour: string;
  /** Centre in the base frame, m. */
  readonly position_m: readonly [number, number, number];
  /** rad in [-π/4, π/4). */
  readonly yaw_rad: number;
  readonly held: boolean;
  readonly on_table: boolean;
}

/** Everything that is really so; for tests and totals only. */
export interface GroundTruth {
  readonly seed: number;
  readonly time_s: number;
  readonly blocks: readonly BlockTruth[];
  /** The first ones; `violation_count` counts all. */
  readonly violations: readonly Violation[];
  readonly violation_count: number;
  /** Whether the camera sees a hand. */
  readonly hand_present: boolean;
  /** World time when the camera first saw the last hand, s; null before. */
  readonly hand_seen_s: number | null;
  /** Tip in the base frame. */
  readonly tip: Pose;
  readonly gripper_gap_m: number;
  readonly trajectories_accepted: number;
  readonly trajectories_rejected: number;
  readonly moving: boolean;
  /** How far the controller wanted the tip to go into what the held block was lowered onto, at most, m. */
  readonly pressed_m: number;
  readonly emergency_stop: boolean;
}

/** A block as it really is, in the base frame, which the table is so high in. */
export function blockTruth(block: Block, table_height_m: number): BlockTruth {
  const [x, y, z] = [block.pose[3]!, block.pose[7]!, block.pose[11]!];
  return {
    id: block.id,
    colour: block.colour,
    position_m: [x, y, z + table_height_m],
    yaw_rad: yawOf(block.pose),
    held: block.held,
    on_table: !block.held && Math.abs(z - block.half_m) < 0.002,
  };
}
