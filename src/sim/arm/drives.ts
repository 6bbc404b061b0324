import type { ArmJointLimits } from '../../robot/arm-chain.js';

/** Time constant with which the joints follow what is commanded, s; typical of position-controlled arms. */
const TRACKING_LAG_S = 0.02;

/** First-order drives with the velocity and position limits of the joints. */
export class Drives {
  readonly position: number[];
  readonly velocity: number[];

  constructor(
    private readonly limits: readonly ArmJointLimits[],
    home: readonly number[],
  ) {
    this.position = [...home];
    this.velocity = home.map(() => 0);
  }

  /** Back to where the joints were: something is in their way. */
  stopAt(position: readonly number[]): void {
    for (const [i, value] of position.entries()) {
      this.position[i] = value;
      this.velocity[i] = 0;
    }
  }

  /** Moves towards the desired positions for `dt_s`; joint `stuck` (-1 = none) stays. */
  step(desired: readonly number[], dt_s: number, stuck: number): void {
    const share = 1 - Math.exp(-dt_s / TRACKING_LAG_S);
    for (const [i, limit] of this.limits.entries()) {
      const most = limit.velocity * dt_s;
      const wish = stuck === i ? 0 : (desired[i]! - this.position[i]!) * share;
      const next = this.position[i]! + Math.min(most, Math.max(-most, wish));
      const allowed = Math.min(limit.upper, Math.max(limit.lower, next));
      this.velocity[i] = (allowed - this.position[i]!) / dt_s;
      this.position[i] = allowed;
    }
  }
}
