import { readFileSync } from 'node:fs';
import { type Fault, SageError } from '../contracts/errors.js';
import type { CameraModel, Pose } from '../contracts/geometry.js';
import type { ArmTrajectory } from '../contracts/motion.js';
import { type Random, seededRandom } from '../contracts/ports.js';
import type { RobotModel } from '../robot/robot-model.js';
import { toPose } from '../robot/transform.js';
import { parseUrdf } from '../robot/urdf.js';
import { lowest, RobotShapes } from './contact/convex.js';
import { ARM_JOINTS, Arm, BASE_FRAME, FINGER_JOINTS, TABLETOP_HOME } from './physics/arm.js';
import { blockOf, HALF_M } from './physics/block.js';
import { Blocks } from './physics/blocks.js';
import { applyToSensors, noFaults, type SensorFaults, type SimCommand } from './physics/faults.js';
import { Gripper } from './physics/gripper.js';
import { Hand } from './physics/hand.js';
import { SelfContact } from './physics/self-contact.js';
import { blockTruth, type GroundTruth } from './physics/truth.js';
import { ViolationLog } from './physics/violations.js';
import { type RendererOptions, TabletopRenderer } from './render/renderer.js';
import { BLOCK_SIZE_M, type BlockLayout, layOutBlocks } from './scene/layout.js';
import { type SceneLook, sceneLook } from './scene/look.js';
import type { RenderedFrame, SceneState } from './scene/state.js';

/** Longest step that the world takes at once, s; longer ones are divided. */
const STEP_MAX_S = 0.01;
/** Contact of links is looked for every so many steps. */
const SELF_CONTACT_EVERY = 2;
/** How far something may press into the table before it counts, m: the give of its top. */
const TABLE_GIVE_M = 0.002;
/** Noise of the encoders, rad or m. */
const ENCODER_NOISE = 2e-5;
/** A full battery lasts this long, s. */
const BATTERY_S = 3 * 3600;

const FINGER_LINKS: ReadonlySet<string> = new Set(['finger_left', 'finger_right']);

export interface TabletopOptions {
  readonly seed: number;
  /** Blocks on the table, 0 to 8; 4 by default. */
  readonly blocks?: number;
  /** Posture at the start, rad. */
  readonly home?: readonly number[];
  /** Standard deviation of the pixel noise, share of full scale; 0.008 by default. */
  readonly noise?: number;
  /** Block that the gripper holds at the start, by its id; none by default. */
  readonly holding?: number;
}

/** What the joint sensors say. rad or m, rad/s or m/s. */
export interface JointReading {
  readonly names: readonly string[];
  readonly position: readonly number[];
  readonly velocity: readonly number[];
}

/** The URDF of the arm (config/urdf/tabletop-arm.urdf). */
function tabletopUrdf(): string {
  return readFileSync(new URL('../../config/urdf/tabletop-arm.urdf', import.meta.url), 'utf8');
}

/**
 * An arm of six joints with a gripper, blocks, a camera and now and then a hand, on a table. Seeded and without a
 * clock: the same calls give the same world, byte for byte. Base frame: base_link, on the table top, x forward.
 */
export class TabletopWorld {
  readonly urdf: string = tabletopUrdf();
  readonly model: RobotModel = parseUrdf(this.urdf);
  readonly base_frame = BASE_FRAME;
  readonly tableHeight_m = 0;
  readonly look: SceneLook;
  readonly faults: SensorFaults;
  private readonly layout: readonly BlockLayout[];
  private readonly arm: Arm;
  private readonly gripper = new Gripper();
  private readonly blocks: Blocks;
  private readonly handVisit: Hand;
  private readonly shapes: RobotShapes;
  private readonly contact: SelfContact;
  private readonly log = new ViolationLog();
  private readonly encoder: Random;
  private renderer: TabletopRenderer | null = null;
  private elapsed_s = 0;
  private steps = 0;
  private frames = 0;
  private charge = 0.93;
  private stop_pressed = false;
  private hand_seen_s: number | null = null;
  private accepted = 0;
  private rejected = 0;
  private pressed_m = 0;

