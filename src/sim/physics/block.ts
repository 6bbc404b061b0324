import { fromRpy, type Transform } from '../../robot/transform.js';
import { BLOCK_SIZE_M, type BlockLayout } from '../scene/layout.js';

export const HALF_M = BLOCK_SIZE_M / 2;

/** A cube on the table, in the hand of the robot, or on its way down. */
export interface Block {
  readonly id: number;
  readonly colour: string;
  /** Pose of its centre in the base frame. Upright unless held. */
  pose: Transform;
  /** m/s, negative while it falls. */
  velocity_z: number;
  held: boolean;
}

export const blockOf = (layout: BlockLayout, id: number): Block => ({
  id,
  colour: layout.colour,
  pose: fromRpy([layout.x_m, layout.y_m, HALF_M], [0, 0, layout.yaw_rad]),
  velocity_z: 0,
  held: false,
});

/** Turn of the block about z, rad in [-π/4, π/4): a square looks the same each quarter turn. */
export function yawOf(pose: Transform): number {
  const yaw = Math.atan2(pose[4]!, pose[0]!);
  return yaw - (Math.PI / 2) * Math.floor(yaw / (Math.PI / 2) + 0.5);
}

/** Puts the block upright at a place, keeping its turn. */
export function settle(block: Block, x: number, y: number, z: number): void {
  block.pose = fromRpy([x, y, z], [0, 0, yawOf(block.pose)]);
}
