import { readFileSync } from 'node:fs';
import { type ArmChain, type ArmOptions, armChain } from '../../src/robot/arm-chain.js';
import { parseUrdf } from '../../src/robot/urdf.js';

export const readArm = (name: string): string =>
  readFileSync(new URL(`../fixtures/urdf/${name}.urdf`, import.meta.url), 'utf8');

/** The three test arms with the settings that a file in config/robots would give them. */
export const ARMS = {
  'six-axis': {
    base_frame: 'base_link',
    tip_frame: 'grasp_point',
    joints: [],
    home: [0, -1.57, 1.57, -1.57, -1.57, 0],
  },
  'seven-axis': {
    base_frame: 'lr/link0',
    tip_frame: 'hand tcp',
    joints: [],
    home: [0, -0.785, 0, -2.356, 0, 1.571, 0.785],
  },
  'desk-arm': {
    base_frame: 'Base',
    tip_frame: 'jaw_tip',
    joints: [],
    home: [0, 0.3, -0.3, 1.57, 0],
  },
} as const satisfies Record<string, ArmOptions>;

export type ArmName = keyof typeof ARMS;
export const ARM_NAMES = Object.keys(ARMS) as ArmName[];

export const loadArm = (name: ArmName): ArmChain => armChain(parseUrdf(readArm(name)), ARMS[name]);