  constructor(readonly options: TabletopOptions) {
    const { seed } = options;
    this.look = sceneLook(seed);
    this.faults = noFaults(options.noise ?? 0.008);
    this.layout = layOutBlocks(seed, options.blocks ?? 4, this.look);
    this.blocks = new Blocks(this.layout.map(blockOf));
    this.arm = new Arm(this.model, options.home ?? TABLETOP_HOME, this.log);
    this.handVisit = new Hand(seed, this.look);
    this.shapes = new RobotShapes(this.model);
    this.contact = new SelfContact(this.model, this.shapes);
    this.encoder = seededRandom(seed ^ 0xe7c0de);
    this.arm.place(this.gripper.position);
    const held = this.blocks.all[options.holding ?? -1];
    if (held !== undefined) this.gripper.take(held, this.arm.tip);
  }

  /** Seconds since the start. */
  get time_s(): number {
    return this.elapsed_s;
  }

  get camera(): CameraModel {
    return this.look.camera;
  }

  /** Optical frame of the camera in the base frame. */
  get cameraPose(): Pose {
    return this.look.camera_pose;
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
    const count = Math.max(1, Math.ceil(dt_s / STEP_MAX_S - 1e-9));
    for (let i = 0; i < count; i++) this.stepOnce(dt_s / count);
  }

  private stepOnce(dt_s: number): void {
    if (!(dt_s > 0)) return;
    this.elapsed_s += dt_s;
    this.steps++;
    this.charge = Math.max(0, this.charge - dt_s / BATTERY_S);
    const before = [...this.arm.position];
    const from_m = this.gripper.heldAt(this.arm.tip);
    this.arm.step(dt_s, this.elapsed_s);
    this.arm.place(this.gripper.position);
    this.standOn(before, from_m);
    this.gripper.step(dt_s, this.arm.tip, this.blocks.all);
    this.arm.place(this.gripper.position);
    this.shapes.place(this.arm.links);
    const enclosed = this.gripper.enclosed(this.arm.tip, this.blocks.all);
    this.blocks.pushedBy(this.shapes.shapes, FINGER_LINKS, enclosed, dt_s, (link, block, depth_m) => {
      this.log.add(this.elapsed_s, 'block_hit', `${link} and ${block.colour} block`, depth_m);
    });
    this.blocks.fall(dt_s);
    this.checkContacts();
    const seen = this.handVisit.visible;
    this.handVisit.step(dt_s);
    if (!seen && this.handVisit.visible) this.hand_seen_s = this.elapsed_s;
  }

  /** What is held does not go into what it is lowered onto: the arm stays where it was, and presses. */
  private standOn(before: readonly number[], from_m: number | null): void {
    const { held } = this.gripper;
    const low_m = this.gripper.heldAt(this.arm.tip);
    if (held === null || from_m === null || low_m === null) return;
    if (low_m >= from_m || !this.blocks.standsOn(held, from_m, low_m)) return;
    this.arm.blockedAt(before);
    this.arm.place(this.gripper.position);
    this.pressed_m = Math.max(this.pressed_m, this.arm.pressed_m);
  }

  private checkContacts(): void {
    for (const { link, corners } of this.shapes.shapes) {
      const depth = this.tableHeight_m - lowest(corners);
      if (link !== BASE_FRAME && depth > TABLE_GIVE_M) this.log.add(this.elapsed_s, 'table', link, depth);
    }
    const { held } = this.gripper;
    if (held !== null) {
      const depth = this.tableHeight_m - (held.pose[11]! - HALF_M);
      if (depth > TABLE_GIVE_M) this.log.add(this.elapsed_s, 'table', `held ${held.colour} block`, depth);
    }
    if (this.steps % SELF_CONTACT_EVERY !== 0) return;
    const pair = this.contact.find();
    if (pair !== null) this.log.add(this.elapsed_s, 'self_collision', pair.join(' and '), 0);
  }

  /** What the joint sensors say now: exact but for the encoders' noise, or not a number while that fault lasts. */
  jointState(): JointReading {
    const broken = this.elapsed_s < this.faults.nan_joints_until_s;
    const noise = (): number => ENCODER_NOISE * (2 * this.encoder.next() - 1);
    const read = (value: number): number => (broken ? Number.NaN : value + noise());
    return {
      names: [...ARM_JOINTS, ...FINGER_JOINTS],
      position: [...this.arm.position, ...this.gripper.position].map(read),
      velocity: [...this.arm.velocity, ...this.gripper.velocity].map((value) =>
        broken ? Number.NaN : value,
      ),
    };
  }

