import type { ArmTrajectory, TrajectoryPoint } from '../contracts/motion.js';

/** Controller setpoint of a joint: rad or m, and per s and s². */
export interface JointSample {
  readonly position: readonly number[];
  readonly velocity: readonly number[];
  readonly acceleration: readonly number[];
}

/**
 * Interpolation of joint_trajectory_controller between two points, one joint: a quintic if both ends have
 * accelerations, else a cubic if both have velocities, else a line. Coefficients of powers of the time since
 * the first end. Source: ros2_controllers, Trajectory::interpolate_between_points.
 */
export class JointSpline {
  private c0 = 0;
  private c1 = 0;
  private c2 = 0;
  private c3 = 0;
  private c4 = 0;
  private c5 = 0;

  line(p0: number, p1: number, duration_s: number): void {
    this.c0 = p0;
    this.c1 = (p1 - p0) / duration_s;
    this.c2 = 0;
    this.c3 = 0;
    this.c4 = 0;
    this.c5 = 0;
  }

  cubic(p0: number, v0: number, p1: number, v1: number, duration_s: number): void {
    const t = duration_s;
    this.c0 = p0;
    this.c1 = v0;
    this.c2 = (3 * (p1 - p0) - (2 * v0 + v1) * t) / (t * t);
    this.c3 = (2 * (p0 - p1) + (v0 + v1) * t) / (t * t * t);
    this.c4 = 0;
    this.c5 = 0;
  }

  quintic(p0: number, v0: number, a0: number, p1: number, v1: number, a1: number, duration_s: number): void {
    const t = duration_s;
    const t2 = t * t;
    this.c0 = p0;
    this.c1 = v0;
    this.c2 = a0 / 2;
    this.c3 = (20 * (p1 - p0) - (8 * v1 + 12 * v0) * t - (3 * a0 - a1) * t2) / (2 * t2 * t);
    this.c4 = (30 * (p0 - p1) + (14 * v1 + 16 * v0) * t + (3 * a0 - 2 * a1) * t2) / (2 * t2 * t2);
    this.c5 = (12 * (p1 - p0) - 6 * (v1 + v0) * t - (a0 - a1) * t2) / (2 * t2 * t2 * t);
  }

  position(t: number): number {
    return this.c0 + t * (this.c1 + t * (this.c2 + t * (this.c3 + t * (this.c4 + t * this.c5))));
  }

  velocity(t: number): number {
    return this.c1 + t * (2 * this.c2 + t * (3 * this.c3 + t * (4 * this.c4 + t * 5 * this.c5)));
  }

  acceleration(t: number): number {
    return 2 * this.c2 + t * (6 * this.c3 + t * (12 * this.c4 + t * 20 * this.c5));
  }
}

/** Sets a spline to one joint between two points; empty velocities or accelerations count as not given. */
export function setSpline(
  spline: JointSpline,
  from: TrajectoryPoint,
  to: TrajectoryPoint,
  joint: number,
  duration_s: number,
): void {
  const p0 = from.position[joint]!;
  const p1 = to.position[joint]!;
  const v0 = from.velocity[joint];
  const v1 = to.velocity[joint];
  const a0 = from.acceleration[joint];
  const a1 = to.acceleration[joint];
  if (v0 === undefined || v1 === undefined) spline.line(p0, p1, duration_s);
  else if (a0 === undefined || a1 === undefined) spline.cubic(p0, v0, p1, v1, duration_s);
  else spline.quintic(p0, v0, a0, p1, v1, a1, duration_s);
}

/** The controller's initial state as a point at time 0. */
export function startPoint(position: readonly number[], velocity?: readonly number[]): TrajectoryPoint {
  const still = position.map(() => 0);
  return { time_s: 0, position, velocity: velocity ?? still, acceleration: still };
}

/**
 * Setpoint of joint_trajectory_controller `time_s` after it accepted the trajectory while the arm was at
 * `start` (rad or m; moving at `startVelocity`, by default at rest). After the last point it stays there, at
 * rest.
 */
export function sampleTrajectory(
  trajectory: ArmTrajectory,
  start: readonly number[],
  time_s: number,
  startVelocity?: readonly number[],
): JointSample {
  let from = startPoint(start, startVelocity);
  if (time_s <= 0) return from;
  const spline = new JointSpline();
  for (const to of trajectory.points) {
    if (time_s < to.time_s) {
      const t = time_s - from.time_s;
      const position: number[] = [];
      const velocity: number[] = [];
      const acceleration: number[] = [];
      for (let joint = 0; joint < to.position.length; joint++) {
        setSpline(spline, from, to, joint, to.time_s - from.time_s);
        position.push(spline.position(t));
        velocity.push(spline.velocity(t));
        acceleration.push(spline.acceleration(t));
      }
      return { position, velocity, acceleration };
    }
    from = to;
  }
  const still = from.position.map(() => 0);
  return { position: from.position, velocity: still, acceleration: still };
}
