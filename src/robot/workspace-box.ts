import type { Vec3 } from '../contracts/geometry.js';
import type { ArmContext } from './arm-context.js';
import { isContinuous, wrappedLike } from './joint-wrapping.js';
import { identity, type Transform, translationOf } from './transform.js';

/** A posture within this of home in every joint counts as home, rad or m. */
const HOME_NEAR = 0.02;

/** Smallest distance from a point to the sides of a box, m; negative outside. */
export function boxMargin(point: Vec3, low: Vec3, high: Vec3): number {
  return Math.min(
    point[0] - low[0],
    point[1] - low[1],
    point[2] - low[2],
    high[0] - point[0],
    high[1] - point[1],
    high[2] - point[2],
  );
}

/** How far the tip is inside the workspace box at a posture, m; negative outside. */
export function workspaceMargin(
  arm: ArmContext,
  posture: ArrayLike<number>,
  scratch: Transform = identity(),
): number {
  return boxMargin(translationOf(arm.chain.tip(posture, scratch)), arm.workspace_min_m, arm.workspace_max_m);
}

/**
 * Workspace margin that a motion with this end must keep, m: 0, or on the way home no more than home itself
 * has. A home that clears the camera's view of the table may well put the tip outside the box.
 */
export function workspaceFloor(arm: ArmContext, end: readonly number[]): number {
  const { home, limits } = arm.chain;
  const near = wrappedLike(home, end, limits.map(isContinuous));
  const isHome = near.every((value, joint) => Math.abs(value - (end[joint] ?? Number.NaN)) <= HOME_NEAR);
  return isHome ? Math.min(0, workspaceMargin(arm, home)) : 0;
}
