import type { ArmJointLimits } from './arm-chain.js';

const TURN = 2 * Math.PI;

/** True for a continuous joint: its value is modulo 2π, and drivers report it within one turn. */
export function isContinuous({ lower, upper }: ArmJointLimits): boolean {
  return lower === -Infinity && upper === Infinity;
}

/**
 * Scale of prismatic joints where one tolerance serves both kinds: a radian moves the hand by the arm's
 * length, assumed to be at least 0.2 m.
 */
const RAD_PER_M = 5;

/** Factor on a joint value before comparison with a tolerance in rad. */
export function toleranceScale(unit: 'rad' | 'm'): number {
  return unit === 'm' ? RAD_PER_M : 1;
}

/** The equivalent angle nearest to another, rad. */
export function wrappedNear(value: number, other: number): number {
  return value - TURN * Math.round((value - other) / TURN);
}

/**
 * Unwraps a measurement relative to the previous one: no joint moves by more than π (rad or m) in so short a
 * time, so a larger step comes from a driver that wraps its angles.
 */
export function unwrapped(value: number, before: number): number {
  return Math.abs(value - before) > Math.PI ? wrappedNear(value, before) : value;
}

/** Joint values with continuous joints wrapped to the turn nearest to a reference. */
export function wrappedLike(
  values: readonly number[],
  others: readonly number[],
  endless: readonly boolean[],
): readonly number[] {
  if (!endless.includes(true)) return values;
  return values.map((value, joint) => (endless[joint] ? wrappedNear(value, others[joint] ?? value) : value));
}
