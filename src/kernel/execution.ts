import type { ArmState, ArmTrajectory } from '../contracts/motion.js';
import { wrappedLike } from '../robot/joint-wrapping.js';
import { type JointSample, sampleTrajectory } from '../robot/trajectory-spline.js';

/** After its planned end a trajectory may take this much longer before the arm counts as not following, ms. */
const SETTLE_MAX_MS = 2500;
/** At rest below this, and at its end within that, rad/s and rad. */
const REST_VELOCITY = 0.02;
const NEAR = 0.03;
/** An arm may lag behind its plan by this much, ms; the deviation is the smallest over this window. */
const LAG_MS = 300;
/** Moments at which a slowed arm is looked for on its plan, and rounds that look closer around the nearest. */
const SAMPLES = 24;
const REFINEMENTS = 3;

/** One trajectory under way: where the arm should be, and whether it is there. */
export class Execution {
  /** The deviation of the posture that was asked about last: several ask about the newest one in a cycle. */
  private last: { readonly arm: ArmState; readonly deviation: readonly number[] } | null = null;

  constructor(
    /** The motion of a goal step and attempt this serves. */
    readonly key: string,
    readonly trajectory: ArmTrajectory,
    readonly purpose: string,
    readonly sent_ms: number,
    readonly hold: boolean,
    private readonly start: Pick<ArmState, 'position' | 'velocity'>,
    /** The share of its speed down to which the arm may follow it (`safety.slowest_scale`). */
    private readonly slowest = 1,
    /** Which joints are continuous: compared with the plan modulo 2π. */
    private readonly continuous: readonly boolean[] = [],
    /** By what each joint is multiplied beside tolerances in rad; 1 where nothing is given. */
    private readonly tolerance_scales: readonly number[] = [],
  ) {}

  get duration_ms(): number {
    return (this.trajectory.points.at(-1)?.time_s ?? 0) * 1000;
  }

  /** Positions the plan has for this moment. */
  expectedAt(now_ms: number): readonly number[] {
    return this.sampleAt(now_ms).position;
  }

  /** Velocities the plan has for this moment. */
  velocityAt(now_ms: number): readonly number[] {
    return this.sampleAt(now_ms).velocity;
  }

  private sampleAt(now_ms: number): JointSample {
    const { position, velocity } = this.start;
    return sampleTrajectory(this.trajectory, position, (now_ms - this.sent_ms) / 1000, velocity);
  }

  /** 0..1 by time. */
  progress(now_ms: number): number {
    return this.duration_ms <= 0 ? 1 : Math.min(1, Math.max(0, (now_ms - this.sent_ms) / this.duration_ms));
  }

  /**
   * Signed deviation of each joint from the plan, the smallest within the allowed lag. Of an arm that may be slowed it is
   * that from the nearest moment of the plan it may have reached: how far it is off the way, not how late.
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

  /** The moment of the plan, from the slowest pace to that of the plan, at which it has the arm nearest to where it is. */
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

  /** Largest distance of a joint from where the plan has it then. */
  private distance(at_ms: number, position: readonly number[]): number {
    const planned = this.expectedAt(at_ms);
    return wrappedLike(position, planned, this.continuous).reduce(
      (most, value, joint) => Math.max(most, Math.abs(value - (planned[joint] ?? value))),
      0,
    );
  }

  /** How far off its plan the arm is in the worst joint, rad, and which that is; a sliding joint by what it counts for. */
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

  /** Done when the planned time is over and the arm rests. */
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
