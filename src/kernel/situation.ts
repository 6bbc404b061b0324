import { type Fault, fault, SageError } from '../contracts/errors.js';
import type { CameraModel, Pose, Vec3 } from '../contracts/geometry.js';
import type { ArmState } from '../contracts/motion.js';
import type {
  AnyReading,
  BatteryReading,
  CameraInfoReading,
  CameraPoseReading,
  CameraReading,
  EmbeddingReading,
  JointsReading,
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

/** Joint states kept, to know the posture at the moment an image was taken. */
const POSTURES_MAX = 64;
/** A stamp this far from the clock is not believed; the time of arrival is taken instead, ms. */
const STAMP_TRUST_MS = 2000;
const FAULTS_MAX = 32;
/** Readings that plugins hand back in one cycle at most. */
const INNER_MAX = 16;
/** Joints named in a fault at most. */
const NAMES_MAX = 4;
/** A description may take this long to come before it counts as missing, ms. */
const DESCRIPTION_WAIT_MS = 2000;
/** Gripper drivers are slower than those of arms: fingers may be this many times older before they count as lost. */
const FINGERS_STALE_FACTOR = 4;
/** The arm has moved when a joint changed by this within that time, rad or m: above the noise of encoders. */
const MOVED = 0.004;
const MOVED_WITHIN_MS = 400;

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
  camera_model: CameraModel | null = null;
  /** Of the optical frame in the base frame. */
  camera_pose: Pose | null = null;
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
  private readonly postures: ArmState[] = [];
  private readonly fingers: { stamp_ms: number; opening: number }[] = [];
  private readonly jointValues = new Map<string, number>();
  /** When each joint was measured last, ms. */
  private readonly jointStamps = new Map<string, number>();
  private info: CameraInfoReading | null = null;
  private pose: CameraPoseReading | null = null;
  private urdf: string | null = null;
  private standing: Fault[] = [];
  private cycleFaults: Fault[] = [];
  /** Why the newest robot description cannot be used, or null; the body then is the last good one. */
  body_fault: Fault | null = null;
  private jointsFault: Fault | null = null;
  private cameraFault: Fault | null = null;
  private begun_ms: number | null = null;
  /** Cycles that had a new picture. */
  private pictures = 0;

  constructor(readonly parameters: Parameters) {
    this.goals = new GoalQueue(parameters.kernel.goal_queue_max);
    const capacity = parameters.kernel.goal_queue_max;
    this.hearing = new Hearing(this.goals, { ...parameters.language, capacity });
    this.attended = new Attended(parameters.attention);
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
    return this.postures.at(-1) ?? null;
  }

  /** True while the arm moves, and for a moment after it has stopped: its shadow may still change in the picture. */
  get arm_moved(): boolean {
    const last = this.postures.at(-1);
    if (last === undefined) return false;
    const before = this.postures.find(({ stamp_ms }) => last.stamp_ms - stamp_ms <= MOVED_WITHIN_MS) ?? last;
    return last.position.some((value, joint) => Math.abs(value - (before.position[joint] ?? value)) > MOVED);
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
    return this.fingers_lost ? null : (this.fingers.at(-1)?.opening ?? null);
  }

  /** True when the fingers of this body were measured and are not any more: their publisher stopped. */
  get fingers_lost(): boolean {
    const last = this.fingers.at(-1);
    return last !== undefined && this.now_ms - last.stamp_ms > this.fingers_stale_ms;
  }

  private get fingers_stale_ms(): number {
    return FINGERS_STALE_FACTOR * this.parameters.kernel.joints_stale_ms;
  }

  /** True while something is between the fingers, or may be for all that the goal has done. */
  get may_hold(): boolean {
    return this.holding || this.pursuit?.mayHold === true;
  }

  get fingers_moving(): boolean {
    const last = this.fingers.at(-1);
    const before = this.fingers.find(({ stamp_ms }) => last !== undefined && last.stamp_ms - stamp_ms <= 150);
    return last !== undefined && before !== undefined && Math.abs(last.opening - before.opening) > 0.01;
  }

  /** Joint values by name at the moment nearest to the stamp: what the camera saw of the body. */
  valuesAt(stamp_ms: number): ReadonlyMap<string, number> {
    const values = new Map(this.jointValues);
    let best: ArmState | null = null;
    for (const posture of this.postures) {
      if (best === null || Math.abs(posture.stamp_ms - stamp_ms) < Math.abs(best.stamp_ms - stamp_ms))
        best = posture;
    }
    for (const [joint, name] of (best?.joints ?? []).entries()) values.set(name, best?.position[joint] ?? 0);
    return values;
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
    for (const own of [this.clock_fault, this.description_fault, this.jointsFault, this.cameraFault])
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
    if (this.arm !== null && !this.joints_fresh && this.jointsFault === null) {
      all.push(
        this.stale('joint_states', this.now_ms - this.arm.stamp_ms, this.parameters.kernel.joints_stale_ms),
      );
    }
    const fingers = this.fingers.at(-1);
    if (fingers !== undefined && this.fingers_lost)
      all.push(this.stale('fingers', this.now_ms - fingers.stamp_ms, this.fingers_stale_ms));
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
        this.takeJoints(reading);
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
        this.info = reading;
        this.placeCamera();
        return;
      case 'camera_pose':
        this.pose = reading;
        this.placeCamera();
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

  private takeJoints(reading: JointsReading): void {
    const velocities = new Map<string, number>();
    const stamp_ms = this.believable(reading.stamp_ms, reading.received_ms);
    reading.names.forEach((name, index) => {
      this.jointValues.set(name, reading.position[index] ?? 0);
      this.jointStamps.set(name, stamp_ms);
      const velocity = reading.velocity[index];
      if (velocity !== undefined) velocities.set(name, velocity);
    });
    const body = this.body;
    if (body === null) return;
    this.jointsFault = missingJoints(reading, body);
    const values = new Map(reading.names.map((name, index) => [name, reading.position[index] ?? Number.NaN]));
    // Each finger by its own age: one whose publisher stopped must not pass for measured while the other moves.
    const oldest_ms = stamp_ms - this.fingers_stale_ms;
    const fingers = body.opening(this.jointValues, (name) => (this.jointStamps.get(name) ?? 0) >= oldest_ms);
    if (fingers !== null) this.fingers.push({ stamp_ms, opening: fingers });
    if (this.fingers.length > POSTURES_MAX) this.fingers.shift();
    // A joint that is not in the reading was not measured: its last value must not pass for a new one.
    const position = body.joints.flatMap((name) => values.get(name) ?? []);
    if (position.length < body.joints.length) return;
    const before = this.postures.at(-1);
    const velocity = body.joints.map(
      (name, joint) => velocities.get(name) ?? slope(before, stamp_ms, position, joint),
    );
    this.postures.push({ stamp_ms, joints: body.joints, position, velocity });
    if (this.postures.length > POSTURES_MAX) this.postures.shift();
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
      this.jointsFault = null;
      this.postures.length = 0;
      this.fingers.length = 0;
    } catch (thrown) {
      if (!(thrown instanceof SageError)) throw thrown;
      // The last good body stays, so that a moving arm can be braked by its limits; nothing else moves meanwhile.
      this.body_fault = thrown.toFault();
    }
    this.placeCamera();
  }

  private placeCamera(): void {
    const { camera } = this.parameters;
    const configured = camera.pose.length === 7 ? camera.pose : null;
    if (this.info !== null) this.camera_model = this.info.model;
    if (this.body === null) return;
    try {
      if (configured !== null) {
        const [x = 0, y = 0, z = 0, qx = 0, qy = 0, qz = 0, qw = 1] = configured;
        const pose: Pose = { position_m: [x, y, z], orientation: [qx, qy, qz, qw] };
        this.camera_pose = this.body.cameraPose(pose, camera.pose_frame, this.parameters);
      } else if (this.pose !== null) {
        this.camera_pose = this.body.cameraPose(this.pose.pose, this.pose.frame_id, this.parameters);
      }
      this.cameraFault = null;
    } catch (thrown) {
      if (!(thrown instanceof SageError)) throw thrown;
      this.camera_pose = null;
      this.cameraFault = thrown.toFault();
    }
  }
}

/** What a reading lacks of the arm: names of another robot, or joints that nobody measures any more. */
function missingJoints({ names }: JointsReading, body: Body): Fault | null {
  const missing = body.joints.filter((name) => !names.includes(name));
  if (missing.length === 0) return null;
  const unknown = names.filter((name) => !body.knows(name));
  const lacking = `no value for ${missing.slice(0, NAMES_MAX).join(', ')}`;
  return unknown.length === 0
    ? fault('SAGE_205', 'joint_states', lacking)
    : fault('SAGE_204', 'joint_states', `${unknown.slice(0, NAMES_MAX).join(', ')}; ${lacking}`);
}

/** Velocity from two postures where the driver gives none, rad/s. */
function slope(
  before: ArmState | undefined,
  stamp_ms: number,
  position: readonly number[],
  joint: number,
): number {
  if (before === undefined) return 0;
  const elapsed_s = (stamp_ms - before.stamp_ms) / 1000;
  if (elapsed_s <= 0.001) return before.velocity[joint] ?? 0;
  return ((position[joint] ?? 0) - (before.position[joint] ?? 0)) / elapsed_s;
}
