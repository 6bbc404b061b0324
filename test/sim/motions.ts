import type { ArmTrajectory } from '../../src/contracts/motion.js';
import { armChain } from '../../src/robot/arm-chain.js';
import type { BlockTruth } from '../../src/sim/physics/truth.js';
import { ARM_JOINTS } from '../../src/sim/robot/tabletop.js';
import type { TabletopWorld } from '../../src/sim/world.js';

/** Lengths of config/urdf/tabletop-arm.urdf, m: shoulder height, upper arm, forearm, wrist to tip. */
const SHOULDER = 0.16;
const UPPER = 0.28;
const FORE = 0.25;
const TOOL = 0.162;

/** Posture with the tool straight down at a place and its fingers closing along `yaw` (mod 90 degrees). */
export function above(world: TabletopWorld, x: number, y: number, z: number, yaw: number): number[] {
  const [r, h] = [Math.hypot(x, y), z + TOOL - SHOULDER];
  const cos = (r * r + h * h - UPPER ** 2 - FORE ** 2) / (2 * UPPER * FORE);
  const elbow = Math.acos(cos);
  const lift = Math.atan2(r, h) - Math.atan2(FORE * Math.sin(elbow), UPPER + FORE * cos);
  const posture = [Math.atan2(y, x), lift, elbow, 0, Math.PI - lift - elbow, 0];
  const tip = armChain(world.model, {
    base_frame: 'base_link',
    tip_frame: 'tool0',
    joints: ARM_JOINTS,
  }).tip(posture);
  const turn = Math.atan2(tip[5]!, tip[1]!) - yaw;
  posture[5] = turn - (Math.PI / 2) * Math.round(turn / (Math.PI / 2));
  return posture;
}

/** From wherever the arm is to a posture and to rest there, in `time_s`. */
export function moveTo(position: readonly number[], time_s: number): ArmTrajectory {
  const zeros = position.map(() => 0);
  return { joints: ARM_JOINTS, points: [{ time_s, position, velocity: zeros, acceleration: zeros }] };
}

/** Moves there slowly enough for every limit, and waits until the drives have settled. */
export function go(world: TabletopWorld, posture: readonly number[]): void {
  const now = world.jointState().position;
  const way = Math.max(...posture.map((value, i) => Math.abs(value - now[i]!)));
  const time_s = Math.max(0.2, (way * 1.875) / 1.5);
  const refused = world.sendTrajectory(moveTo(posture, time_s));
  if (refused !== null) throw new Error(refused.text);
  world.step(time_s + 0.2);
}

export function blockOf(world: TabletopWorld, colour: string): BlockTruth {
  return world.truth().blocks.find((block) => block.colour === colour)!;
}

/** Goes above a block, down, closes and lifts. */
export function pick(world: TabletopWorld, colour: string): void {
  const { position_m, yaw_rad } = blockOf(world, colour);
  const [x, y] = position_m;
  go(world, above(world, x, y, 0.12, yaw_rad));
  go(world, above(world, x, y, 0.02, yaw_rad));
  world.sendGripper([0, 0]);
  world.step(0.6);
  go(world, above(world, x, y, 0.14, yaw_rad));
}
