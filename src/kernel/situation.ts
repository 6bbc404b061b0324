import { type Fault, fault, SageError } from '../contracts/errors.js';
import type { CameraModel, Pose, Vec3 } from '../contracts/geometry.js';
import type { ArmState } from '../contracts/motion.js';
import type {
  AnyReading,
  BatteryReading,
  CameraReading,
  EmbeddingReading,
  OperatorReading,
} from '../contracts/observation.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { span } from '../contracts/readable.js';
import { Attended, type PullAtPlace } from './attended.js';
import { Beliefs } from './beliefs.js';
import { Body } from './body.js';
import type { Execution } from './execution.js';
import { FrozenCamera } from './frozen-camera.js';
import { Hearing } from './goals/hearing.js';
import type { Pursuit, PursuitStatus } from './goals/pursuit.js';
import { GoalQueue } from './goals/queue.js';
import type { Drained } from './latest-buffers.js';
import { OwnShadow } from './own-shadow.js';
import { Proprioception } from './proprioception.js';
import { Vantage } from './vantage.js';

/** A stamp this far from the clock is not believed; the time of arrival is taken instead, ms. */
const STAMP_TRUST_MS = 2000;
const FAULTS_MAX = 32;
/** Readings that plugins hand back in one cycle at most. */
const INNER_MAX = 16;
/** A description may take this long to come before it counts as missing, ms. */
const DESCRIPTION_WAIT_MS = 2000;

/**
 * The node's picture of the present, the blackboard of one cycle: the latest readings with their age, the robot's
 * body, what is believed and what is under way. OBSERVE writes it, everything after reads it.
 */
export class Situation {
  now_ms = 0;
  readonly beliefs = new Beliefs();
  readonly goals: GoalQueue;
  readonly hearing: Hearing;
  readonly shadow = new OwnShadow();
  readonly freeze = new FrozenCamera();
  readonly attended: Attended;
  body: Body | null = null;
  camera: CameraReading | null = null;
  readonly embeddings = new Map<string, EmbeddingReading>();
  private battery_reading: BatteryReading | null = null;
  emergency_stop = false;
  /** Set by sage/stop, cleared by sage/resume. */
  stopped = false;
  /** True in the cycle in which an operator asked to resume. */
  resumed = false;
  state_request: string | null = null;
  pursuit: Pursuit | null = null;
  need: PursuitStatus | null = null;
  execution: Execution | null = null;
  /** In REST or DREAM: nothing is looked at only to keep up. */
  resting = false;
  /** That the clock stands still, or null: then nothing says how old data are. */
  clock_fault: Fault | null = null;
  /** Why nothing may move now, or null. */
  held: Fault | null = null;
  /** True while something is between the fingers: from a grasp that was made until they are measured open or empty. */
  holding = false;
  /** Per cell of the camera's present picture: 0 where the body (and what it holds) is; null where that is not known. */
  own_cells: Float32Array | null = null;
  /** The last refinement of a plugin failed by this; gone with its next success. */
  readonly refinement_faults = new Map<string, Fault>();
  /** How the arm strays from its plan in this cycle, in words that follow `the arm does not follow:`, or null. */
  not_following: string | null = null;
  /** Sources with something new in this cycle. */
  readonly fresh = new Set<string>();
  /** Stamp of the last image vision answered for, ms. */
  vision_ms: number | null = null;
  vision_confidence: number | null = null;
  /** Disagreement of the last answer of vision with the beliefs, 0..1. */
  vision_conflict = 0;
  /** What plugins made of readings, to be taken with the next ones. */
  private readonly inner: EmbeddingReading[] = [];
  private readonly joints: Proprioception;
  private readonly vantage: Vantage;
  private urdf: string | null = null;
  private standing: Fault[] = [];
  private cycleFaults: Fault[] = [];
  /** Why the newest robot description cannot be used, or null; the body then is the last good one. */
  body_fault: Fault | null = null;
  private begun_ms: number | null = null;
  /** Cycles that had a new picture. */
  private pictures = 0;

  constructor(readonly parameters: Parameters) {
    this.goals = new GoalQueue(parameters.kernel.goal_queue_max);
    const capacity = parameters.kernel.goal_queue_max;
    this.hearing = new Hearing(this.goals, { ...parameters.language, capacity });
    this.attended = new Attended(parameters.attention);
    this.joints = new Proprioception(parameters);
    this.vantage = new Vantage(parameters);
  }

