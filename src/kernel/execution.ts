import type { ArmState, ArmTrajectory } from '../contracts/motion.js';
import { wrappedLike } from '../robot/joint-wrapping.js';
import { type JointSample, sampleTrajectory } from '../robot/trajectory-spline.js';

/** Grace period after the planned end before the arm counts as late, ms. */
const SETTLE_MAX_MS = 2500;
/** Thresholds for being at rest and at the goal, rad/s and rad. */
const REST_VELOCITY = 0.02;
const NEAR = 0.03;
/** Allowed tracking lag: the deviation is the minimum over this window, ms. */
const LAG_MS = 300;
/** Samples along the plan when searching for a slowed arm, and refinement rounds around the nearest. */
const SAMPLES = 24;
const REFINEMENTS = 3;

/** A trajectory in progress: where the arm should be, and whether it is there. */
export class Execution {
  /** Deviation of the last posture asked about; several callers ask about the newest one in a cycle. */
  private last: { readonly arm: ArmState; readonly deviation: readonly number[] } | null = null;

  constructor(
    /** The goal step and attempt that this motion serves. */
    readonly key: string,
    readonly trajectory: ArmTrajectory,
    readonly purpose: string,
    readonly sent_ms: number,
    readonly hold: boolean,
    private readonly start: Pick<ArmState, 'position' | 'velocity'>,
    /** Lowest share of the planned speed at which the arm may follow (`safety.slowest_scale`). */
    private readonly slowest = 1,
    /** Which joints are continuous: compared with the plan modulo 2π. */
    private readonly continuous: readonly boolean[] = [],
    /** Factor on each joint before comparison with tolerances in rad; 1 where not given. */
    private readonly tolerance_scales: readonly number[] = [],
  ) {}

  get duration_ms(): number {
    return (this.trajectory.points.at(-1)?.time_s ?? 0) * 1000;
  }

  /** Planned positions at this time. */
  expectedAt(now_ms: number): readonly number[] {
    return this.sampleAt(now_ms).position;
  }

  /** Planned velocities at this time. */
  velocityAt(now_ms: number): readonly number[] {
    return this.sampleAt(now_ms).velocity;
  }

  private sampleAt(now_ms: number): JointSample {
    const { position, velocity } = this.start;
    return sampleTrajectory(this.trajectory, position, (now_ms - this.sent_ms) / 1000, velocity);
  }

  /** Elapsed share of the planned time, 0..1. */
  progress(now_ms: number): number {
    return this.duration_ms <= 0 ? 1 : Math.min(1, Math.max(0, (now_ms - this.sent_ms) / this.duration_ms));
  }

  /**
   * Signed deviation of each joint from the plan, the minimum within the allowed lag. For an arm that may be
   * slowed, the deviation from the nearest point of the plan it may have reached: how far it is off the path,
   * not how late.
   */
  deviation(arm: ArmState): readonly number[] {
    if (this.last?.arm !== arm) this.last = { arm, deviation: this.deviationOf(arm) };
    return this.last.deviation;
  }

  private deviationOf(arm: ArmState): readonly number[] {
    const at_ms = this.slowest < 1 ? this.nearest(arm) : arm.stamp_ms;
    const now = this.expectedAt(at_ms);
    const lagged = this.expectedAt(at_ms - LAG_MS);
    return wrappedLike(arm.position, now, this.continuous).map((position, joint) => {
      const low = Math.min(now[joint] ?? position, lagged[joint] ?? position);
      const high = Math.max(now[joint] ?? position, lagged[joint] ?? position);
      return position < low ? position - low : position > high ? position - high : 0;
    });
  }

  /** The time at which the plan is nearest to the posture, between the slowest allowed pace and nominal. */
  private nearest({ stamp_ms, position }: ArmState): number {
    const elapsed_ms = Math.max(0, stamp_ms - this.sent_ms);
    let from_ms = this.sent_ms + Math.min(this.slowest * elapsed_ms, this.duration_ms);
    let to_ms = this.sent_ms + Math.min(elapsed_ms, this.duration_ms);
    let best_ms = to_ms;
    let least = this.distance(best_ms, position);
    for (let round = 0; round < REFINEMENTS && to_ms > from_ms; round++) {
      const step_ms = (to_ms - from_ms) / SAMPLES;
      for (let look = 0; look < SAMPLES; look++) {
        const at_ms = from_ms + look * step_ms;
        const away = this.distance(at_ms, position);
        if (away < least) [least, best_ms] = [away, at_ms];
      }
      [from_ms, to_ms] = [Math.max(from_ms, best_ms - step_ms), Math.min(to_ms, best_ms + step_ms)];
    }
    return best_ms;
  }

  /** Largest deviation of a joint from the plan at a time. */
  private distance(at_ms: number, position: readonly number[]): number {
    const planned = this.expectedAt(at_ms);
    return wrappedLike(position, planned, this.continuous).reduce(
      (most, value, joint) => Math.max(most, Math.abs(value - (planned[joint] ?? value))),
      0,
    );
  }

  /** Deviation of the worst joint, rad, and which one; prismatic joints scaled by their tolerance factor. */
  largestDeviation(arm: ArmState): {
    readonly joint: number;
    readonly off: number;
    readonly counted: number;
  } {
    const off = this.deviation(arm).map(Math.abs);
    const counted = off.map((value, joint) => this.scaleOf(joint) * value);
    const most = Math.max(0, ...counted);
    const joint = Math.max(0, counted.indexOf(most));
    return { joint, off: off[joint] ?? 0, counted: most };
  }

  private scaleOf(joint: number): number {
    return this.tolerance_scales[joint] ?? 1;
  }

  /** Done once the planned time is over and the arm is at rest. */
  status(arm: ArmState, now_ms: number): 'running' | 'done' | 'late' {
    if (now_ms < this.sent_ms + this.duration_ms) return 'running';
    const resting = arm.velocity.every(
      (velocity, joint) => this.scaleOf(joint) * Math.abs(velocity) < REST_VELOCITY,
    );
    const end = this.trajectory.points.at(-1)?.position ?? [];
    const near = wrappedLike(arm.position, end, this.continuous).every(
      (position, joint) => this.scaleOf(joint) * Math.abs(position - (end[joint] ?? position)) < NEAR,
    );
    if (resting && near) return 'done';
    return now_ms > this.sent_ms + this.duration_ms / this.slowest + SETTLE_MAX_MS ? 'late' : 'running';
  }
}
