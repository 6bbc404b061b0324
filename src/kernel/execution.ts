import type { ArmState, ArmTrajectory } from '../contracts/motion.js';
import { type JointSample, sampleTrajectory } from '../robot/trajectory-spline.js';

/** After its planned end a trajectory may take this much longer before the arm counts as not following, ms. */
const SETTLE_MAX_MS = 2500;
/** At rest below this, rad/s or m/s. */
const REST_VELOCITY = 0.02;
/** An arm may lag behind its plan by this much, ms; the deviation is the smallest over this window. */
const LAG_MS = 300;

/** One trajectory under way: where the arm should be, and whether it is there. */
export class Execution {
  constructor(
    /** The motion of a goal step and attempt this serves. */
    readonly key: string,
    readonly trajectory: ArmTrajectory,
    readonly purpose: string,
    readonly sent_ms: number,
    readonly hold: boolean,
    private readonly start: Pick<ArmState, 'position' | 'velocity'>,
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

  /** Signed deviation of each joint from the plan, the smallest within the allowed lag. */
  deviation(arm: ArmState): readonly number[] {
    const now = this.expectedAt(arm.stamp_ms);
    const lagged = this.expectedAt(arm.stamp_ms - LAG_MS);
    return arm.position.map((position, joint) => {
      const low = Math.min(now[joint] ?? position, lagged[joint] ?? position);
      const high = Math.max(now[joint] ?? position, lagged[joint] ?? position);
      return position < low ? position - low : position > high ? position - high : 0;
    });
  }

  /** Done when the planned time is over and the arm rests. */
  status(arm: ArmState, now_ms: number): 'running' | 'done' | 'late' {
    if (now_ms < this.sent_ms + this.duration_ms) return 'running';
    const resting = arm.velocity.every((velocity) => Math.abs(velocity) < REST_VELOCITY);
    const end = this.trajectory.points.at(-1)?.position ?? [];
    const near = arm.position.every(
      (position, joint) => Math.abs(position - (end[joint] ?? position)) < 0.03,
    );
    if (resting && near) return 'done';
    return now_ms > this.sent_ms + this.duration_ms + SETTLE_MAX_MS ? 'late' : 'running';
  }
}
