import { SageError } from '../../contracts/errors.js';
import type { ArmTrajectory } from '../../contracts/motion.js';
import { type ArmChain, armChain } from '../../robot/arm-chain.js';
import { type KinematicTree, treeOf } from '../../robot/kinematics.js';
import type { RobotModel } from '../../robot/robot-model.js';
import type { Transform } from '../../robot/transform.js';
import { Drives } from '../arm/drives.js';
import { JointController } from '../arm/joint-controller.js';
import type { ViolationLog } from './violations.js';

/** The controller's joints, in its order. */
export const ARM_JOINTS = [
  'shoulder_pan',
  'shoulder_lift',
  'elbow',
  'forearm_roll',
  'wrist_pitch',
  'tool_roll',
] as const;
export const FINGER_JOINTS = ['finger_left_joint', 'finger_right_joint'] as const;
export const BASE_FRAME = 'base_link';
const TIP_FRAME = 'tool0';

/** Drawn back over the base with the tool down: the same as robot.home in config/robots/tabletop.yaml. */
export const TABLETOP_HOME: readonly number[] = [0, -0.35, 1.75, 0, 1.7416, 0];

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
  private readonly places: readonly number[];
  private readonly tipAt: number;
  /** Joint that does not move, by its place; -1 = none. */
  private stuck = -1;
  private stopped = false;

  constructor(
    readonly model: RobotModel,
    home: readonly number[],
    private readonly log: ViolationLog,
  ) {
    this.chain = armChain(model, { base_frame: BASE_FRAME, tip_frame: TIP_FRAME, joints: ARM_JOINTS, home });
    this.tree = treeOf(model);
    this.links = this.tree.buffer();
    this.values = new Float64Array(this.tree.variables.length);
    this.places = this.tree.variables.map((name) => [...ARM_JOINTS, ...FINGER_JOINTS].indexOf(name as never));
    this.tipAt = this.tree.linkIndex.get(TIP_FRAME)! * 12;
    this.controller = new JointController(ARM_JOINTS, this.chain.home);
    this.drives = new Drives(this.chain.limits, this.chain.home);
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
    this.stuck = ARM_JOINTS.indexOf(joint as (typeof ARM_JOINTS)[number]);
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
    return this.tip[11]! - this.chain.tip(this.controller.position)[11]!;
  }

  /** Computes all link transforms, with the fingers at the given places (m). */
  place(fingers: readonly number[]): void {
    for (const [i, place] of this.places.entries()) {
      this.values[i] =
        place < ARM_JOINTS.length ? this.position[place]! : fingers[place - ARM_JOINTS.length]!;
    }
    this.tree.compute(this.values, this.links);
  }

  private checkCommand(time_s: number): void {
    for (const [i, limit] of this.chain.limits.entries()) {
      const position = this.controller.position[i]!;
      const beyond = Math.max(limit.lower - position, position - limit.upper);
      if (beyond > LIMIT_SLACK_RAD) this.log.add(time_s, 'joint_limit', ARM_JOINTS[i]!, beyond);
      const speed = Math.abs(this.controller.velocity[i]!);
      const over = speed - limit.velocity * (1 + VELOCITY_SLACK);
      if (over > 0) this.log.add(time_s, 'velocity_limit', ARM_JOINTS[i]!, over);
    }
  }
}
