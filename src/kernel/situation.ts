import { type Fault, fault, SageError } from '../contracts/errors.js';
import type { CameraModel, Pose, Vec3 } from '../contracts/geometry.js';
import type { ArmState, ArmTrajectory } from '../contracts/motion.js';
import type {
  AnyReading,
  CameraReading,
  EmbeddingReading,
  OperatorReading,
} from '../contracts/observation.js';
import type { Parameters } from '../contracts/parameters/index.js';
import type { SeenObject } from '../contracts/vision.js';
import { cellIn } from '../robot/camera.js';
import { ActiveFaults } from './active-faults.js';
import { AttentionFocus, type PullAtPlace } from './attention-focus.js';
import { BatteryState } from './battery-state.js';
import { Beliefs } from './beliefs.js';
import { BenignChange } from './benign-change.js';
import { Body } from './body.js';
import { CameraState } from './camera-state.js';
import { ContactDetector } from './contact-detector.js';
import type { Execution } from './execution.js';
import type { Pursuit, PursuitStatus } from './goals/pursuit.js';
import { GoalQueue } from './goals/queue.js';
import type { InHand } from './goals/step.js';
import { UtteranceQueue } from './goals/utterance-queue.js';
import type { Observations } from './latest-buffers.js';
import { MicrophoneState } from './microphone-state.js';
import { Proprioception } from './proprioception.js';

/** Stamps further than this from the clock are replaced by the time of arrival, ms. */
const STAMP_TRUST_MS = 2000;
/** Readings that plugins may feed back per cycle. */
const FED_BACK_MAX = 16;
/** Grace period for the robot description, ms. */
const DESCRIPTION_WAIT_MS = 2000;

/**
 * The node's view of the present and the blackboard of one cycle: the latest readings with their age, the
 * robot's body, the beliefs, and what is in progress. OBSERVE writes it, everything downstream reads it.
 */
export class Situation {
  now_ms = 0;
  readonly beliefs: Beliefs;
  readonly goals: GoalQueue;
  readonly utterances: UtteranceQueue;
  readonly attention: AttentionFocus;
  readonly camera_state: CameraState;
  readonly microphone: MicrophoneState;
  readonly active_faults = new ActiveFaults();
  readonly benign_change: BenignChange;
  readonly contact: ContactDetector;
  body: Body | null = null;
  readonly embeddings = new Map<string, EmbeddingReading>();
  emergency_stop = false;
  /** Set by sage/stop, cleared by sage/resume. */
  stopped = false;
  /** True in the cycle in which an operator asked to resume. */
  resumed = false;
  state_request: string | null = null;
  pursuit: Pursuit | null = null;
  need: PursuitStatus | null = null;
  execution: Execution | null = null;
  /** False in CRISIS. */
  calm = true;
  /** In REST or DREAM: vision does not run merely to keep up. */
  resting = false;
  /** The clock is not advancing, so the age of data is unknown; null if it is. */
  clock_fault: Fault | null = null;
  /** Why nothing may move now, or null. */
  held: Fault | null = null;
  /** True while something is between the fingers: from a grasp until they are measured open or empty. */
  holding = false;
  /** The object a grasp closed on and the fingers still hold; null for none, or if no grasp reported one. */
  in_hand: InHand | null = null;
  /** The last gripper command was to close. */
  closing = false;
  /**
   * How the arm deviates from its plan in this cycle, as continuation of `the arm does not follow:`, or null.
   */
  not_following: string | null = null;
  /** Sources with a new reading in this cycle. */
  readonly fresh = new Set<string>();
  /** Stamp of the last image vision answered for, ms. */
  vision_ms: number | null = null;
  vision_confidence: number | null = null;
  /** Objects it showed outside the workspace. */
  outside_workspace: readonly SeenObject[] = [];
  /** Disagreement between vision's last answer and the beliefs, 0..1. */
  vision_conflict = 0;
  /** Readings produced by plugins, delivered with the next ones. */
  private readonly fed_back: EmbeddingReading[] = [];
  private readonly joints: Proprioception;
  private readonly battery_state: BatteryState;
  private urdf: string | null = null;
  /** Why the newest robot description is unusable, or null; the body is then the last valid one. */
  body_fault: Fault | null = null;
  /** True in the cycle in which the description changed: motions in progress were planned for the old one. */
  description_changed = false;
  private started_ms: number | null = null;

