import { SageError } from '../contracts/errors.js';
import type { Vec3 } from '../contracts/geometry.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { type ArmChain, armChain } from './arm-chain.js';
import { CollisionModel } from './collision.js';
import { Gripper } from './gripper.js';
import { linkTransforms } from './kinematics.js';
import type { RobotModel } from './robot-model.js';
import { withToolPoint } from './tool-point.js';
import { compose, invert, rotateVector, translationOf } from './transform.js';
import { cross, dot, scale, subtract, unit } from './vector.js';

/** Everything that planning and checking a motion needs to know about an arm. */
export interface ArmContext {
  readonly chain: ArmChain;
  readonly collision: CollisionModel;
  /** Unit vector of the tool axis in the tip frame. */
  readonly approach_axis: Vec3;
  /**
   * Unit vector in the tip frame along which the fingers close, perpendicular to the approach; null without
   * fingers.
   */
  readonly closing_axis: Vec3 | null;
  /** Acceleration limit of each joint, rad/s² or m/s². */
  readonly acceleration_limits: readonly number[];
  readonly self_collision: boolean;
  /** Corners of the workspace box for the tip in the base frame, m. */
  readonly workspace_min_m: Vec3;
  readonly workspace_max_m: Vec3;
}

/**
 * The arm selected by the parameters `robot.*` from a description.
 * @param others measured values of joints that the arm controller does not move (rad or m), e.g. those of a
 * gripper
 * @throws SageError SAGE_102, SAGE_204, SAGE_303, SAGE_304
 */
export function armContext(
  model: RobotModel,
  robot: Parameters['robot'],
  others?: ReadonlyMap<string, number>,
): ArmContext {
  const approach_axis = unit(vector(robot.approach_axis));
  if (approach_axis === null) throw new SageError('SAGE_102', 'robot.approach_axis', 'has no direction');
  const tool = withToolPoint(model, robot.tip_frame, vector(robot.tip_offset_m));
  const { base_frame, joints, home, lower_limits, upper_limits, velocity_limits } = robot;
  const chain = armChain(tool.model, {
    base_frame,
    tip_frame: tool.tip_frame,
    joints,
    home,
    lower_limits,
    upper_limits,
    velocity_limits,
    ...(others === undefined ? {} : { others }),
  });
  return {
    chain,
    collision: new CollisionModel(chain, {
      link_radius_m: robot.link_radius_m,
      table_height_m: robot.table_height_m,
      hand_below_tip_m: robot.hand_below_tip_m,
      fingers_open: fingersOpen(chain, robot),
    }),
    approach_axis,
    closing_axis: closingAxis(chain, approach_axis, robot.gripper_joints),
    acceleration_limits: accelerationLimits(chain, robot),
    self_collision: robot.self_collision,
    workspace_min_m: vector(robot.workspace_min_m),
    workspace_max_m: vector(robot.workspace_max_m),
  };
}

/** Values of the finger joints with the gripper open, as configured and clamped to their limits; rad or m. */
function fingersOpen(chain: ArmChain, robot: Parameters['robot']): ReadonlyMap<string, number> {
  const ends = new Gripper(chain, robot).ends.map(({ joint, open }): [string, number] => {
    const { lower, upper } = chain.model.joints.get(joint)?.limits ?? { lower: null, upper: null };
    return [joint, Math.min(Math.max(open, lower ?? open), upper ?? open)];
  });
  return new Map(ends);
}

/** Per joint, the smaller of `robot.*` and the description's limit. */
function accelerationLimits(
  { model, joints }: ArmChain,
  { acceleration_limit, acceleration_limits }: Parameters['robot'],
): readonly number[] {
  if (acceleration_limits.length !== 0 && acceleration_limits.length !== joints.length) {
    const detail = `has ${acceleration_limits.length} values, the arm has ${joints.length} joints`;
    throw new SageError('SAGE_102', 'robot.acceleration_limits', detail);
  }
  return joints.map((name, index) => {
    const described = model.joints.get(name)?.limits.acceleration ?? 0;
    const given = acceleration_limits[index] ?? acceleration_limit;
    return described > 0 ? Math.min(described, given) : given;
  });
}

/**
 * Direction in which the first finger moves, seen from the tip: along a prismatic joint, or tangential to a
 * revolute one.
 */
function closingAxis(chain: ArmChain, approach: Vec3, gripper: readonly string[]): Vec3 | null {
  const { model } = chain;
  const name = gripper[0] ?? fingerJoint(chain);
  const joint = name === undefined ? undefined : model.joints.get(name);
  if (joint === undefined || joint.kind === 'fixed') return null;
  const rest = linkTransforms(model, new Map());
  const toTip = invert(rest.get(chain.tip_frame)!);
  const finger = compose(toTip, rest.get(joint.child)!);
  const axis = rotateVector(finger, joint.axis);
  const motion = joint.kind === 'prismatic' ? axis : cross(axis, scale(translationOf(finger), -1));
  return unit(subtract(motion, scale(approach, dot(motion, approach))));
}

/** A joint beyond the arm, on a link that the tip is attached to. */
function fingerJoint(chain: ArmChain): string | undefined {
  const { model } = chain;
  const line = new Set<string>();
  for (let at: string | null = chain.tip_frame; at !== null && line.size <= model.links.size; ) {
    line.add(at);
    const parent: string | null = model.links.get(at)!.parent_joint;
    at = parent === null ? null : model.joints.get(parent)!.parent;
  }
  const found = [...model.joints.values()].find(
    (joint) => joint.kind !== 'fixed' && line.has(joint.parent) && !line.has(joint.child),
  );
  return found?.name;
}

const vector = (list: readonly number[]): Vec3 => [list[0] ?? 0, list[1] ?? 0, list[2] ?? 0];
