import type { ArmTrajectory, TrajectoryPoint } from '../../contracts/motion.js';
import { hermite, type JointKnot } from './hermite.js';
import { checkedTrajectory } from './trajectory-check.js';

/** Emulates joint_trajectory_controller with a position interface: a new trajectory replaces the running one. */
export class JointController {
  /** Desired state, in the order of `joints`. */
  readonly position: number[];
  readonly velocity: number[];
  readonly acceleration: number[];
  private trajectory: ArmTrajectory | null = null;
  /** The desired state when the trajectory came in. */
  private start: TrajectoryPoint;
  private elapsed_s = 0;

  constructor(
    readonly joints: readonly string[],
    home: readonly number[],
  ) {
    this.position = [...home];
    this.velocity = home.map(() => 0);
    this.acceleration = home.map(() => 0);
    this.start = this.state();
  }

  get running(): boolean {
    return this.trajectory !== null;
  }

  /**
   * Follows `trajectory` from now on (or from `delay_s` on). Returns how far its first point, where that is due at
   * once, lies from the desired state: the jump that the drives get, rad or m.
   * @throws SageError SAGE_703 or SAGE_709 for what the real controller would refuse; the running one goes on.
   */
  accept(trajectory: ArmTrajectory, delay_s = 0): number {
    const checked = checkedTrajectory(trajectory, this.joints);
    this.start = this.state();
    this.trajectory = {
      joints: checked.joints,
      points: checked.points.map((point) => ({ ...point, time_s: point.time_s + delay_s })),
    };
    this.elapsed_s = 0;
    const first = this.trajectory.points[0]!;
    if (first.time_s > 1e-6) return 0;
    return Math.max(...first.position.map((value, i) => Math.abs(value - this.position[i]!)));
  }

  /** Stays where the given state is, at once, as the drives do when power is cut. */
  stopAt(position: readonly number[]): void {
    this.trajectory = null;
    for (const [i, value] of position.entries()) this.set(i, value, 0, 0);
  }

  step(dt_s: number): void {
    if (this.trajectory === null) return;
    this.elapsed_s += dt_s;
    const { points } = this.trajectory;
    const after = points.findIndex((point) => point.time_s > this.elapsed_s);
    if (after < 0) {
      for (const [i, value] of points.at(-1)!.position.entries()) this.set(i, value, 0, 0);
      this.trajectory = null;
      return;
    }
    const to = points[after]!;
    const from = points[after - 1] ?? this.start;
    for (let i = 0; i < this.joints.length; i++) {
      const sample = hermite(
        knot(from, i),
        knot(to, i),
        to.time_s - from.time_s,
        this.elapsed_s - from.time_s,
      );
      this.set(i, sample.position, sample.velocity, sample.acceleration);
    }
  }

  private set(i: number, position: number, velocity: number, acceleration: number): void {
    this.position[i] = position;
    this.velocity[i] = velocity;
    this.acceleration[i] = acceleration;
  }

  private state(): TrajectoryPoint {
    return {
      time_s: 0,
      position: [...this.position],
      velocity: [...this.velocity],
      acceleration: [...this.acceleration],
    };
  }
}

const knot = (point: TrajectoryPoint, i: number): JointKnot => ({
  position: point.position[i]!,
  velocity: point.velocity[i],
  acceleration: point.acceleration[i],
});