  constructor(readonly parameters: Parameters) {
    this.goals = new GoalQueue(parameters.kernel.goal_queue_max);
    const capacity = parameters.kernel.goal_queue_max;
    this.utterances = new UtteranceQueue(this.goals, { ...parameters.language, capacity });
    this.attention = new AttentionFocus(parameters.attention);
    this.joints = new Proprioception(parameters);
    this.camera_state = new CameraState(parameters);
    this.microphone = new MicrophoneState(parameters.microphone);
    this.beliefs = new Beliefs(parameters.robot.object_height_m);
    this.contact = new ContactDetector(parameters.safety);
    this.benign_change = new BenignChange(parameters);
    this.battery_state = new BatteryState(parameters.metabolism);
  }

  /** Processes what the blocks delivered since the last cycle. */
  observe(drained: Observations, now_ms: number): void {
    this.now_ms = now_ms;
    this.started_ms ??= now_ms;
    this.fresh.clear();
    this.resumed = false;
    this.description_changed = false;
    this.state_request = null;
    this.active_faults.beginCycle(drained.faults.values());
    for (const reading of [...this.fed_back.splice(0), ...drained.readings]) this.dispatch(reading);
    if (this.camera !== null && this.fresh.has(this.camera.source)) this.camera_state.countFrame();
    this.utterances.expire(now_ms);
    this.active_faults.raise(...this.goals.takeFaults());
  }

  /** The newest posture of the arm; null before the first. */
  get arm(): ArmState | null {
    return this.joints.arm;
  }

  /** Whether the arm was moving when an image was taken, so that its shadow may have changed. */
  armMovedAt(stamp_ms: number): boolean {
    return this.joints.movedAt(stamp_ms);
  }

  /** A joint that carries the arm (a lift, a torso) is not where motions are planned for; null if all are. */
  get displaced(): Fault | null {
    const told = this.joints.displaced(this.body);
    return told === null ? null : fault('SAGE_711', 'robot.base_frame', told);
  }

  /** Whether it is known where the arm is now. */
  get joints_fresh(): boolean {
    return this.joints.fresh(this.now_ms) && this.contradiction === null;
  }

  /** Whether joint states have agreed for a while: true not before a second publisher would have been heard. */
  get joints_agree(): boolean {
    return this.joints.agree;
  }

  /** That joint states contradict each other, or null. */
  get contradiction(): Fault | null {
    return this.joints.contradiction(this.now_ms);
  }

  get camera(): CameraReading | null {
    return this.camera_state.latest;
  }

  get camera_age_ms(): number {
    return this.camera_state.age_ms(this.now_ms);
  }

  get camera_stale(): boolean {
    return this.camera_state.stale(this.now_ms);
  }

  /** Null without a battery. A battery that has gone silent counts as discharging at an unknown level. */
  get battery(): { readonly fraction: number | null; readonly charging: boolean } | null {
    return this.battery_state.at(this.now_ms);
  }

  /** 0 closed .. 1 open; null if the fingers are not measured. */
  get opening(): number | null {
    return this.joints.opening(this.now_ms);
  }

  /** True if this body's fingers were measured and no longer are: their publisher stopped. */
  get fingers_lost(): boolean {
    return this.joints.fingersLost(this.now_ms);
  }

  /** True while something is between the fingers, or may be according to the goal's progress. */
  get may_hold(): boolean {
    return this.holding || this.pursuit?.mayHold === true;
  }

