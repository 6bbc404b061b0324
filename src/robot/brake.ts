import type { ArmState, ArmTrajectory, TrajectoryPoint } from '../contracts/motion.js';
import type { ArmJointLimits } from './arm-chain.js';

/** Slower than this counts as at rest, rad/s or m/s: measured velocities have noise. */
export const REST_VELOCITY = 0.01;
/** Time of the single point of a hold, s. */
const HOLD_TIME_S = 0.1;
/**
 * Stops are not asked for faster than this where limits leave the room, s. When a stop reaches the controller, the arm
 * is further on by what the message took (tens of milliseconds): a first point sooner than that would lie behind it.
 */
const STOP_MIN_S = 0.1;
/** At a position limit it is harder, s. */
const STOP_HARDEST_S = 0.02;

export interface BrakeLimits {
  /** Largest deceleration of each joint, rad/s² or m/s². */
  readonly acceleration_limits: readonly number[];
  readonly joints: readonly ArmJointLimits[];
}

/**
 * The fastest stop within the acceleration limit: all joints decelerate evenly and rest together after t, at q + v t / 2,
 * where t is what the one that takes longest needs (|v| / a), so that the arm stays near its path. A joint that would pass its
 * position limit stops at the limit, harder and sooner. Points have no accelerations, so that the controller
 * interpolates with cubics, which even decelerations are: and a single point at the end is what a controller reaches
 * smoothly from wherever it is by the time it takes the stop. At rest: one point that holds.
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
  /** 0 where the joint rests. */
  readonly time_s: number;
  at(time_s: number): { readonly position: number; readonly velocity: number };
}

function stopOf(arm: ArmState, joint: number, limits: BrakeLimits, together_s: number): Stop {
  const start = arm.position[joint]!;
  const velocity = arm.velocity[joint] ?? 0;
  const rests = Math.abs(velocity) < REST_VELOCITY;
  const limit = limits.joints[joint];
  const room = velocity > 0 ? (limit?.upper ?? Infinity) - start : start - (limit?.lower ?? -Infinity);
  // an even deceleration over distance d takes 2 d / |v|
  const wanted = Math.max(STOP_HARDEST_S, Math.min(together_s, (2 * Math.max(0, room)) / Math.abs(velocity)));
  // whole milliseconds, so that joints which stop at about the same time share a point
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
