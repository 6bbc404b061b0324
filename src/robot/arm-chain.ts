import { SageError } from '../contracts/errors.js';
import { digits } from '../contracts/readable.js';
import { ArmBranch, jointsDownTo } from './arm-branch.js';
import { restValue } from './kinematics.js';
import type { RobotJoint, RobotModel } from './robot-model.js';
import { identity, invert, type Transform } from './transform.js';

export interface ArmOptions {
  /** Link in which poses are expressed. */
  readonly base_frame: string;
  /** Link that should reach a target. */
  readonly tip_frame: string;
  /** Joints of the controller in its order; empty = all movable joints between base and tip. */
  readonly joints: readonly string[];
  /**
   * Home posture within the limits, rad or m per joint; empty or missing = mid-range, zero for continuous
   * joints.
   */
  readonly home?: readonly number[];
  /**
   * Additional limits per joint; the narrower of these and the description's applies. Empty or missing =
   * none.
   */
  readonly lower_limits?: readonly number[];
  readonly upper_limits?: readonly number[];
  readonly velocity_limits?: readonly number[];
  /**
   * Values of joints that the controller does not move; missing ones take the allowed value nearest to zero.
   */
  readonly others?: ReadonlyMap<string, number>;
}

/** Limits of one controller joint: rad and rad/s, or m and m/s. */
export interface ArmJointLimits {
  /** -Infinity for a continuous joint. */
  readonly lower: number;
  /** Infinity for a continuous joint. */
  readonly upper: number;
  readonly velocity: number;
}

/** A controller's joints with the kinematics of the tip in the base frame. */
export interface ArmChain {
  readonly model: RobotModel;
  readonly base_frame: string;
  readonly tip_frame: string;
  readonly joints: readonly string[];
  readonly limits: readonly ArmJointLimits[];
  /** Default home posture, within limits. */
  readonly home: readonly number[];
  /** Values of the joints that the controller does not move. */
  readonly others: ReadonlyMap<string, number>;
  /** Pose of the tip in the base frame; written to `out` if given. */
  tip(values: ArrayLike<number>, out?: Transform): Transform;
  /**
   * Geometric Jacobian of the tip in the base frame, 6 × n row-major (linear m, then angular rad), and the
   * tip's pose; both are written to the given arrays.
   */
  jacobian(values: ArrayLike<number>, out: Float64Array, tip?: Transform): void;
}

export function jointUnit({ model, joints }: ArmChain, joint: number): 'rad' | 'm' {
  return model.joints.get(joints[joint] ?? '')?.kind === 'prismatic' ? 'm' : 'rad';
}

/**
 * The arm between two links. The base need not be the root, nor an ancestor of the tip; both may be behind
 * fixed joints. Joints in between that the controller does not name stay at `others`.
 * @throws SageError SAGE_303 for a missing or free frame, SAGE_204 for an unknown joint, SAGE_304 for a
 * missing limit, SAGE_102 for home or limits of the wrong size, or a home outside the limits
 */
export function armChain(model: RobotModel, options: ArmOptions): ArmChain {
  for (const key of ['base_frame', 'tip_frame'] as const) {
    if (!model.links.has(options[key])) {
      const known = model.order.slice(0, 12).join(', ');
      throw new SageError('SAGE_303', `robot.${key}`, `"${options[key]}" is no link of it (it has ${known})`);
    }
  }
  const meet = commonAncestor(model, options.base_frame, options.tip_frame);
  const up = jointsDownTo(model, meet, options.base_frame);
  const down = jointsDownTo(model, meet, options.tip_frame);
  const joints = options.joints.length > 0 ? [...options.joints] : pathJoints([...up.toReversed(), ...down]);
  checkLoose([...up, ...down]);
  checkLengths(joints, options);
  const limits = joints.map((name, index) => limitsOf(model, name, givenLimits(options, index)));
  checkJoints(joints, options);
  const others = new Map<string, number>();
  for (const joint of model.joints.values()) {
    if (joint.kind === 'fixed' || joint.mimic !== null || joints.includes(joint.name)) continue;
    others.set(joint.name, options.others?.get(joint.name) ?? restValue(model, joint.name));
  }
  const value = (name: string): number => others.get(name) ?? 0;
  return new Chain(
    model,
    options.base_frame,
    options.tip_frame,
    joints,
    limits,
    homeOf(model, joints, options.home ?? [], limits),
    others,
    new ArmBranch(model, up, joints, value),
    new ArmBranch(model, down, joints, value),
  );
}