  get fingers_moving(): boolean {
    return this.joints.fingers_moving;
  }

  get camera_model(): CameraModel | null {
    return this.camera_state.calibration.model;
  }

  /** Optical frame in the base frame. */
  get camera_pose(): Pose | null {
    return this.camera_state.calibration.pose;
  }

  /** Joint values by name at the time nearest to the stamp: the body as the camera saw it. */
  valuesAt(stamp_ms: number): ReadonlyMap<string, number> {
    return this.joints.valuesAt(stamp_ms);
  }

  /** The pixel that shows a point of the base frame; null if body, camera or camera pose are unknown. */
  pixelOf(position_m: Vec3): readonly [number, number] | null {
    const { body, camera_model, camera_pose } = this;
    if (body === null || camera_model === null || camera_pose === null) return null;
    return body.project(position_m, camera_model, camera_pose);
  }

  /** Whether a point of the base frame is in the image and not hidden by the arm; true if that is unknown. */
  sees(position_m: Vec3): boolean {
    const { camera, camera_model } = this;
    if (camera === null || camera_model === null || this.camera_pose === null || this.body === null)
      return true;
    const pixel = this.pixelOf(position_m);
    const cell = pixel === null ? null : cellIn(pixel, camera_model, camera.grid);
    return cell !== null && (this.camera_state.robot_mask?.[cell] ?? 1) > 0.5;
  }

  /**
   * Cells to accept as normal: all surprising ones if every one is benign, otherwise none. None if the image
   * is stale.
   */
  benignCells(surprising_s: Float32Array | null): readonly number[] {
    const { camera, camera_model, camera_state, now_ms } = this;
    if (camera === null || surprising_s === null || this.camera_stale) return [];
    const { illumination, robot_mask } = camera_state;
    const pixelOf = (position_m: Vec3) => this.pixelOf(position_m);
    const view = { grid: camera.grid, camera: camera_model, pixelOf, illumination, robot_mask, now_ms };
    return this.benign_change.cells(surprising_s, view);
  }

  /** Whether a motion would bring the arm across a keep-out region, as seen by the camera. */
  crossesUnknown(trajectory: ArmTrajectory): boolean {
    const { body, camera_model, camera_pose, camera, now_ms } = this;
    const { unknown_objects } = this.benign_change;
    if (!unknown_objects.any(now_ms) || body === null || camera_model === null || camera_pose === null)
      return false;
    if (camera === null) return false;
    const values = new Map(this.valuesAt(now_ms));
    return trajectory.points.some(({ position }) => {
      for (const [joint, name] of body.joints.entries()) values.set(name, position[joint] ?? 0);
      return unknown_objects.isCrossedBy(body.mask(values, camera_model, camera_pose, this.may_hold), now_ms);
    });
  }

  /**
   * How strongly something was recently noticed at a position, 0..1; biases the choice among several matching
   * objects.
   */
  readonly pullAt: PullAtPlace = (position_m) => {
    const pixel = this.pixelOf(position_m);
    if (pixel === null || this.camera_model === null) return 0;
    return this.attention.pullAt(pixel, this.camera_model, this.now_ms);
  };

  /** All active faults. */
  get faults(): readonly Fault[] {
    const { joints, camera_state, violated, not_following, now_ms } = this;
    return this.active_faults.collect([
      this.clock_fault,
      this.description_fault,
      this.body?.gripper_fault ?? null,
      joints.fault,
      camera_state.calibration.fault,
      camera_state.fault(now_ms),
      camera_state.calibrationFault(now_ms),
      this.battery_state.fault(now_ms),
      joints.contradiction(now_ms),
      joints.staleArm(now_ms),
      joints.staleFingers(now_ms),
      violated === null ? null : fault('SAGE_711', 'arm', violated),
      this.displaced,
      not_following === null ? null : fault('SAGE_708', 'arm', not_following),
    ]);
  }

