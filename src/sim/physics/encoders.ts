import { type Random, seededRandom } from '../../contracts/ports.js';
import { ARM_JOINTS, type Arm, FINGER_JOINTS } from './arm.js';
import type { Gripper } from './gripper.js';

/** Noise of the encoders, rad or m. */
const ENCODER_NOISE = 2e-5;

/** What the joint sensors say. rad or m, rad/s or m/s. */
export interface JointReading {
  readonly names: readonly string[];
  readonly position: readonly number[];
  readonly velocity: readonly number[];
}

/** The joint sensors: exact but for their noise. */
export class Encoders {
  private readonly random: Random;

  constructor(seed: number) {
    this.random = seededRandom(seed ^ 0xe7c0de);
  }

  /** @param broken they give what is not a number */
  read(arm: Arm, gripper: Gripper, broken: boolean): JointReading {
    const noise = (): number => ENCODER_NOISE * (2 * this.random.next() - 1);
    return {
      names: [...ARM_JOINTS, ...FINGER_JOINTS],
      position: [...arm.position, ...gripper.position].map((value) =>
        broken ? Number.NaN : value + noise(),
      ),
      velocity: [...arm.velocity, ...gripper.velocity].map((value) => (broken ? Number.NaN : value)),
    };
  }
}
