import { type Fault, fault } from '../contracts/errors.js';
import type { ArmTrajectory, TrajectoryPoint } from '../contracts/motion.js';
import { CdrWriter } from './cdr.js';
import type { JointTrajectoryMessage } from './messages.js';
import { durationToSeconds, secondsToDuration } from './stamps.js';

/** Points of one trajectory at most; at 100 per second a minute and a half. */
const POINTS_MAX = 10_000;
/** A final velocity up to this counts as zero, rad/s or m/s; joint_trajectory_controller wants exactly zero. */
const STILL = 1e-9;

/**
 * The last check before the robot, by joint_trajectory_controller's rules: every joint once, as many values as
 * joints, all finite, times from zero and strictly increasing, at rest at the end. `joints` are the controller's
 * (empty: any). Null where it may be sent.
 */
export function checkTrajectory(trajectory: ArmTrajectory, joints: readonly string[]): Fault | null {
  const malformed = (detail: string): Fault => fault('SAGE_703', 'arm', detail);
  const names = trajectory.joints;
  if (names.length === 0 || new Set(names).size !== names.length) {
    return fault('SAGE_709', 'arm', 'a joint is missing or named twice');
  }
  if (
    joints.length > 0 &&
    !(names.length === joints.length && joints.every((name) => names.includes(name)))
  ) {
    return fault('SAGE_709', 'arm', `it names ${names.join(', ')}; the controller has ${joints.join(', ')}`);
  }
  const { points } = trajectory;
  if (points.length === 0 || points.length > POINTS_MAX) return malformed(`${points.length} points`);
  let before_s = -1;
  for (const [index, point] of points.entries()) {
    const wrong = checkPoint(point, names.length);
    if (wrong !== null) return malformed(`point ${index + 1}: ${wrong}`);
    if (!(point.time_s >= 0 && point.time_s > before_s)) {
      return malformed(`point ${index + 1}: time ${point.time_s} s after ${before_s} s`);
    }
    before_s = point.time_s;
  }
  const moving = points.at(-1)!.velocity.some((velocity) => Math.abs(velocity) > STILL);
  return moving ? malformed('the last point has a velocity') : null;
}

function checkPoint(point: TrajectoryPoint, joints: number): string | null {
  if (point.position.length !== joints) return `${point.position.length} positions for ${joints} joints`;
  for (const values of [point.velocity, point.acceleration]) {
    if (values.length !== 0 && values.length !== joints)
      return `${values.length} values for ${joints} joints`;
  }
  const finite = [point.position, point.velocity, point.acceleration].every((values) =>
    values.every(Number.isFinite),
  );
  return finite && Number.isFinite(point.time_s) ? null : 'not finite';
}

/** A stamp of zero starts it at once, from where the arm is. */
export function trajectoryMessage(trajectory: ArmTrajectory): JointTrajectoryMessage {
  return {
    header: { stamp: { sec: 0, nanosec: 0 }, frame_id: '' },
    joint_names: trajectory.joints,
    points: trajectory.points.map((point) => ({
      positions: Float64Array.from(point.position),
      velocities: Float64Array.from(point.velocity),
      accelerations: Float64Array.from(point.acceleration),
      effort: new Float64Array(0),
      time_from_start: secondsToDuration(point.time_s),
    })),
  };
}

/** The same as it goes over the wire. */
export function trajectoryBytes({ header, joint_names, points }: JointTrajectoryMessage): Buffer {
  const writer = new CdrWriter().header(header.frame_id).texts(joint_names).uint32(points.length);
  for (const { positions, velocities, accelerations, effort, time_from_start } of points) {
    for (const values of [positions, velocities, accelerations, effort]) writer.float64List(values);
    writer.uint32(time_from_start.sec).uint32(time_from_start.nanosec);
  }
  return writer.finish();
}

/** The inverse, for a block that runs in a process of its own. */
export function trajectoryOf(message: JointTrajectoryMessage): ArmTrajectory {
  return {
    joints: message.joint_names,
    points: message.points.map((point) => ({
      time_s: durationToSeconds(point.time_from_start),
      position: Array.from(point.positions),
      velocity: Array.from(point.velocities),
      acceleration: Array.from(point.accelerations),
    })),
  };
}