  private get description_fault(): Fault | null {
    const waited_ms = this.now_ms - (this.started_ms ?? this.now_ms);
    if (this.body_fault !== null || this.body !== null || waited_ms < DESCRIPTION_WAIT_MS)
      return this.body_fault;
    return fault('SAGE_301', 'robot_description', 'not received yet');
  }

  /** What the measured posture violates, or null. */
  private get violated(): string | null {
    if (this.body === null || this.arm === null || !this.joints_fresh) return null;
    const held_m = this.may_hold ? this.parameters.robot.object_height_m / 2 : 0;
    return this.body.violation(this.arm, held_m);
  }

  /** Records how the last refinement of a plugin ended. */
  noteRefinement(plugin: string, found: Fault | null): void {
    this.active_faults.noteRefinement(plugin, found);
  }

  /** Queues a plugin's output as a reading for the next cycle; when full, the oldest is dropped. */
  feedBack(reading: EmbeddingReading): void {
    this.fed_back.push(reading);
    if (this.fed_back.length > FED_BACK_MAX) this.fed_back.shift();
  }

  private dispatch(reading: AnyReading): void {
    this.fresh.add(reading.source);
    switch (reading.kind) {
      case 'camera':
        this.camera_state.take({
          ...reading,
          stamp_ms: this.trustedStamp(reading.stamp_ms, reading.received_ms),
        });
        return;
      case 'joints':
        this.joints.take(reading, this.trustedStamp(reading.stamp_ms, reading.received_ms), this.body);
        return;
      case 'battery':
        this.battery_state.take(reading);
        return;
      case 'emergency_stop':
        this.emergency_stop = reading.pressed;
        return;
      case 'goal':
        this.utterances.receive(reading, this.now_ms);
        return;
      case 'operator':
        this.takeRequest(reading);
        return;
      case 'robot_description':
        this.takeDescription(reading.urdf);
        return;
      case 'camera_info':
        this.camera_state.calibration.setIntrinsics(reading, this.body);
        return;
      case 'camera_pose':
        this.camera_state.calibration.setExtrinsics(reading, this.body);
        return;
      case 'sound':
        this.microphone.take(reading);
        return;
      case 'embedding':
        this.embeddings.set(reading.source, reading);
        return;
    }
  }

  /**
   * A driver whose clock is off must not make its data look fresh or stale; its time of arrival is used
   * instead.
   */
  private trustedStamp(stamp_ms: number, received_ms: number): number {
    return Math.abs(received_ms - stamp_ms) <= STAMP_TRUST_MS ? stamp_ms : received_ms;
  }

  private takeRequest(reading: OperatorReading): void {
    if (reading.request === 'stop') {
      this.stopped = true;
      this.goals.cancelAll('stopped by the operator');
      this.utterances.discard(null, 'stopped by the operator');
    } else if (reading.request === 'resume') {
      this.stopped = false;
      this.resumed = true;
      this.benign_change.unknown_objects.clear();
    } else if (reading.request === 'cancel') {
      this.goals.end(reading.argument, 'cancelled', null, 'cancelled by the client');
      this.utterances.discard(reading.argument, 'cancelled by the client');
    } else {
      this.state_request = reading.argument;
    }
  }

  private takeDescription(urdf: string): void {
    if (urdf === this.urdf) return;
    this.urdf = urdf;
    try {
      const before = this.body;
      this.body = new Body(urdf, this.parameters);
      this.body_fault = null;
      this.description_changed = before !== null && before.urdf !== urdf;
      this.joints.reset(before?.joints.join() === this.body.joints.join());
    } catch (thrown) {
      if (!(thrown instanceof SageError)) throw thrown;
      // The last valid body is kept, so that a moving arm can be braked within its limits; nothing else
      // moves.
      this.body_fault = thrown.toFault();
    }
    this.camera_state.calibration.update(this.body);
  }
}
