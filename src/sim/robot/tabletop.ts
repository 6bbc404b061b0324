import { readFileSync } from 'node:fs';
import { armChain } from '../../robot/arm-chain.js';
import { parseUrdf } from '../../robot/urdf.js';
import { BLOCK_SIZE_M } from '../scene/layout.js';
import type { WorldRobot } from './world-robot.js';

/** The controller's joints, in its order. */
export const ARM_JOINTS = [
  'shoulder_pan',
  'shoulder_lift',
  'elbow',
  'forearm_roll',
  'wrist_pitch',
  'tool_roll',
] as const;
export const FINGER_JOINTS = ['finger_left_joint', 'finger_right_joint'] as const;
const BASE_FRAME = 'base_link';
const TIP_FRAME = 'tool0';
/** Travel of each finger (the limit of its joint in the URDF), m. */
const FINGER_MAX_M = 0.04;

/** Drawn back over the base with the tool down: the same as robot.home in config/robots/tabletop.yaml. */
export const TABLETOP_HOME: readonly number[] = [0, -0.35, 1.75, 0, 1.7416, 0];

/** The world's own arm (config/urdf/tabletop-arm.urdf). */
export function tabletopRobot(home: readonly number[] = TABLETOP_HOME): WorldRobot {
  const urdf = readFileSync(new URL('../../../config/urdf/tabletop-arm.urdf', import.meta.url), 'utf8');
  const model = parseUrdf(urdf);
  const chain = armChain(model, { base_frame: BASE_FRAME, tip_frame: TIP_FRAME, joints: ARM_JOINTS, home });
  const command = { closed: 0, gain: 1 };
  return {
    urdf,
    model,
    chain,
    home: chain.home,
    hand: {
      pads: FINGER_JOINTS,
      pad_links: new Set(['finger_left', 'finger_right']),
      opening_m: FINGER_MAX_M,
      joints: FINGER_JOINTS.map((name, side) => ({ name, side: side as 0 | 1, ...command })),
      commands: [command, command],
    },
    table_height_m: 0,
    block_size_m: BLOCK_SIZE_M,
    scene: null,
  };
}
