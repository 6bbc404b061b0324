import type { ArmJointLimits } from './arm-chain.js';

const TURN = 2 * Math.PI;

/** True for a joint that turns endlessly: its value is the same after a whole turn, and drivers report it within one. */
export function isContinuous({ lower, upper }: ArmJointLimits): boolean {
  return lower === -Infinity && upper === Infinity;
}

/**
 * What a metre of a sliding joint counts for beside a radian of a turning one, where one tolerance is for both: a radian
 * moves the hand of an arm by its length, which is taken to be 0.2 m at least.
 */
const RAD_PER_M = 5;

/** By what the values of a joint are multiplied where they are compared with a tolerance in rad. */
export function toleranceScale(unit: 'rad' | 'm'): number {
  return unit === 'm' ? RAD_PER_M : 1;
}

/** The same angle, in the turn that is nearest to another, rad. */
export function wrappedNear(value: number, other: number): number {
  return value - TURN * Math.round((value - other) / TURN);
}

/**
 * A measurement beside one of a moment before: no joint turns half a turn, nor slides that many metres, in so short a
 * time, so a larger step is that of a driver which reports angles within one turn.
 */
export function unwrapped(value: number, before: number): number {
  return Math.abs(value - before) > Math.PI ? wrappedNear(value, before) : value;
}

/** Values of joints, those of endless ones in the turn nearest to what they are compared with. */
export function wrappedLike(
  values: readonly number[],
  others: readonly number[],
  endless: readonly boolean[],
): readonly number[] {
  if (!endless.includes(true)) return values;
  return values.map((value, joint) => (endless[joint] ? wrappedNear(value, others[joint] ?? value) : value));
}
