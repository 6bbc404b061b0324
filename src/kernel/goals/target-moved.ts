import type { BelievedObject, TargetDescription } from '../../contracts/goal.js';
import { fits } from '../beliefs.js';
import type { GoalMemory, StepVerdict, StepView } from './step.js';

/** Displacement from which a target counts as moved, m: next to the gripper, vision errs by half of it. */
const MOVED_M = 0.02;

/**
 * Whether the target is still where the arm is going; null if nothing contradicts it. It was moved if it is
 * seen elsewhere, is missing from a visible place, or if another match has appeared since it was last seen,
 * as happens when it is taken from under the gripper.
 */
export function targetMoved(
  view: StepView,
  memory: GoalMemory,
  wanted: TargetDescription,
): StepVerdict | null {
  const { target } = memory;
  if (target === null) return null;
  const known = view.believed.find(({ id }) => id === target.id);
  if (known === undefined) return moved(`${target.id} is no longer where it was`, null);
  const away_m = apart(known, target);
  if (away_m > MOVED_M) return moved(`${target.id} was moved by ${(away_m * 1000).toFixed(0)} mm`, null);
  const other = view.believed.find(
    (one) =>
      one.id !== target.id &&
      fits(one, wanted) &&
      one.first_seen_ms > known.seen_ms &&
      one.seen_ms > one.first_seen_ms,
  );
  if (other === undefined) return null;
  return moved(`${target.id} was moved by ${(apart(other, target) * 1000).toFixed(0)} mm`, target.id);
}

const moved = (why: string, gone: string | null): StepVerdict => ({ kind: 'moved', why, gone });

const apart = (a: BelievedObject, b: BelievedObject): number =>
  Math.hypot(a.position_m[0] - b.position_m[0], a.position_m[1] - b.position_m[1]);
