import { type Fault, fault } from '../contracts/errors.js';
import type { Action, ArmTrajectory, GateVerdict } from '../contracts/motion.js';
import { whyHeld } from '../contracts/readable.js';

/** What the gate decides on: measurements of this cycle, never the planner's beliefs. */
export interface GateContext {
  /** Why the robot must not move now, or null. */
  readonly held: Fault | null;
  readonly joints_fresh: boolean;
  /** Independent check of a trajectory against limits, collisions and the measured state. */
  readonly check: (trajectory: ArmTrajectory) => readonly Fault[];
  readonly gripper_values: number;
  /** The same for gripper commands: the limits of its joints. */
  readonly check_gripper: (values: readonly number[]) => readonly Fault[];
}

/**
 * The last check before the effectors. A well-formed hold always passes, because stopping must never be
 * refused. Everything else passes only on fresh data, with no reason to hold, and with no finding of the
 * check.
 */
export function gate(action: Action, context: GateContext): GateVerdict {
  const rejected = objections(action, context);
  return { action: rejected.length === 0 ? action : null, rejected };
}

function objections(action: Action, context: GateContext): readonly Fault[] {
  if (action.kind === 'hold') return wellFormed(action.trajectory);
  if (context.held !== null) {
    return [fault('SAGE_707', action.purpose, whyHeld(context.held))];
  }
  if (action.kind === 'gripper') return gripperObjections(action.values, context, action.purpose);
  if (!context.joints_fresh) return [fault('SAGE_706', action.purpose, 'joint states are stale')];
  return context.check(action.trajectory);
}

function gripperObjections(
  values: readonly number[],
  context: GateContext,
  purpose: string,
): readonly Fault[] {
  if (values.length !== context.gripper_values || !values.every(Number.isFinite)) {
    return [
      fault(
        'SAGE_703',
        purpose,
        `${values.length} gripper values, ${context.gripper_values} expected, all finite`,
      ),
    ];
  }
  return context.check_gripper(values);
}

function wellFormed(trajectory: ArmTrajectory): readonly Fault[] {
  const last = trajectory.points.at(-1);
  let before_s = 0;
  for (const point of trajectory.points) {
    const finite = [point.time_s, ...point.position, ...point.velocity].every(Number.isFinite);
    if (!finite || point.time_s <= before_s || point.position.length !== trajectory.joints.length) {
      return [fault('SAGE_703', 'hold', `point at ${point.time_s} s`)];
    }
    before_s = point.time_s;
  }
  return last === undefined ? [fault('SAGE_703', 'hold', 'no points')] : [];
}
