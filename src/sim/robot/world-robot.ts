import type { Pose } from '../../contracts/geometry.js';
import type { ArmChain } from '../../robot/arm-chain.js';
import type { RobotModel } from '../../robot/robot-model.js';

/** A joint of the hand as joint_states has it: position = closed + gain · opening of its side. */
export interface HandJoint {
  readonly name: string;
  /** Its limits' positions, rad or m. */
  readonly closed: number;
  /** Per metre that the pad is away from the middle, rad/m or m/m. */
  readonly gain: number;
  /** Whose opening it tells, 0 or 1. */
  readonly side: 0 | 1;
}

/** How a value that is sent to the hand becomes an opening: (value − closed) / gain. */
export type HandCommand = Pick<HandJoint, 'closed' | 'gain'>;

/** Two pads that close along the y axis of the tip, whatever hand the robot really has. */
export interface WorldHand {
  /** Joints of the model that move the pads, left and right, and their links. */
  readonly pads: readonly [string, string];
  readonly pad_links: ReadonlySet<string>;
  /** Farthest that each pad goes from the middle, m. */
  readonly opening_m: number;
  readonly joints: readonly HandJoint[];
  /** One per value of a command: of one value for both pads, or one for each. */
  readonly commands: readonly HandCommand[];
}

/** Where blocks lie and the camera stands, in the base frame. */
export interface WorldScene {
  /** Middle of what the camera looks at, m. */
  readonly centre_m: readonly [number, number];
  /** Size of the scene beside that of the tabletop arm. */
  readonly size: number;
  /** Corners of the places for blocks, m. */
  readonly min_m: readonly [number, number];
  readonly max_m: readonly [number, number];
  /** Whether the tip comes there from above and down to the table; x, y in m. */
  readonly reaches: (x_m: number, y_m: number) => boolean;
  /** Optical frame of the camera where the configuration places it, above the table; null = the world chooses. */
  readonly camera_pose: Pose | null;
}

/** The robot of a world: what it says of itself, and what it is made of there. */
export interface WorldRobot {
  /** Its description as published. */
  readonly urdf: string;
  /** Its links with solid shapes alone, and the pads. */
  readonly model: RobotModel;
  /** Its arm in that model; z of the tip points out of the hand, y along which the pads close. */
  readonly chain: ArmChain;
  readonly home: readonly number[];
  readonly hand: WorldHand;
  /** Height of the table in the base frame, m. */
  readonly table_height_m: number;
  readonly block_size_m: number;
  /** Null: the ring in front of the tabletop arm. */
  readonly scene: WorldScene | null;
}
