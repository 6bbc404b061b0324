import { type Fault, SageError } from '../contracts/errors.js';
import type { CameraModel, Pose } from '../contracts/geometry.js';
import type { ArmTrajectory } from '../contracts/motion.js';
import type { RobotModel } from '../robot/robot-model.js';
import { toPose } from '../robot/transform.js';
import type { Sounding } from './microphone.js';
import { blockOf } from './physics/block.js';
import { Encoders, type JointReading } from './physics/encoders.js';
import { applyToSensors, noFaults, type SensorFaults, type SimCommand } from './physics/faults.js';
import { TabletopPhysics } from './physics/tabletop-physics.js';
import { blockTruth, type GroundTruth } from './physics/truth.js';
import { type RendererOptions, TabletopRenderer } from './render/renderer.js';
import { type OwnRobot, ownRobot } from './robot/own.js';
import { tabletopRobot } from './robot/tabletop.js';
import type { WorldRobot } from './robot/world-robot.js';
import { type BlockLayout, layOutBlocks } from './scene/layout.js';
import { type SceneLook, sceneLook } from './scene/look.js';
import type { RenderedFrame, SceneState } from './scene/state.js';

/** Longest step that the world takes at once, s; longer ones are divided. */
const STEP_MAX_S = 0.01;
/** A full battery lasts this long, s. */
const BATTERY_S = 3 * 3600;

export interface TabletopOptions {
  readonly seed: number;
  /** Blocks on the table, 0 to 8; 4 by default. */
  readonly blocks?: number;
  /** Posture of the tabletop arm at the start, rad. */
  readonly home?: readonly number[];
  /** Another robot than the tabletop arm. */
  readonly own?: OwnRobot;
  /** Standard deviation of the pixel noise, share of full scale; 0.008 by default. */
  readonly noise?: number;
  /** Block that the gripper holds at the start, by its id; none by default. */
  readonly holding?: number;
}

/**
 * An arm with a gripper, blocks, a camera and now and then a hand, on a table. Seeded and without a clock: the same
 * calls give the same world, byte for byte. Everything that goes in and comes out is in the base frame; within, zero
 * is on the table top under it.
 */
export class TabletopWorld {
  readonly robot: WorldRobot;
  readonly look: SceneLook;
  readonly faults: SensorFaults;
  private readonly layout: readonly BlockLayout[];
  private readonly physics: TabletopPhysics;
  private readonly encoders: Encoders;
  private renderer: TabletopRenderer | null = null;
  private frames = 0;
  private charge = 0.93;
  private stop_pressed = false;
  private voice_until_s = 0;
  private accepted = 0;
  private rejected = 0;

  constructor(readonly options: TabletopOptions) {
    const { seed } = options;
    this.robot = options.own === undefined ? tabletopRobot(options.home) : ownRobot(options.own);
    const { block_size_m, scene } = this.robot;
    this.look = sceneLook(seed, scene);
    this.faults = noFaults(options.noise ?? 0.008);
    this.layout = layOutBlocks(seed, options.blocks ?? 4, this.look, block_size_m, scene);
    this.physics = new TabletopPhysics({
      robot: this.robot,
      seed,
      look: this.look,
      blocks: this.layout.map((layout, id) => blockOf(layout, id, block_size_m)),
      holding: options.holding ?? null,
    });
    this.encoders = new Encoders(seed, this.robot.hand.joints);
  }

  /** The description that it publishes. */
  get urdf(): string {
    return this.robot.urdf;
  }

  get model(): RobotModel {
    return this.robot.model;
  }

  get base_frame(): string {
    return this.robot.chain.base_frame;
  }

  /** Seconds since the start. */
  get time_s(): number {
    return this.physics.time_s;
  }

  get camera(): CameraModel {
    return this.look.camera;
  }

  /** Optical frame of the camera in the base frame. */
  get cameraPose(): Pose {
    return this.raised(this.look.camera_pose);
  }

  /** Charge, 0..1. */
  get battery(): number {
    return this.charge;
  }

  get emergency_stop(): boolean {
    return this.stop_pressed;
  }

  /** Lets the world go on for `dt_s` seconds. */
  step(dt_s: number): void {
    if (!(dt_s > 0)) return;
    const count = Math.max(1, Math.ceil(dt_s / STEP_MAX_S - 1e-9));
    for (let i = 0; i < count; i++) {
      this.charge = Math.max(0, this.charge - dt_s / count / BATTERY_S);
      this.physics.step(dt_s / count);
    }
  }

  /** What the joint sensors say now: exact but for the encoders' noise, or not a number while that fault lasts. */
  jointState(): JointReading {
    const { arm, gripper, time_s } = this.physics;
    return this.encoders.read(arm, gripper, time_s < this.faults.nan_joints_until_s);
  }

  /** Follows a trajectory from now on, `delay_s` later at the earliest; the fault where the controller refuses it. */
  sendTrajectory(trajectory: ArmTrajectory, delay_s = 0): Fault | null {
    try {
      this.physics.arm.follow(trajectory, this.time_s, delay_s);
      this.accepted++;
      return null;
    } catch (error) {
      if (!(error instanceof SageError)) throw error;
      this.rejected++;
      return error.toFault();
    }
  }

