import type { ArmState, ArmTrajectory, TrajectoryPoint } from '../contracts/motion.js';
import type { ArmJointLimits } from './arm-chain.js';

/** Slower than this counts as at rest, rad/s or m/s: measured velocities have noise. */
export const REST_VELOCITY = 0.01;
/** Time of the single point of a hold, s. */
const HOLD_TIME_S = 0.1;
/** Stops are not asked for faster than this, s. */
const STOP_MIN_S = 0.02;

export interface BrakeLimits {
  /** Largest deceleration of every joint, rad/s² or m/s². */
  readonly acceleration_limit: number;
  readonly joints: readonly ArmJointLimits[];
}

/**
 * The fastest stop within the acceleration limit: every joint decelerates evenly and rests at q + v |v| / 2a, the
 * slowest to stop last. A joint that would pass its position limit stops at the limit, harder. Points have no
 * accelerations, so that the controller interpolates with cubics, which even decelerations are. At rest: one point
 * that holds.
 */
export function brakeTrajectory(arm: ArmState, limits: BrakeLimits): ArmTrajectory {
  const stops = arm.joints.map((_, joint) => stopOf(arm, joint, limits));
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

function stopOf(arm: ArmState, joint: number, limits: BrakeLimits): Stop {
  const start = arm.position[joint]!;
  const velocity = arm.velocity[joint] ?? 0;
  const rests = Math.abs(velocity) < REST_VELOCITY;
  const limit = limits.joints[joint];
  const room = velocity > 0 ? (limit?.upper ?? Infinity) - start : start - (limit?.lower ?? -Infinity);
  const free = Math.abs(velocity) / limits.acceleration_limit;
  // an even deceleration over distance d takes 2 d / |v|
  const wanted = Math.max(STOP_MIN_S, Math.min(free, (2 * Math.max(0, room)) / Math.abs(velocity)));
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
