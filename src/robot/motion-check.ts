import { type Fault, fault } from '../contracts/errors.js';
import type { ArmState, ArmTrajectory, TrajectoryPoint } from '../contracts/motion.js';
import { digits } from '../contracts/readable.js';
import { jointUnit } from './arm-chain.js';
import type { ArmContext } from './arm-context.js';
import { EscapeMargin } from './escape-margin.js';
import { toleranceScale } from './joint-wrapping.js';
import { JointSpline, setSpline, startPoint } from './trajectory-spline.js';
import { identity, type Transform } from './transform.js';
import { workspaceFloor, workspaceMargin } from './workspace-box.js';

export { brakeTrajectory } from './brake.js';
export { sampleTrajectory } from './trajectory-spline.js';

interface MotionCheckContext {
  readonly arm: ArmContext;
  /** The measured state at which the trajectory takes over. */
  readonly start: ArmState;
  /** Allowed distance of the trajectory's start from it, rad; a fifth of it in m for prismatic joints. */
  readonly start_tolerance: number;
  readonly table_height_m: number;
  /** As in TrajectoryTask. */
  readonly held_below_tip_m: number;
}

/** Trajectories with more points are rejected. */
const POINTS_MAX = 1000;
/** Samples per segment: at least this many, one per step of the fastest joint, and at most this many. */
const SAMPLES_MIN = 8;
const SAMPLE_STEP = 0.02;
const SAMPLES_MAX = 400;
/** Tolerances for rounding, and for the change of a margin between two samples. */
const POSITION_SLACK = 1e-4;
const CLEARANCE_SLACK_M = 1e-3;
const VELOCITY_SLACK = 1.002;
const ACCELERATION_SLACK = 1.02;
/**
 * A smooth start from rest may peak at 1.5 times the mean acceleration of its first segment, and velocities
 * are noisy.
 */
const START_PEAK = 1.5;
const START_VELOCITY_NOISE = 0.05;

/**
 * The safety gate's own check of a trajectory, independent of whatever planned it: the rules of
 * joint_trajectory_controller, the measured start and, along its densely sampled interpolation, the limits on
 * position, velocity (full limits of the URDF) and acceleration, the table, self-collision, and the workspace
 * box. An arm that starts beyond a limit or in contact may leave it, but go no deeper. At most one fault of
 * each kind; empty = safe to send.
 */
export function checkTrajectory(trajectory: ArmTrajectory, context: MotionCheckContext): Fault[] {
  const malformed = checkForm(trajectory, context);
  if (malformed !== null) return [malformed];
  const faults = checkStart(trajectory.points[0]!, context);
  const along = new AlongCheck(context, workspaceFloor(context.arm, trajectory.points.at(-1)!.position));
  let from = startPoint(context.start.position, context.start.velocity);
  for (const to of trajectory.points) {
    along.segment(from, to, from.time_s === 0);
    from = to;
  }
  return [...faults, ...along.faults.values()];
}

function checkForm(trajectory: ArmTrajectory, context: MotionCheckContext): Fault | null {
  const joints = context.arm.chain.joints;
  const names = trajectory.joints;
  if (names.length !== joints.length || joints.some((name, index) => names[index] !== name)) {
    const text = `names ${names.join(', ') || 'nothing'}; the controller has ${joints.join(', ')}`;
    return fault('SAGE_709', 'trajectory', text);
  }
  const { start } = context;
  if (start.joints.length !== joints.length || joints.some((name, index) => start.joints[index] !== name)) {
    return fault('SAGE_709', 'joint_states', `names ${start.joints.join(', ') || 'nothing'}`);
  }
  if (!allFinite(start.position, joints.length) || !allFinite(start.velocity, joints.length)) {
    return fault('SAGE_704', 'joint_states', 'the measured state is not complete or not finite');
  }
  return checkPoints(trajectory.points, joints.length);
}

function checkPoints(points: readonly TrajectoryPoint[], n: number): Fault | null {
  const bad = (text: string): Fault => fault('SAGE_703', 'trajectory', text);
  if (points.length === 0) return bad('has no points');
  if (points.length > POINTS_MAX)
    return bad(`has ${points.length} points, at most ${POINTS_MAX} are allowed`);
  let time_s = 0;
  for (const [index, point] of points.entries()) {
    if (!Number.isFinite(point.time_s) || point.time_s <= time_s) {
      return bad(`point ${index}: its time ${point.time_s} s is not after ${time_s} s`);
    }
    time_s = point.time_s;
    const whole =
      allFinite(point.position, n) &&
      allFinite(point.velocity, n) &&
      (point.acceleration.length === 0 || allFinite(point.acceleration, n));
    if (!whole) return bad(`point ${index}: positions or velocities are not ${n} finite numbers`);
  }
  const last = points.at(-1)!;
  return last.velocity.some((velocity) => Math.abs(velocity) > 1e-6)
    ? bad('does not end at rest: its final velocity is not zero')
    : null;
}

const allFinite = (values: readonly number[], n: number): boolean =>
  values.length === n && values.every((value) => Number.isFinite(value));

/** Whether the first point continues the measured motion: in position, and without a jump in velocity. */
function checkStart(first: TrajectoryPoint, context: MotionCheckContext): Fault[] {
  const { start, arm } = context;
  for (const [joint, name] of arm.chain.joints.entries()) {
    const velocity = start.velocity[joint]!;
    const mean = (velocity + first.velocity[joint]!) / 2;
    const off = Math.abs(first.position[joint]! - start.position[joint]! - mean * first.time_s);
    const unit = jointUnit(arm.chain, joint);
    const allowed = context.start_tolerance / toleranceScale(unit);
    if (off > allowed) {
      const text = `it begins ${digits(off)} ${unit} from where the joint is, allowed ${digits(allowed)} ${unit}`;
      return [fault('SAGE_704', name, text)];
    }
    const jump = Math.abs(first.velocity[joint]! - velocity);
    if (jump > START_PEAK * arm.acceleration_limits[joint]! * first.time_s + START_VELOCITY_NOISE) {
      return [
        fault('SAGE_704', name, `its velocity jumps by ${digits(jump)} ${jointUnit(arm.chain, joint)}/s`),
      ];
    }
  }
  return [];
}

