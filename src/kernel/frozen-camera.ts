import type { ArmState } from '../contracts/motion.js';

/** The arm must have moved this far, rad or m, before an unchanged image is doubted. */
const MOVED = 0.06;

/**
 * Detects a hung driver that keeps sending its last image with new stamps: an image identical to the last bit
 * while the robot's own body moves in it is not current. At rest nothing is concluded, because a noiseless
 * camera in front of a still scene sends identical images, too.
 */
export class FrozenCamera {
  private last: Float32Array | null = null;
  private posture: readonly number[] | null = null;
  private stuck = false;

  get frozen(): boolean {
    return this.stuck;
  }

  /**
   * @param embedding of a new image
   * @param arm the posture at its stamp
   * @param inView whether the body is visible
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
