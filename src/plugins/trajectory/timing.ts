import type { ArmTrajectory, TrajectoryPoint } from '../../contracts/motion.js';
import { JointSpline, setSpline, startPoint } from '../../robot/trajectory-spline.js';
import type { JointPath } from './joint-path.js';
import type { Problem } from './problem.js';

/** Spacing of trajectory points before the final scaling, s, and their maximum number. */
const POINT_SPACING_S = 0.1;
const POINTS_MIN = 5;
const POINTS_MAX = 80;
/** Samples of the interpolation between two points. */
const LOOKS = 6;
/** Samples of the path for the initial estimate of its pace. */
const PACE_SAMPLES = 24;
/**
 * Shortest motion, s: the measured start is never exact, and the controller makes up the difference by the
 * first point.
 */
const DURATION_MIN_S = 0.5;
const HOLD_TIME_S = 0.1;
/** Peak over mean acceleration of a smoothstep. */
const SMOOTH_PEAK = 1.5;

/**
 * A trajectory along a path from s = 0 to `end_s`: after braking if the arm is moving, the pace rises with a
 * smoothstep, is constant, and falls to zero. Time is then scaled so that the controller's own interpolation
 * just reaches the velocity or acceleration limit: scaling time by k divides velocities by k and
 * accelerations by k² exactly, so a single pass is enough. `end_s` = 0 holds.
 */
export function timedTrajectory(problem: Problem, path: JointPath | null, end_s: number): ArmTrajectory {
  const joints = problem.arm.chain.joints;
  const first = problem.brake?.points ?? [];
  if (path === null || end_s <= 0) {
    return first.length > 0 ? problem.brake! : { joints, points: [holdPoint(problem.origin)] };
  }
  const points = pacedPoints(problem, path, end_s);
  const k = Math.max(stretch(problem, points), DURATION_MIN_S / points.at(-1)!.time_s);
  const after_s = first.at(-1)?.time_s ?? 0;
  const moved = points.map((point) => ({
    time_s: after_s + point.time_s * k,
    position: point.position,
    velocity: point.velocity.map((velocity) => velocity / k),
    acceleration: point.acceleration.map((acceleration) => acceleration / (k * k)),
  }));
  return { joints, points: [...first, ...moved] };
}

function holdPoint(position: readonly number[]): TrajectoryPoint {
  const still = position.map(() => 0);
  return { time_s: HOLD_TIME_S, position: [...position], velocity: still, acceleration: still };
}

/** Points at equal time intervals, paced by an initial estimate of what the limits allow. */
function pacedPoints(problem: Problem, path: JointPath, end_s: number): TrajectoryPoint[] {
  const pace = paceOf(problem, path, end_s);
  const count = Math.min(POINTS_MAX, Math.max(POINTS_MIN, Math.ceil(pace.duration_s / POINT_SPACING_S)));
  const position = new Float64Array(path.joints);
  const first = new Float64Array(path.joints);
  const second = new Float64Array(path.joints);
  const points: TrajectoryPoint[] = [];
  for (let index = 1; index <= count; index++) {
    const last = index === count;
    const time_s = (pace.duration_s * index) / count;
    const along = last ? { s: end_s, rate: 0, gain: 0 } : pace.at(time_s);
    path.at(along.s, position, first, second);
    points.push({
      time_s,
      position: Array.from(position),
      velocity: Array.from(first, (slope) => (last ? 0 : slope * along.rate)),
      acceleration: Array.from(first, (slope, joint) =>
        last ? 0 : slope * along.gain + second[joint]! * along.rate * along.rate,
      ),
    });
  }
  return points;
}

interface Pace {
  readonly duration_s: number;
  /** s and its first and second derivatives by time. */
  at(time_s: number): { readonly s: number; readonly rate: number; readonly gain: number };
}

/** A trapezoid with smoothstep flanks over the length end_s, limited by the steepest part of the path. */
function paceOf(problem: Problem, path: JointPath, end_s: number): Pace {
  const position = new Float64Array(path.joints);
  const slope = new Float64Array(path.joints);
  let perVelocity = 1e-9;
  let perAcceleration = 1e-9;
  for (let sample = 0; sample <= PACE_SAMPLES; sample++) {
    path.at((end_s * sample) / PACE_SAMPLES, position, slope);
    for (let joint = 0; joint < path.joints; joint++) {
      const steep = Math.abs(slope[joint]!);
      perVelocity = Math.max(perVelocity, steep / problem.velocity[joint]!);
      perAcceleration = Math.max(perAcceleration, steep / problem.acceleration[joint]!);
    }
  }
  const gain = 1 / perAcceleration;
  // if the length is too short for the full rate, rise and fall meet in the middle
  const rate = Math.min(1 / perVelocity, Math.sqrt((end_s * gain) / SMOOTH_PEAK));
  const rise_s = (SMOOTH_PEAK * rate) / gain;
  const cruise_s = Math.max(0, end_s / rate - rise_s);
  const duration_s = 2 * rise_s + cruise_s;
  const half = end_s / 2;
  return {
    duration_s,
    at(time_s) {
      const mirrored = time_s > duration_s / 2;
      const t = mirrored ? duration_s - time_s : time_s;
      const u = Math.min(1, t / rise_s);
      // ∫ smoothstep = u³ − u⁴/2
      const s = rate * rise_s * (u * u * u - (u * u * u * u) / 2) + rate * Math.max(0, t - rise_s);
      const up = u < 1 ? (rate * 6 * u * (1 - u)) / rise_s : 0;
      return {
        s: mirrored ? end_s - Math.min(s, half) : Math.min(s, half),
        rate: rate * u * u * (3 - 2 * u),
        gain: mirrored ? -up : up,
      };
    },
  };
}

/** Factor on time for which the interpolation exactly meets the limits. */
function stretch(problem: Problem, points: readonly TrajectoryPoint[]): number {
  const spline = new JointSpline();
  let velocity = 1e-9;
  let square = 1e-9;
  // the controller's last point after a stop has no accelerations, so the first segment is a cubic
  const start = startPoint(problem.origin);
  let from: TrajectoryPoint = problem.brake === null ? start : { ...start, acceleration: [] };
  for (const to of points) {
    const duration_s = to.time_s - from.time_s;
    for (let joint = 0; joint < to.position.length; joint++) {
      setSpline(spline, from, to, joint, duration_s);
      for (let look = 0; look <= LOOKS; look++) {
        const t = (duration_s * look) / LOOKS;
        velocity = Math.max(velocity, Math.abs(spline.velocity(t)) / problem.velocity[joint]!);
        square = Math.max(square, Math.abs(spline.acceleration(t)) / problem.acceleration[joint]!);
      }
    }
    from = to;
  }
  return Math.max(velocity, Math.sqrt(square));
}