/** Follows the interpolation and keeps the first fault of each kind. */
class AlongCheck {
  readonly faults = new Map<string, Fault>();
  private readonly spline = new JointSpline();
  private readonly limits: readonly EscapeMargin[];
  private readonly contact: EscapeMargin;
  private readonly box: EscapeMargin;
  private readonly tip: Transform = identity();

  /**
   * @param floor_m least margin to the sides of the workspace box: negative on the way to a home outside it
   */
  constructor(
    private readonly context: MotionCheckContext,
    private readonly floor_m: number,
  ) {
    const { position } = context.start;
    this.limits = position.map((value, joint) => new EscapeMargin(this.room(joint, value), POSITION_SLACK));
    this.contact = new EscapeMargin(this.clearance(position), CLEARANCE_SLACK_M);
    this.box = new EscapeMargin(this.boxMargin(position) - floor_m, CLEARANCE_SLACK_M);
  }

  segment(from: TrajectoryPoint, to: TrajectoryPoint, first: boolean): void {
    const duration_s = to.time_s - from.time_s;
    const count = sampleCount(from, to, duration_s);
    const postures = Array.from({ length: count }, () => new Array<number>(to.position.length).fill(0));
    for (let joint = 0; joint < to.position.length; joint++) {
      setSpline(this.spline, from, to, joint, duration_s);
      for (let sample = 0; sample < count; sample++) {
        const t = (duration_s * (sample + 1)) / count;
        const position = this.spline.position(t);
        postures[sample]![joint] = position;
        this.checkLimit(joint, position);
        // the start is checked as a whole: its measured velocity is too noisy for derivatives over a short
        // segment
        if (!first) this.checkRates(joint, this.spline.velocity(t), this.spline.acceleration(t));
      }
      this.checkRates(joint, to.velocity[joint]!, to.acceleration[joint] ?? 0);
    }
    for (const posture of postures) this.checkPosture(posture);
  }

  private checkLimit(joint: number, position: number): void {
    if (this.limits[joint]!.accept(this.room(joint, position))) return;
    const { chain } = this.context.arm;
    const { lower, upper } = chain.limits[joint]!;
    const allowed = `${digits(lower)} to ${digits(upper)} ${jointUnit(chain, joint)}`;
    this.note('SAGE_701', this.nameOf(joint), `reaches ${digits(position)}, allowed ${allowed}`);
  }

  private checkRates(joint: number, velocity: number, acceleration: number): void {
    const { arm } = this.context;
    const limit = arm.chain.limits[joint]!.velocity;
    const unit = jointUnit(arm.chain, joint);
    if (!(Math.abs(velocity) <= limit * VELOCITY_SLACK)) {
      const text = `${digits(velocity)} ${unit}/s, allowed ${digits(limit)} ${unit}/s`;
      this.note('SAGE_702', this.nameOf(joint), text);
    }
    const most = arm.acceleration_limits[joint]!;
    if (!(Math.abs(acceleration) <= most * ACCELERATION_SLACK)) {
      const text = `${digits(acceleration)} ${unit}/s², allowed ${digits(most)} ${unit}/s²`;
      this.note('SAGE_702', this.nameOf(joint), text);
    }
  }

  private checkPosture(posture: readonly number[]): void {
    const clearance = this.clearance(posture);
    if (!this.contact.accept(clearance)) {
      this.note('SAGE_705', 'trajectory', `${digits(-clearance * 1000)} mm inside the table or the arm`);
    }
    const margin = this.boxMargin(posture);
    if (!this.box.accept(margin - this.floor_m)) {
      const text = `the tip goes ${digits(-margin * 1000)} mm out of it`;
      this.note('SAGE_710', 'trajectory', text);
    }
  }

  private room(joint: number, value: number): number {
    const { lower, upper } = this.context.arm.chain.limits[joint]!;
    return Math.min(value - lower, upper - value);
  }

  private clearance(posture: readonly number[]): number {
    const { arm, table_height_m, held_below_tip_m } = this.context;
    return arm.collision.clearance(posture, table_height_m, held_below_tip_m, arm.self_collision);
  }

  private boxMargin(posture: readonly number[]): number {
    return workspaceMargin(this.context.arm, posture, this.tip);
  }

  private nameOf(joint: number): string {
    return this.context.arm.chain.joints[joint]!;
  }

  private note(code: Fault['code'], where: string, text: string): void {
    if (!this.faults.has(code)) this.faults.set(code, fault(code, where, text));
  }
}

/** Enough samples that no joint moves more than a small step between two. */
function sampleCount(from: TrajectoryPoint, to: TrajectoryPoint, duration_s: number): number {
  let move = 0;
  for (let joint = 0; joint < to.position.length; joint++) {
    const straight = Math.abs(to.position[joint]! - from.position[joint]!);
    const swing =
      (duration_s * (Math.abs(from.velocity[joint] ?? 0) + Math.abs(to.velocity[joint] ?? 0))) / 2;
    move = Math.max(move, straight, swing);
  }
  return Math.min(SAMPLES_MAX, Math.max(SAMPLES_MIN, Math.ceil(move / SAMPLE_STEP)));
}
