import { type Random, seededRandom } from '../../contracts/ports.js';
import type { HandJoint } from '../robot/world-robot.js';
import type { Arm } from './arm.js';
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

  constructor(
    seed: number,
    private readonly hand: readonly HandJoint[],
  ) {
    this.random = seededRandom(seed ^ 0xe7c0de);
  }

  /** @param broken they give what is not a number */
  read(arm: Arm, gripper: Gripper, broken: boolean): JointReading {
    const noise = (): number => ENCODER_NOISE * (2 * this.random.next() - 1);
    return {
      names: [...arm.chain.joints, ...this.hand.map(({ name }) => name)],
      position: [
        ...arm.position,
        ...this.hand.map(({ closed, gain, side }) => closed + gain * gripper.position[side]),
      ].map((value) => (broken ? Number.NaN : value + noise())),
      velocity: [...arm.velocity, ...this.hand.map(({ gain, side }) => gain * gripper.velocity[side])].map(
        (value) => (broken ? Number.NaN : value),
      ),
    };
  }
}
