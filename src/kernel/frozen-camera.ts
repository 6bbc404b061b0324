import type { ArmState } from '../contracts/motion.js';

/** The arm must have moved by this much, rad or m, before a picture that does not change is doubted. */
const MOVED = 0.06;

/**
 * A driver that hangs may go on sending its last picture with new stamps. A picture that stays the same to the last
 * bit while the robot's own body moves in it is not a picture of the present. At rest nothing is concluded: a camera
 * without noise before a still scene sends equal pictures too.
 */
export class FrozenCamera {
  private last: Float32Array | null = null;
  private posture: readonly number[] | null = null;
  private stuck = false;

  get frozen(): boolean {
    return this.stuck;
  }

  /**
   * @param embedding of a new picture
   * @param arm the posture when it was taken
   * @param inView whether the body can be seen
   */
  check(embedding: Float32Array, arm: ArmState | null, inView: boolean): void {
    const same = this.last !== null && equal(this.last, embedding);
    if (!same || arm === null || this.posture === null) {
      this.stuck = false;
      this.posture = arm?.position ?? null;
    } else if (inView) {
      const before = this.posture;
      this.stuck ||= arm.position.some(
        (position, joint) => Math.abs(position - (before[joint] ?? position)) > MOVED,
      );
    }
    this.last = embedding;
  }
}

function equal(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