  /** Takes over what the blocks delivered since the last cycle. */
  observe(drained: Drained, now_ms: number): void {
    this.now_ms = now_ms;
    this.begun_ms ??= now_ms;
    this.fresh.clear();
    this.resumed = false;
    this.state_request = null;
    this.cycleFaults = [];
    this.standing = [...drained.faults.values()];
    for (const reading of [...this.inner.splice(0), ...drained.readings]) this.take(reading);
    if (this.camera !== null && this.fresh.has(this.camera.source)) this.pictures += 1;
    this.hearing.expire(now_ms);
    this.cycleFaults.push(...this.goals.takeFaults());
  }

  /** The newest posture of the arm; null before the first. */
  get arm(): ArmState | null {
    return this.joints.arm;
  }

  /** True while the arm moves, and for a moment after it has stopped: its shadow may still change in the picture. */
  get arm_moved(): boolean {
    return this.joints.moved;
  }

  get joints_fresh(): boolean {
    const arm = this.arm;
    return arm !== null && this.now_ms - arm.stamp_ms <= this.parameters.kernel.joints_stale_ms;
  }

  get camera_age_ms(): number {
    return this.camera === null ? Number.POSITIVE_INFINITY : Math.max(0, this.now_ms - this.camera.stamp_ms);
  }

  get camera_stale(): boolean {
    return this.camera_age_ms > this.parameters.camera.stale_ms || this.freeze.frozen;
  }

  /** What the battery says; null without one. One that has fallen silent is taken to be in use, its charge unknown. */
  get battery(): { readonly fraction: number | null; readonly charging: boolean } | null {
    return this.battery_stale ? { fraction: null, charging: false } : this.battery_reading;
  }

  private get battery_stale(): boolean {
    const { battery_reading: reading, parameters } = this;
    return (
      reading !== null && this.now_ms - reading.received_ms > parameters.metabolism.battery_stale_s * 1000
    );
  }

  /** True until enough pictures were seen that a surprise would be noticed. */
  get camera_new(): boolean {
    return this.pictures < this.parameters.salience.warmup;
  }

  /** 0 closed .. 1 open, or null where the fingers are not measured. */
  get opening(): number | null {
    return this.joints.opening(this.now_ms);
  }

  /** True when the fingers of this body were measured and are not any more: their publisher stopped. */
  get fingers_lost(): boolean {
    return this.joints.fingersLost(this.now_ms);
  }

  /** True while something is between the fingers, or may be for all that the goal has done. */
  get may_hold(): boolean {
    return this.holding || this.pursuit?.mayHold === true;
  }

  get fingers_moving(): boolean {
    return this.joints.fingers_moving;
  }

  get camera_model(): CameraModel | null {
    return this.vantage.model;
  }

  /** Of the optical frame in the base frame. */
  get camera_pose(): Pose | null {
    return this.vantage.pose;
  }

  /** Joint values by name at the moment nearest to the stamp: what the camera saw of the body. */
  valuesAt(stamp_ms: number): ReadonlyMap<string, number> {
    return this.joints.valuesAt(stamp_ms);
  }

  /** The pixel that shows a point of the base frame; null where body, camera or its pose are not known. */
  pixelOf(position_m: Vec3): readonly [number, number] | null {
    const { body, camera_model, camera_pose } = this;
    if (body === null || camera_model === null || camera_pose === null) return null;
    return body.project(position_m, camera_model, camera_pose);
  }

  /** How strongly something was noticed at a place lately, 0..1: it decides which of several objects is meant. */
  readonly pullAt: PullAtPlace = (position_m) => {
    const pixel = this.pixelOf(position_m);
    if (pixel === null || this.camera_model === null) return 0;
    return this.attended.pullAt(pixel, this.camera_model, this.now_ms);
  };

  /** That another SAGE, which was there first, commands the arm, or null. */
  get rival(): Fault | null {
    return this.standing.find(({ code }) => code === 'SAGE_808') ?? null;
  }

  /** Everything that stands against good data now, the newest of each place only. */
  get faults(): readonly Fault[] {
    const all = [...this.standing, ...this.refinement_faults.values(), ...this.cycleFaults];
    for (const own of [this.clock_fault, this.description_fault, this.joints.fault, this.vantage.fault])
      if (own !== null) all.push(own);
    if (this.camera !== null && this.freeze.frozen) {
      all.push(fault('SAGE_210', 'camera', 'its picture does not change while the arm moves in it'));
    } else if (this.camera !== null && this.camera_stale) {
      all.push(this.stale('camera', this.camera_age_ms, this.parameters.camera.stale_ms));
    }
    if (this.battery_stale && this.parameters.metabolism.profile === 'battery') {
      const age_ms = this.now_ms - (this.battery_reading?.received_ms ?? 0);
      all.push(this.stale('battery', age_ms, this.parameters.metabolism.battery_stale_s * 1000));
    }
    if (this.arm !== null && !this.joints_fresh && this.joints.fault === null) {
      all.push(
        this.stale('joint_states', this.now_ms - this.arm.stamp_ms, this.parameters.kernel.joints_stale_ms),
      );
    }
    const { fingers_stamp_ms } = this.joints;
    if (fingers_stamp_ms !== null && this.fingers_lost)
      all.push(this.stale('fingers', this.now_ms - fingers_stamp_ms, this.joints.fingers_stale_ms));
    const violated = this.violated;
    if (violated !== null) all.push(fault('SAGE_711', 'arm', violated));
    if (this.not_following !== null) all.push(fault('SAGE_708', 'arm', this.not_following));
    return all.slice(0, FAULTS_MAX);
  }

