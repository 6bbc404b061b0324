/** State of one joint: rad, rad/s, rad/s² (or m). */
export interface JointKnot {
  readonly position: number;
  /** Undefined where the trajectory gives none. */
  readonly velocity?: number | undefined;
  readonly acceleration?: number | undefined;
}

export interface JointSample {
  readonly position: number;
  readonly velocity: number;
  readonly acceleration: number;
}

/**
 * Interpolates between two knots `duration_s` apart, at `at_s` after the first: quintic where both have
 * accelerations, cubic where both have velocities, else linear, as joint_trajectory_controller does
 * (ros2_controllers, `trajectory.cpp`).
 */
export function hermite(from: JointKnot, to: JointKnot, duration_s: number, at_s: number): JointSample {
  const h = duration_s;
  const t = Math.min(Math.max(at_s, 0), h);
  const p0 = from.position;
  if (from.velocity === undefined || to.velocity === undefined) {
    const slope = (to.position - p0) / h;
    return { position: p0 + slope * t, velocity: slope, acceleration: 0 };
  }
  const [d, v0, v1] = [to.position - p0, from.velocity, to.velocity];
  if (from.acceleration === undefined || to.acceleration === undefined) {
    return polynomial(
      [p0, v0, (3 * d) / h ** 2 - (2 * v0 + v1) / h, (-2 * d) / h ** 3 + (v0 + v1) / h ** 2],
      t,
    );
  }
  const [a0, a1] = [from.acceleration, to.acceleration];
  return polynomial(
    [
      p0,
      v0,
      a0 / 2,
      (20 * d - (8 * v1 + 12 * v0) * h - (3 * a0 - a1) * h ** 2) / (2 * h ** 3),
      (-30 * d + (14 * v1 + 16 * v0) * h + (3 * a0 - 2 * a1) * h ** 2) / (2 * h ** 4),
      (12 * d - 6 * (v1 + v0) * h + (a1 - a0) * h ** 2) / (2 * h ** 5),
    ],
    t,
  );
}

function polynomial(c: readonly number[], t: number): JointSample {
  let position = 0;
  let velocity = 0;
  let acceleration = 0;
  for (let i = c.length - 1; i >= 0; i--) {
    acceleration = acceleration * t + 2 * velocity;
    velocity = velocity * t + position;
    position = position * t + c[i]!;
  }
  return { position, velocity, acceleration };
}
