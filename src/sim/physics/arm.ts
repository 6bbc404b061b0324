import { SageError } from '../../contracts/errors.js';
import type { ArmTrajectory } from '../../contracts/motion.js';
import type { ArmChain } from '../../robot/arm-chain.js';
import { type KinematicTree, linkTransforms, treeOf } from '../../robot/kinematics.js';
import { compose, composeAt, fromRpy, identity, invert, type Transform } from '../../robot/transform.js';
import { Drives } from '../arm/drives.js';
import { JointController } from '../arm/joint-controller.js';
import type { WorldRobot } from '../robot/world-robot.js';
import type { ViolationLog } from './violations.js';

/** A commanded value this far beyond a limit counts as a violation: of positions, rad; of velocities, share. */
const LIMIT_SLACK_RAD = 1e-3;
const VELOCITY_SLACK = 0.02;
/** A start this far from the desired state counts as a jump, rad: more than the drives' lag at full speed. */
const JUMP_RAD = 0.06;

/** The arm: its controller, its drives and where its links are. */
export class Arm {
  readonly chain: ArmChain;
  readonly links: Float64Array;
  private readonly tree: KinematicTree;
  private readonly controller: JointController;
  private readonly drives: Drives;
  private readonly values: Float64Array;
  /** Place of each variable among the arm's joints, and then the pads; -1 = neither. */
  private readonly places: readonly number[];
  private readonly tipAt: number;
  /** Root frame in the world, whose zero is on the table under the base frame; null where they are the same. */
  private readonly mount: Transform | null;
  private readonly scratch = identity();
  /** Joint that does not move, by its place; -1 = none. */
  private stuck = -1;
  private stopped = false;

  constructor(
    private readonly robot: WorldRobot,
    private readonly log: ViolationLog,
  ) {
    const { model, chain, hand, home } = robot;
    this.chain = chain;
    this.tree = treeOf(model);
    this.links = this.tree.buffer();
    this.values = Float64Array.from(this.tree.variables, (name) => chain.others.get(name) ?? 0);
    const moved = [...chain.joints, ...hand.pads];
    this.places = this.tree.variables.map((name) => moved.indexOf(name));
    this.tipAt = this.tree.linkIndex.get(chain.tip_frame)! * 12;
    this.mount = mountOf(robot);
    this.controller = new JointController(chain.joints, home);
    this.drives = new Drives(chain.limits, home);
  }

  get position(): readonly number[] {
    return this.drives.position;
  }

  get velocity(): readonly number[] {
    return this.drives.velocity;
  }

  /** Whether a trajectory is being followed. */
  get moving(): boolean {
    return this.controller.running;
  }

  /** Pose of the tip in the base frame, as of the last `place`. */
  get tip(): Transform {
    return this.links.slice(this.tipAt, this.tipAt + 12);
  }

  /** @throws SageError SAGE_703, SAGE_709, or SAGE_707 while the emergency stop is pressed. */
  follow(trajectory: ArmTrajectory, time_s: number, delay_s: number): void {
    if (this.stopped) {
      throw new SageError('SAGE_707', 'arm_controller', 'the emergency stop is pressed');
    }
    const jump = this.controller.accept(trajectory, delay_s);
    if (jump > JUMP_RAD) this.log.add(time_s, 'jump', 'arm', jump);
  }

  /** Presses or releases the emergency stop: the arm stays where it is, also after release. */
  emergencyStop(pressed: boolean): void {
    this.stopped = pressed;
    this.controller.stopAt(this.drives.position);
  }

  /** Holds a joint where it is; empty = none. False where it is no joint of the arm. */
  stick(joint: string): boolean {
    this.stuck = this.chain.joints.indexOf(joint);
    return joint === '' || this.stuck >= 0;
  }

  step(dt_s: number, time_s: number): void {
    this.controller.step(dt_s);
    this.checkCommand(time_s);
    this.drives.step(this.controller.position, dt_s, this.stuck);
  }

  /** Something is in the way: the joints are where they were, and push with what their controller wants beyond. */
  blockedAt(position: readonly number[]): void {
    this.drives.stopAt(position);
  }

  /** How far the controller wants the tip below where it is, m. */
  get pressed_m(): number {
    const { table_height_m } = this.robot;
    return this.tip[11]! + table_height_m - this.chain.tip(this.controller.position)[11]!;
  }

  /** Computes all link transforms in the world, with the pads at the given places (m). */
  place(pads: readonly number[]): void {
    const { length } = this.chain.joints;
    for (const [i, place] of this.places.entries()) {
      if (place >= 0) this.values[i] = place < length ? this.position[place]! : pads[place - length]!;
    }
    this.tree.compute(this.values, this.links);
    if (this.mount === null) return;
    for (let at = 0; at < this.links.length; at += 12) {
      composeAt(this.mount, 0, this.links, at, this.scratch, 0);
      this.links.set(this.scratch, at);
    }
  }

  private checkCommand(time_s: number): void {
    for (const [i, limit] of this.chain.limits.entries()) {
      const position = this.controller.position[i]!;
      const beyond = Math.max(limit.lower - position, position - limit.upper);
      if (beyond > LIMIT_SLACK_RAD) this.log.add(time_s, 'joint_limit', this.chain.joints[i]!, beyond);
      const speed = Math.abs(this.controller.velocity[i]!);
      const over = speed - limit.velocity * (1 + VELOCITY_SLACK);
      if (over > 0) this.log.add(time_s, 'velocity_limit', this.chain.joints[i]!, over);
    }
  }
}

/** Where the root of the description is in the world. */
function mountOf({ model, chain, table_height_m }: WorldRobot): Transform | null {
  if (chain.base_frame === model.root && table_height_m === 0) return null;
  const base = linkTransforms(model, chain.others).get(chain.base_frame)!;
  return compose(fromRpy([0, 0, -table_height_m], [0, 0, 0]), invert(base));
}
