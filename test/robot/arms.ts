import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/env.mjs';
import { defaultParameters } from '../../src/contracts/parameters/index.js';
import { type ArmChain, armChain } from '../../src/robot/arm-chain.js';
import { type ArmContext, armContext } from '../../src/robot/arm-context.js';
import { parseUrdf } from '../../src/robot/urdf.js';

export const readArm = (name: string): string =>
  readFileSync(join(projectRoot, `test/fixtures/urdf/${name}.urdf`), 'utf8');

/** The three test arms with the settings that a file in config/robots would give them. */
export const ARMS = {
  'six-axis': {
    base_frame: 'base_link',
    tip_frame: 'grasp_point',
    joints: [],
    home: [0, -1.57, 1.57, -1.57, -1.57, 0],
    approach_axis: [0, 0, 1],
    link_radius_m: 0.04,
  },
  'seven-axis': {
    base_frame: 'lr/link0',
    tip_frame: 'hand tcp',
    joints: [],
    home: [0, -0.785, 0, -2.356, 0, 1.571, 0.785],
    approach_axis: [0, 0, 1],
    link_radius_m: 0.04,
  },
  'desk-arm': {
    base_frame: 'Base',
    tip_frame: 'jaw_tip',
    joints: [],
    home: [0, 0.3, -0.3, 1.57, 0],
    approach_axis: [1, 0, 0],
    link_radius_m: 0.02,
  },
} as const;

export type ArmName = keyof typeof ARMS;
export const ARM_NAMES = Object.keys(ARMS) as ArmName[];

export const loadArm = (name: ArmName): ArmChain => armChain(parseUrdf(readArm(name)), ARMS[name]);

/** The arm as the node would set it up from its parameters. */
export function loadContext(name: ArmName): ArmContext {
  const { home, approach_axis, ...rest } = ARMS[name];
  const robot = { ...defaultParameters().robot, ...rest, joints: [] };
  return armContext(parseUrdf(readArm(name)), {
    ...robot,
    home: [...home],
    approach_axis: [...approach_axis],
  });
}

/** A posture within limits from numbers in 0..1; continuous joints within half a turn. */
export function postureOf(chain: ArmChain, shares: readonly number[]): number[] {
  return chain.limits.map(({ lower, upper }, joint) => {
    const [low, high] = Number.isFinite(lower) ? [lower, upper] : [-Math.PI, Math.PI];
    return low + (shares[joint] ?? 0.5) * (high - low);
  });
}