  /** Follows a trajectory from now on, `delay_s` later at the earliest; the fault where the controller refuses it. */
  sendTrajectory(trajectory: ArmTrajectory, delay_s = 0): Fault | null {
    try {
      this.arm.follow(trajectory, this.elapsed_s, delay_s);
      this.accepted++;
      return null;
    } catch (error) {
      if (!(error instanceof SageError)) throw error;
      this.rejected++;
      return error.toFault();
    }
  }

  /** Sends the fingers to `values` (left, right: m from the middle); the fault where they are not two numbers. */
  sendGripper(values: readonly number[]): Fault | null {
    const [left, right] = values;
    if (values.length !== 2 || !Number.isFinite(left) || !Number.isFinite(right)) {
      const detail = `${values.length} values (${values.slice(0, 4).join(', ')}) for 2 fingers`;
      return new SageError('SAGE_703', 'gripper_controller', detail).toFault();
    }
    if (this.stop_pressed) {
      return new SageError('SAGE_707', 'gripper_controller', 'the emergency stop is pressed').toFault();
    }
    this.gripper.command(left!, right!);
    return null;
  }

  /** Lets a hand reach in and stay for `for_s`. */
  hand(for_s: number): void {
    this.handVisit.enter(for_s);
  }

  /** Whether the camera sees any part of a hand now. */
  get hand_visible(): boolean {
    return this.handVisit.visible;
  }

  /**
   * A block lies elsewhere from now on, also one that the gripper has held. m in the base frame; false where there is
   * no block of this colour.
   */
  putBlock(colour: string, x_m: number, y_m: number): boolean {
    if (this.gripper.held?.colour === colour) this.gripper.robbed();
    return this.blocks.put(colour, x_m, y_m);
  }

  /** Presses or releases the emergency stop. */
  emergencyStop(pressed: boolean): void {
    this.stop_pressed = pressed;
    this.arm.emergencyStop(pressed);
    if (pressed) this.gripper.hold();
  }

  /** Holds a joint where it is; empty = none. False where there is no such joint. */
  stick(joint: string): boolean {
    const found = this.arm.stick(joint);
    this.gripper.stuck = FINGER_JOINTS.indexOf(joint as (typeof FINGER_JOINTS)[number]);
    return found || this.gripper.stuck >= 0;
  }

  /** Does what a command says, but for `reset_seed`, which asks for another world. */
  obey(command: SimCommand): void {
    applyToSensors(this.faults, command, this.elapsed_s);
    if (command.hand !== undefined) this.hand(command.hand.for_s);
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
      links: this.arm.links.slice(),
      blocks: this.blocks.all.map((block) => block.pose.slice()),
      hand: this.handVisit.pose,
      exposure: this.faults.exposure,
    };
  }

  /** What a renderer of this world needs. */
  get rendererOptions(): RendererOptions {
    return {
      model: this.model,
      look: this.look,
      blocks: this.layout.map((block) => block.albedo),
      block_size_m: BLOCK_SIZE_M,
      noise_seed: this.options.seed,
    };
  }

  /** Renders the scene as it is now; the first call takes some tenths of a second longer. */
  render(with_labels = false, out?: Uint8Array): RenderedFrame {
    this.renderer ??= new TabletopRenderer(this.rendererOptions);
    return this.renderer.render(this.state(), this.faults.noise, out, with_labels);
  }

  truth(): GroundTruth {
    return {
      seed: this.options.seed,
      time_s: this.elapsed_s,
      blocks: this.blocks.all.map(blockTruth),
      violations: [...this.log.kept],
      violation_count: this.log.count,
      hand_present: this.handVisit.visible,
      hand_seen_s: this.hand_seen_s,
      tip: toPose(this.arm.tip),
      gripper_gap_m: this.gripper.position[0] + this.gripper.position[1],
      trajectories_accepted: this.accepted,
      trajectories_rejected: this.rejected,
      moving: this.arm.moving,
      pressed_m: this.pressed_m,
      emergency_stop: this.stop_pressed,
    };
  }
}
