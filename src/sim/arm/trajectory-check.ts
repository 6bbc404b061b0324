import { SageError } from '../../contracts/errors.js';
import type { ArmTrajectory, TrajectoryPoint } from '../../contracts/motion.js';

/** Velocities up to this count as zero at the end of a trajectory, rad/s or m/s: the epsilon of a C++ float. */
const STILL = 1.2e-7;

/**
 * A trajectory in the controller's joint order, if joint_trajectory_controller would take it: every joint once, one
 * value or none per joint, strictly increasing times, still at its end (ros2_controllers, Jazzy,
 * `validate_trajectory_msg`). Unlike the real one it also refuses numbers that are not finite.
 * @throws SageError SAGE_709 wrong joints, SAGE_703 anything else.
 */
export function checkedTrajectory(trajectory: ArmTrajectory, joints: readonly string[]): ArmTrajectory {
  const places = joints.map((name) => trajectory.joints.indexOf(name));
  if (places.includes(-1) || trajectory.joints.length !== joints.length) {
    const detail = `names ${trajectory.joints.join(', ') || 'no joint'}; it has ${joints.join(', ')}`;
    throw new SageError('SAGE_709', 'arm_controller', detail);
  }
  if (trajectory.points.length === 0) throw malformed('it has no points');
  const points = trajectory.points.map((point, index) => sorted(point, places, index));
  for (const [index, point] of points.entries()) {
    const before = points[index - 1]?.time_s ?? Number.NEGATIVE_INFINITY;
    if (!(point.time_s >= 0)) throw malformed(`point ${index} is at ${point.time_s} s`);
    if (!(point.time_s > before)) throw malformed(`the time of point ${index} does not increase`);
  }
  const moving = points.at(-1)!.velocity.findIndex((velocity) => Math.abs(velocity) > STILL);
  if (moving >= 0) throw malformed(`joint ${joints[moving]} still moves at its end`);
  return { joints, points };
}

const malformed = (detail: string): SageError => new SageError('SAGE_703', 'arm_controller', detail);

function sorted(point: TrajectoryPoint, places: readonly number[], index: number): TrajectoryPoint {
  const inOrder = (values: readonly number[], what: string, may_miss: boolean): number[] => {
    if (values.length === 0 && may_miss) return [];
    if (values.length !== places.length) {
      throw malformed(`point ${index} has ${values.length} ${what} for ${places.length} joints`);
    }
    if (!values.every(Number.isFinite)) throw malformed(`point ${index} has ${what} that are not finite`);
    return places.map((place) => values[place]!);
  };
  return {
    time_s: point.time_s,
    position: inOrder(point.position, 'positions', false),
    velocity: inOrder(point.velocity, 'velocities', true),
    acceleration: inOrder(point.acceleration, 'accelerations', true),
  };
}