  /** Sends the fingers to `values`, as robot.gripper_open has them; the fault where they are not so many numbers. */
  sendGripper(values: readonly number[]): Fault | null {
    const { commands } = this.robot.hand;
    if (values.length !== commands.length || !values.every(Number.isFinite)) {
      const detail = `${values.length} values (${values.slice(0, 4).join(', ')}) for ${commands.length} fingers`;
      return new SageError('SAGE_703', 'gripper_controller', detail).toFault();
    }
    if (this.stop_pressed) {
      return new SageError('SAGE_707', 'gripper_controller', 'the emergency stop is pressed').toFault();
    }
    const pads = values.map((value, index) => (value - commands[index]!.closed) / commands[index]!.gain);
    this.physics.gripper.command(pads[0]!, pads.at(-1)!);
    return null;
  }

  /** Lets a hand reach in and stay for `for_s`. */
  hand(for_s: number): void {
    this.physics.hand.enter(for_s);
  }

  /** What there is to be heard now. */
  get sounding(): Sounding {
    const speed = Math.max(...Array.from(this.physics.arm.velocity, Math.abs));
    return { speed, voice: this.time_s < this.voice_until_s };
  }

  /** Whether the camera sees any part of a hand now. */
  get hand_visible(): boolean {
    return this.physics.hand.visible;
  }

  /**
   * A block lies elsewhere from now on, also one that the gripper has held. m in the base frame; false where there is
   * no block of this colour.
   */
  putBlock(colour: string, x_m: number, y_m: number): boolean {
    if (this.physics.gripper.held?.colour === colour) this.physics.gripper.robbed();
    return this.physics.blocks.put(colour, x_m, y_m);
  }

  /** Presses or releases the emergency stop. */
  emergencyStop(pressed: boolean): void {
    this.stop_pressed = pressed;
    this.physics.arm.emergencyStop(pressed);
    if (pressed) this.physics.gripper.hold();
  }

  /** Holds a joint where it is; empty = none. False where there is no such joint. */
  stick(joint: string): boolean {
    const found = this.physics.arm.stick(joint);
    const finger = this.robot.hand.joints.find(({ name }) => name === joint);
    this.physics.gripper.stuck = finger?.side ?? -1;
    return found || finger !== undefined;
  }

  /** Does what a command says, but for `reset_seed`, which asks for another world. */
  obey(command: SimCommand): void {
    applyToSensors(this.faults, command, this.time_s);
    if (command.hand !== undefined) this.hand(command.hand.for_s);
    if (command.voice !== undefined) this.voice_until_s = this.time_s + command.voice.for_s;
    if (command.stuck_joint !== undefined && !this.stick(command.stuck_joint)) {
      throw new SageError('SAGE_204', 'sim/command', `"${command.stuck_joint}" is no joint of the robot`);
    }
    const { block } = command;
    if (block !== undefined && !this.putBlock(block.colour, block.x_m, block.y_m)) {
      throw new SageError('SAGE_208', 'sim/command', `there is no ${block.colour} block`);
    }
    if (command.battery !== undefined) this.charge = command.battery;
    if (command.emergency_stop !== undefined) this.emergencyStop(command.emergency_stop);
  }

  /** What the camera would show now. */
  state(): SceneState {
    return {
      frame: this.frames++,
      links: this.physics.arm.links.slice(),
      blocks: this.physics.blocks.all.map((block) => block.pose.slice()),
      hand: this.physics.hand.pose,
      exposure: this.faults.exposure,
    };
  }

  /** What a renderer of this world needs. */
  get rendererOptions(): RendererOptions {
    return {
      model: this.model,
      look: this.look,
      blocks: this.layout.map((block) => block.albedo),
      block_size_m: this.robot.block_size_m,
      noise_seed: this.options.seed,
    };
  }

  /** Renders the scene as it is now; the first call takes some tenths of a second longer. */
  render(with_labels = false, out?: Uint8Array): RenderedFrame {
    this.renderer ??= new TabletopRenderer(this.rendererOptions);
    return this.renderer.render(this.state(), this.faults.noise, out, with_labels);
  }

  truth(): GroundTruth {
    const { arm, gripper, blocks, hand, violations, hand_seen_s, pressed_m } = this.physics;
    return {
      seed: this.options.seed,
      time_s: this.time_s,
      blocks: blocks.all.map((block) => blockTruth(block, this.robot.table_height_m)),
      violations: [...violations.kept],
      violation_count: violations.count,
      hand_present: hand.visible,
      hand_seen_s,
      tip: this.raised(toPose(arm.tip)),
      gripper_gap_m: gripper.position[0] + gripper.position[1],
      trajectories_accepted: this.accepted,
      trajectories_rejected: this.rejected,
      moving: arm.moving,
      pressed_m,
      emergency_stop: this.stop_pressed,
    };
  }

  /** What is so far above the table, in the base frame. */
  private raised(pose: Pose): Pose {
    const [x, y, z] = pose.position_m;
    return { ...pose, position_m: [x, y, z + this.robot.table_height_m] };
  }
}
