import type { Pose } from '../../contracts/geometry.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { Body } from '../../kernel/body.js';
import { createDescentCheck } from '../../plugins/trajectory/descent-check.js';
import { armChain } from '../../robot/arm-chain.js';
import { type FingerEnds, Gripper } from '../../robot/gripper.js';
import { sourceOf } from '../../robot/kinematics.js';
import type { RobotModel } from '../../robot/robot-model.js';
import { GRIP, PADS, solidModel } from './solids.js';
import type { WorldHand, WorldRobot, WorldScene } from './world-robot.js';

/** Another robot than the tabletop arm: its description, and what the configuration says of it. */
export interface OwnRobot {
  readonly urdf: string;
  readonly parameters: Parameters;
}

/** A scene as wide as this has the size of that of the tabletop arm, m. */
const WIDTH_M = 1;
const SIZE_MIN = 0.55;
const SIZE_MAX = 1.3;
/** Share of a block that each pad opens at least. */
const OPENS_AT_LEAST = 0.65;

/**
 * A robot by its URDF and configuration, in a world of its own: blocks where its tip comes down to, a hand of two pads
 * that opens as wide as its sliding fingers do, twice a block where they turn.
 * @throws SageError what Body throws: SAGE_102, SAGE_204, SAGE_302, SAGE_303, SAGE_304
 */
export function ownRobot({ urdf, parameters }: OwnRobot): WorldRobot {
  const { robot } = parameters;
  const body = new Body(urdf, parameters);
  const { context } = body;
  const { chain } = context;
  const ends = new Gripper(chain, robot).ends;
  // Each opens for the things that the configuration speaks of; how thick fingers are the description does not say.
  const opening_m = Math.max(
    openingOf(chain.model, ends) ?? robot.object_height_m,
    OPENS_AT_LEAST * robot.object_height_m,
  );
  const model = solidModel(context, robot.link_radius_m, opening_m);
  const { base_frame, joints, home, others } = chain;
  const { lower_limits, upper_limits, velocity_limits } = robot;
  const limits = { lower_limits, upper_limits, velocity_limits };
  return {
    urdf,
    model,
    chain: armChain(model, { base_frame, tip_frame: GRIP, joints, home, others, ...limits }),
    home,
    hand: handOf(robot, ends, opening_m),
    table_height_m: robot.table_height_m,
    block_size_m: robot.object_height_m,
    scene: sceneOf(body, parameters),
  };
}

/** How far each of two pads goes from the middle where fingers slide, m; null where they turn, or none is known. */
function openingOf(model: RobotModel, ends: readonly FingerEnds[]): number | null {
  const travels = new Map<string, number>();
  for (const { joint, open, closed } of ends) {
    const finger = model.joints.get(joint);
    if (finger?.kind !== 'prismatic') continue;
    const driver = sourceOf(model, finger);
    for (const other of model.joints.values()) {
      const its = sourceOf(model, other);
      if (other.kind !== 'prismatic' || its.joint !== driver.joint) continue;
      travels.set(other.name, Math.abs(((open - closed) * its.multiplier) / driver.multiplier));
    }
  }
  const sum_m = [...travels.values()].reduce((sum, travel) => sum + travel, 0);
  return sum_m > 0 ? sum_m / 2 : null;
}

function handOf(robot: Parameters['robot'], ends: readonly FingerEnds[], opening_m: number): WorldHand {
  const sideOf = (index: number): 0 | 1 => (index === 1 ? 1 : 0);
  return {
    pads: PADS,
    pad_links: new Set(PADS),
    opening_m,
    joints: ends.map(({ joint, open, closed }, index) => ({
      name: joint,
      closed,
      gain: (open - closed) / opening_m,
      side: sideOf(index),
    })),
    commands: robot.gripper_open.map((open, index) => {
      const closed = robot.gripper_closed[index] ?? open;
      return { closed, gain: (open - closed) / opening_m };
    }),
  };
}

function sceneOf(body: Body, parameters: Parameters): WorldScene {
  const { robot, camera } = parameters;
  const [low, high] = [robot.workspace_min_m, robot.workspace_max_m];
  const corner = (list: readonly number[], inwards_m: number): [number, number] => [
    (list[0] ?? 0) + inwards_m,
    (list[1] ?? 0) + inwards_m,
  ];
  const [min_m, max_m] = [corner(low, robot.object_height_m), corner(high, -robot.object_height_m)];
  const width_m = Math.max(max_m[0] - min_m[0], max_m[1] - min_m[1]);
  return {
    centre_m: [(min_m[0] + max_m[0]) / 2, (min_m[1] + max_m[1]) / 2],
    size: Math.min(SIZE_MAX, Math.max(SIZE_MIN, width_m / WIDTH_M)),
    min_m,
    max_m,
    reaches: createDescentCheck(body.context, parameters),
    camera_pose: camera.pose.length === 7 ? placed(body, parameters) : null,
  };
}

/** The pose of the configuration as an optical frame above the table. */
function placed(body: Body, parameters: Parameters): Pose {
  const [x = 0, y = 0, z = 0, qx = 0, qy = 0, qz = 0, qw = 1] = parameters.camera.pose;
  const pose: Pose = { position_m: [x, y, z], orientation: [qx, qy, qz, qw] };
  const { position_m, orientation } = body.cameraPose(pose, parameters.camera.pose_frame, parameters);
  const above_m = position_m[2] - parameters.robot.table_height_m;
  return { position_m: [position_m[0], position_m[1], above_m], orientation };
}