  private get description_fault(): Fault | null {
    const waited_ms = this.now_ms - (this.begun_ms ?? this.now_ms);
    if (this.body_fault !== null || this.body !== null || waited_ms < DESCRIPTION_WAIT_MS)
      return this.body_fault;
    return fault('SAGE_301', 'robot_description', 'none has come');
  }

  /** What the measured posture violates now, or null. */
  private get violated(): string | null {
    if (this.body === null || this.arm === null || !this.joints_fresh) return null;
    const held_m = this.may_hold ? this.parameters.robot.object_height_m / 2 : 0;
    return this.body.violation(this.arm, held_m);
  }

  /** Takes note of how the last refinement of a plugin ended. */
  refined(plugin: string, found: Fault | null): void {
    if (found === null) this.refinement_faults.delete(plugin);
    else this.refinement_faults.set(plugin, { ...found, where: plugin });
  }

  /** Takes what a plugin made of a reading as a reading of its own, in the next cycle; the oldest gives way. */
  feedBack(reading: EmbeddingReading): void {
    this.inner.push(reading);
    if (this.inner.length > INNER_MAX) this.inner.shift();
  }

  /** Adds a fault met in this cycle. */
  note(found: Fault): void {
    this.cycleFaults.push(found);
  }

  private stale(source: string, age_ms: number, allowed_ms: number): Fault {
    return fault('SAGE_205', source, `${span(age_ms)} old, allowed ${span(allowed_ms)}`);
  }

  private take(reading: AnyReading): void {
    this.fresh.add(reading.source);
    switch (reading.kind) {
      case 'camera':
        this.camera = { ...reading, stamp_ms: this.believable(reading.stamp_ms, reading.received_ms) };
        return;
      case 'joints':
        this.joints.take(reading, this.believable(reading.stamp_ms, reading.received_ms), this.body);
        return;
      case 'battery':
        this.battery_reading = reading;
        return;
      case 'emergency_stop':
        this.emergency_stop = reading.pressed;
        return;
      case 'goal':
        this.hearing.hear(reading, this.now_ms);
        return;
      case 'operator':
        this.takeRequest(reading);
        return;
      case 'robot_description':
        this.takeDescription(reading.urdf);
        return;
      case 'camera_info':
        this.vantage.info(reading, this.body);
        return;
      case 'camera_pose':
        this.vantage.posed(reading, this.body);
        return;
      case 'embedding':
        this.embeddings.set(reading.source, reading);
        return;
    }
  }

  /** A driver whose clock is off must not make its data look fresh or stale: then the time of arrival counts. */
  private believable(stamp_ms: number, received_ms: number): number {
    return Math.abs(received_ms - stamp_ms) <= STAMP_TRUST_MS ? stamp_ms : received_ms;
  }

  private takeRequest(reading: OperatorReading): void {
    if (reading.request === 'stop') {
      this.stopped = true;
      this.goals.cancelAll('stopped by the operator');
      this.hearing.forget(null, 'stopped by the operator');
    } else if (reading.request === 'resume') {
      this.stopped = false;
      this.resumed = true;
    } else if (reading.request === 'cancel') {
      this.goals.end(reading.argument, 'cancelled', null, 'cancelled by the client');
      this.hearing.forget(reading.argument, 'cancelled by the client');
    } else {
      this.state_request = reading.argument;
    }
  }

  private takeDescription(urdf: string): void {
    if (urdf === this.urdf) return;
    this.urdf = urdf;
    try {
      this.body = new Body(urdf, this.parameters);
      this.body_fault = null;
      this.joints.begin();
    } catch (thrown) {
      if (!(thrown instanceof SageError)) throw thrown;
      // The last good body stays, so that a moving arm can be braked by its limits; nothing else moves meanwhile.
      this.body_fault = thrown.toFault();
    }
    this.vantage.place(this.body);
  }
}
