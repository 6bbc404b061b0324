import { fromRpy, type Transform } from '../../robot/transform.js';
import type { BlockLayout } from '../scene/layout.js';

/** A cube on the table, in the hand of the robot, or on its way down. */
export interface Block {
  readonly id: number;
  readonly colour: string;
  /** Half of its edge, m. */
  readonly half_m: number;
  /** Pose of its centre in the world. Upright unless held. */
  pose: Transform;
  /** m/s, negative while it falls. */
  velocity_z: number;
  held: boolean;
}

export const blockOf = (layout: BlockLayout, id: number, size_m: number): Block => ({
  id,
  colour: layout.colour,
  half_m: size_m / 2,
  pose: fromRpy([layout.x_m, layout.y_m, size_m / 2], [0, 0, layout.yaw_rad]),
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
