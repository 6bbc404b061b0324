import { SageError } from '../../contracts/errors.js';
import type { Vec3 } from '../../contracts/geometry.js';
import type { ArmState, ArmTrajectory, TrajectoryTask } from '../../contracts/motion.js';
import type { ArmContext } from '../../robot/arm-context.js';
import { brakeTrajectory, REST_VELOCITY } from '../../robot/brake.js';
import { unit } from '../../robot/vector.js';
import { workspaceFloor } from '../../robot/workspace-box.js';
import { IkSolver, type TipGoal } from './inverse-kinematics.js';

interface TrajectorySettings {
  readonly max_steps: number;
  readonly position_tolerance_m: number;
  readonly approach_tolerance_rad: number;
  readonly clearance_m: number;
}

/** Share of the limits that plans use, leaving headroom for the controller's interpolation. */
const VELOCITY_SHARE = 0.98;
const ACCELERATION_SHARE = 0.9;
/** Tolerance of a joint target, rad or m. */
const JOINT_TOLERANCE = 0.01;

/** One prepared task: everything that is constant over its refinement. */
export interface Problem {
  readonly arm: ArmContext;
  readonly task: TrajectoryTask;
  /** Null for a joint target. */
  readonly tip: TipGoal | null;
  /** Goal of the straight motion that follows; null = none. */
  readonly onward: TipGoal | null;
  /** Null for a tip target. */
  readonly posture: readonly number[] | null;
  /** Where the motion starts: the measured posture or, if moving, where the arm comes to rest. */
  readonly origin: readonly number[];
  /** The stop to execute first if the arm is moving; null at rest. */
  readonly brake: ArmTrajectory | null;
  /** Position limits around the origin; a continuous joint may turn once in either direction. */
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  /** Velocity and acceleration limits of plans. */
  readonly velocity: readonly number[];
  readonly acceleration: readonly number[];
  /** Clearance that plans keep, m; less if the arm starts with less. */
  readonly need_m: number;
  /** Margin to the sides of the workspace box, m: negative on the way to a home outside it. */
  readonly box_floor_m: number;
  readonly tolerance: { readonly position: number; readonly approach_rad: number };
  readonly solver: IkSolver;
}

/**
 * Validates and prepares a task.
 * @throws SageError SAGE_709 if the joints do not match, SAGE_203 if the measured state is not finite,
 * SAGE_703 if the target is not
 */
export function problemOf(arm: ArmContext, task: TrajectoryTask, settings: TrajectorySettings): Problem {
  checkTask(arm, task);
  const { start, target } = task;
  const { limits } = arm.chain;
  const acceleration = arm.acceleration_limits.map((most) => most * ACCELERATION_SHARE);
  const moves = start.velocity.some((velocity) => Math.abs(velocity) >= REST_VELOCITY);
  const brake = moves ? brakeTrajectory(start, { acceleration_limits: acceleration, joints: limits }) : null;
  const origin = brake?.points.at(-1)?.position ?? start.position;
  // a joint measured slightly beyond its limit may start there, and only move back
  const lower = limits.map((limit, joint) => windowOf(limit.lower, origin[joint]!, -1));
  const upper = limits.map((limit, joint) => windowOf(limit.upper, origin[joint]!, 1));
  const clearance = arm.collision.clearance(
    origin,
    task.table_height_m,
    task.held_below_tip_m,
    arm.self_collision,
  );
  const posture = target.kind === 'joints' ? jointGoal(arm, target.position, lower, upper) : null;
  return {
    arm,
    task,
    tip: target.kind === 'tip' ? tipGoal(target, target.position_m) : null,
    onward: target.kind === 'tip' && target.onward_m !== undefined ? tipGoal(target, target.onward_m) : null,
    posture,
    origin,
    brake,
    lower,
    upper,
    velocity: limits.map((limit) => limit.velocity * task.speed_scale * VELOCITY_SHARE),
    acceleration,
    need_m: Math.max(0, Math.min(settings.clearance_m, clearance - 1e-3)),
    box_floor_m: posture === null ? 0 : workspaceFloor(arm, posture),
    tolerance:
      target.kind === 'tip'
        ? { position: settings.position_tolerance_m, approach_rad: settings.approach_tolerance_rad }
        : { position: JOINT_TOLERANCE, approach_rad: settings.approach_tolerance_rad },
    solver: new IkSolver(arm, lower, upper),
  };
}

function checkTask(arm: ArmContext, task: TrajectoryTask): void {
  const { start, target } = task;
  const { joints } = arm.chain;
  if (start.joints.length !== joints.length || joints.some((name, index) => start.joints[index] !== name)) {
    const detail = `has ${start.joints.join(', ') || 'none'}; the controller has ${joints.join(', ')}`;
    throw new SageError('SAGE_709', 'trajectory task', detail);
  }
  if (!finite(start.position, joints.length) || !finite(start.velocity, joints.length)) {
    throw new SageError('SAGE_203', 'trajectory task', 'the state it starts from is not complete and finite');
  }
  const numbers =
    target.kind === 'tip'
      ? [...target.position_m, ...target.approach, ...(target.onward_m ?? []), target.closing_yaw_rad ?? 0]
      : target.position;
  const scalars = [task.speed_scale, task.table_height_m, task.held_below_tip_m];
  if (![...numbers, ...scalars].every(Number.isFinite) || task.speed_scale <= 0 || task.speed_scale > 1) {
    throw new SageError(
      'SAGE_703',
      'trajectory task',
      'target, speed or table is not finite or out of range',
    );
  }
  if (target.kind === 'joints' && target.position.length !== 0 && target.position.length !== joints.length) {
    throw new SageError('SAGE_709', 'trajectory task', `target has ${target.position.length} joint values`);
  }
}

const finite = (values: ArmState['position'], n: number): boolean =>
  values.length === n && values.every(Number.isFinite);

function windowOf(limit: number, now: number, side: 1 | -1): number {
  if (!Number.isFinite(limit)) return now + side * 2 * Math.PI;
  return side > 0 ? Math.max(limit, now) : Math.min(limit, now);
}

function tipGoal(target: Extract<TrajectoryTask['target'], { kind: 'tip' }>, position_m: Vec3): TipGoal {
  const approach: Vec3 | null = unit(target.approach);
  if (approach === null) throw new SageError('SAGE_703', 'trajectory task', 'the approach has no direction');
  const closing_turn_rad = target.closing_one_way === true ? Math.PI : Math.PI / 2;
  return { position_m, approach, closing_yaw_rad: target.closing_yaw_rad ?? null, closing_turn_rad };
}

/** The requested posture, or home if empty, clamped to the limits; the excess shows up as terminal error. */
function jointGoal(
  arm: ArmContext,
  position: readonly number[],
  lower: readonly number[],
  upper: readonly number[],
): number[] {
  const wanted = position.length === 0 ? arm.chain.home : position;
  return wanted.map((value, joint) => Math.min(Math.max(value, lower[joint]!), upper[joint]!));
}
