import type { ArmState, ArmTrajectory, TrajectoryPoint } from '../contracts/motion.js';
import type { ArmJointLimits } from './arm-chain.js';

/** Slower than this counts as at rest, rad/s or m/s: measured velocities are noisy. */
export const REST_VELOCITY = 0.01;
/** Time of the single point of a hold, s. */
const HOLD_TIME_S = 0.1;
/**
 * Shortest stop if limits leave room, s. By the time a stop reaches the controller, the arm has moved on by
 * the message latency (tens of milliseconds): an earlier first point would be in the past.
 */
const STOP_MIN_S = 0.1;
/** Shortest stop right at a position limit, s. */
const STOP_HARDEST_S = 0.02;

interface BrakeLimits {
  /** Deceleration limit of each joint, rad/s² or m/s². */
  readonly acceleration_limits: readonly number[];
  readonly joints: readonly ArmJointLimits[];
}

/**
 * The fastest stop within the acceleration limit: all joints decelerate uniformly and come to rest together
 * after t, at q + v t / 2, where t is the longest |v| / a of any joint, so that the arm stays near its path.
 * A joint that would pass its position limit stops at the limit, harder and sooner. Points carry no
 * accelerations, so that the controller interpolates with cubics, which contain uniform deceleration; and a
 * controller reaches a single end point smoothly from wherever it is when the stop arrives. At rest: one
 * point that holds.
 */
export function brakeTrajectory(arm: ArmState, limits: BrakeLimits): ArmTrajectory {
  const { acceleration_limits } = limits;
  const needed_s = acceleration_limits.map((most, joint) => Math.abs(arm.velocity[joint] ?? 0) / most);
  const together_s = Math.max(STOP_MIN_S, ...needed_s);
  const stops = arm.joints.map((_, joint) => stopOf(arm, joint, limits, together_s));
  const times = [...new Set(stops.map((stop) => stop.time_s).filter((time) => time > 0))].sort(
    (a, b) => a - b,
  );
  const points = times.map((time_s): TrajectoryPoint => {
    const states = stops.map((stop) => stop.at(time_s));
    return {
      time_s,
      position: states.map((state) => state.position),
      velocity: states.map((state) => state.velocity),
      acceleration: [],
    };
  });
  if (points.length > 0) return { joints: arm.joints, points };
  const hold = { time_s: HOLD_TIME_S, position: [...arm.position], velocity: arm.joints.map(() => 0) };
  return { joints: arm.joints, points: [{ ...hold, acceleration: [] }] };
}

interface Stop {
  /** 0 if the joint is at rest. */
  readonly time_s: number;
  at(time_s: number): { readonly position: number; readonly velocity: number };
}

function stopOf(arm: ArmState, joint: number, limits: BrakeLimits, together_s: number): Stop {
  const start = arm.position[joint]!;
  const velocity = arm.velocity[joint] ?? 0;
  const rests = Math.abs(velocity) < REST_VELOCITY;
  const limit = limits.joints[joint];
  const room = velocity > 0 ? (limit?.upper ?? Infinity) - start : start - (limit?.lower ?? -Infinity);
  // uniform deceleration over distance d takes 2 d / |v|
  const wanted = Math.max(STOP_HARDEST_S, Math.min(together_s, (2 * Math.max(0, room)) / Math.abs(velocity)));
  // whole milliseconds, so that joints stopping at about the same time share a point
  const time_s = rests ? 0 : Math.ceil(wanted * 1000) / 1000;
  return {
    time_s,
    at(t) {
      const still = Math.min(t, time_s);
      const rate = time_s > 0 ? velocity / time_s : 0;
      const moved = time_s > 0 ? velocity * still - (rate * still * still) / 2 : 0;
      return { position: start + moved, velocity: t >= time_s ? 0 : velocity - rate * t };
    },
  };
}