class Chain implements ArmChain {
  private start = identity();

  constructor(
    readonly model: RobotModel,
    readonly base_frame: string,
    readonly tip_frame: string,
    readonly joints: readonly string[],
    readonly limits: readonly ArmJointLimits[],
    readonly home: readonly number[],
    readonly others: ReadonlyMap<string, number>,
    private readonly up: ArmBranch,
    private readonly down: ArmBranch,
  ) {
    this.up.run(home, identity());
    this.start = invert(this.up.end);
  }

  tip(values: ArrayLike<number>, out: Transform = identity()): Transform {
    this.run(values);
    out.set(this.down.end);
    return out;
  }

  jacobian(values: ArrayLike<number>, out: Float64Array, tip?: Transform): void {
    this.run(values);
    const n = this.joints.length;
    out.fill(0, 0, 6 * n);
    this.down.addColumns(out, n, this.down.end, 1);
    if (this.up.moving.length > 0) {
      // the base's own branch, seen from the base: what moves the base moves the tip the opposite way
      this.up.run(values, this.start);
      this.up.addColumns(out, n, this.down.end, -1);
    }
    tip?.set(this.down.end);
  }

  /**
   * Computes the lower branch in the base frame. The upper one is constant unless joints lie between base and
   * ancestor.
   */
  private run(values: ArrayLike<number>): void {
    if (this.up.moving.length > 0) {
      this.up.run(values, identity());
      this.start = invert(this.up.end);
    }
    this.down.run(values, this.start);
  }
}

function commonAncestor(model: RobotModel, a: string, b: string): string {
  const line = new Set<string>();
  for (let at: string | null = a; at !== null; at = parentOf(model, at)) line.add(at);
  for (let at: string | null = b; at !== null; at = parentOf(model, at)) if (line.has(at)) return at;
  return model.root;
}

function parentOf(model: RobotModel, link: string): string | null {
  const joint = model.links.get(link)!.parent_joint;
  return joint === null ? null : model.joints.get(joint)!.parent;
}

const pathJoints = (line: readonly RobotJoint[]): string[] =>
  line.filter((joint) => joint.kind !== 'fixed' && joint.mimic === null).map((joint) => joint.name);

function checkJoints(joints: readonly string[], options: ArmOptions): void {
  if (joints.length === 0) {
    const between = `between "${options.base_frame}" and "${options.tip_frame}"`;
    throw new SageError('SAGE_303', 'robot.joints', `no movable joint lies ${between}`);
  }
  const twice = joints.find((name, index) => joints.indexOf(name) !== index);
  if (twice !== undefined) throw new SageError('SAGE_204', 'robot.joints', `"${twice}" is named twice`);
}

/** Floating and planar joints between base and tip have unknown values. */
function checkLoose(line: readonly RobotJoint[]): void {
  const loose = line.find(({ free }) => free);
  if (loose === undefined) return;
  const detail = `the joint "${loose.name}" on the way to the tip may be anywhere (floating or planar)`;
  throw new SageError('SAGE_303', 'robot.base_frame', detail);
}

const LIMIT_LISTS = ['lower_limits', 'upper_limits', 'velocity_limits'] as const;

function checkLengths(joints: readonly string[], options: ArmOptions): void {
  for (const key of LIMIT_LISTS) {
    const { length } = options[key] ?? [];
    if (length === 0 || length === joints.length) continue;
    const detail = `has ${length} values, the arm has ${joints.length} joints`;
    throw new SageError('SAGE_102', `robot.${key}`, detail);
  }
}

type GivenLimits = Readonly<Record<'lower' | 'upper' | 'velocity', number | null>>;

function givenLimits(options: ArmOptions, index: number): GivenLimits {
  return {
    lower: options.lower_limits?.[index] ?? null,
    upper: options.upper_limits?.[index] ?? null,
    velocity: options.velocity_limits?.[index] ?? null,
  };
}

function limitsOf(model: RobotModel, name: string, given: GivenLimits): ArmJointLimits {
  const joint = model.joints.get(name);
  if (joint === undefined) throw new SageError('SAGE_204', 'robot.joints', `"${name}" is no joint of it`);
  if (joint.kind === 'fixed' || joint.mimic !== null) {
    const what = joint.kind === 'fixed' ? 'is fixed' : `follows "${joint.mimic?.joint}"`;
    throw new SageError('SAGE_204', 'robot.joints', `"${name}" ${what}, a controller cannot move it`);
  }
  const where = `joint "${name}"`;
  // Some exporters write zeros for limits that were never set.
  const unsaid = joint.limits.velocity === 0 && given.velocity !== null;
  const velocity = narrower(Math.min, unsaid ? null : joint.limits.velocity, given.velocity);
  if (velocity === null || velocity <= 0) {
    const told = velocity === null ? 'no velocity limit' : 'its velocity limit is 0';
    throw new SageError('SAGE_304', where, told);
  }
  const turns = joint.kind === 'continuous';
  const empty =
    joint.limits.lower === 0 && joint.limits.upper === 0 && given.lower !== null && given.upper !== null;
  const own = turns ? ENDLESS : empty ? { lower: null, upper: null } : joint.limits;
  const lower = narrower(Math.max, own.lower, given.lower);
  const upper = narrower(Math.min, own.upper, given.upper);
  if (lower === null || upper === null) {
    throw new SageError('SAGE_304', where, `no ${lower === null ? 'lower' : 'upper'} position limit`);
  }
  if (lower > upper) {
    throw new SageError(
      'SAGE_102',
      'robot.lower_limits',
      `${lower} of ${where} is above its upper limit ${upper}`,
    );
  }
  return { lower, upper, velocity };
}

const ENDLESS = { lower: -Infinity, upper: Infinity };

function narrower(
  pick: (a: number, b: number) => number,
  described: number | null,
  given: number | null,
): number | null {
  if (described === null || given === null) return described ?? given;
  return pick(described, given);
}

/** A home this far beyond a limit is clamped to it, rad or m: configurations and descriptions are rounded. */
const HOME_SLACK = 0.01;

function homeOf(
  model: RobotModel,
  joints: readonly string[],
  home: readonly number[],
  limits: readonly ArmJointLimits[],
): number[] {
  if (home.length !== 0 && home.length !== limits.length) {
    const detail = `has ${home.length} values, the arm has ${limits.length} joints`;
    throw new SageError('SAGE_102', 'robot.home', detail);
  }
  return limits.map(({ lower, upper }, index) => {
    const middle = Number.isFinite(lower + upper) ? (lower + upper) / 2 : 0;
    const wanted = home[index] ?? middle;
    const within = Math.min(Math.max(wanted, lower), upper);
    if (Math.abs(wanted - within) <= HOME_SLACK) return within;
    const unit = model.joints.get(joints[index]!)?.kind === 'prismatic' ? 'm' : 'rad';
    const detail = `${wanted} ${unit} for "${joints[index]}" is outside its limits, ${digits(lower)} to ${digits(upper)} ${unit}`;
    throw new SageError('SAGE_102', 'robot.home', detail);
  });
}
