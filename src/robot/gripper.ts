import type { ArmChain } from './arm-chain.js';
import { sourceOf } from './kinematics.js';
import type { RobotJoint, RobotModel } from './robot-model.js';

/** The fingers according to the parameters `robot.gripper_*`. */
export interface GripperOptions {
  /** Finger joints; empty = those of {@link fingerJoints}. */
  readonly gripper_joints: readonly string[];
  /** Commands for open and closed. */
  readonly gripper_open: readonly number[];
  readonly gripper_closed: readonly number[];
  /** Resulting measurements of the finger joints, rad or m; empty = the same as the commands. */
  readonly gripper_measured_open: readonly number[];
  readonly gripper_measured_closed: readonly number[];
}

/** Tolerance at a limit, for rounded values in files: share of the range, and rad or m. */
const LIMIT_SHARE = 0.02;
const LIMIT_SLACK = 1e-3;

/** Joint values by name, rad or m. */
export type JointValues = Pick<ReadonlyMap<string, number>, 'has' | 'get'>;

/** A joint from which a finger can be read: finger = multiplier · joint + offset. */
interface Reader {
  readonly joint: string;
  readonly multiplier: number;
  readonly offset: number;
}

/** A finger joint's values at both ends, rad or m. */
export interface FingerEnds {
  readonly joint: string;
  readonly open: number;
  readonly closed: number;
}

/** One finger: its open and closed values, and the joints it can be read from, itself first. */
interface Finger {
  readonly open: number;
  readonly closed: number;
  readonly readers: readonly Reader[];
}

/**
 * Movable, non-mimic joints beyond the last joint of the arm: joints elsewhere (a base, a head, a second arm)
 * are not fingers.
 */
export function fingerJoints({ model, joints, tip_frame }: ArmChain): readonly string[] {
  const hand = handOf(model, joints, tip_frame);
  if (hand === null) return [];
  const within = new Set([hand]);
  // parents come before their children
  for (const link of model.order) {
    const parent = parentOf(model, link);
    if (parent !== null && within.has(parent)) within.add(link);
  }
  return [...model.joints.values()]
    .filter(({ kind, name, mimic, parent }) => {
      return kind !== 'fixed' && mimic === null && !joints.includes(name) && within.has(parent);
    })
    .map(({ name }) => name);
}

/** The link after the arm's last joint before the tip; null if the tip is not attached to the arm. */
function handOf(model: RobotModel, joints: readonly string[], tip: string): string | null {
  for (let link: string | null = tip; link !== null; link = parentOf(model, link)) {
    const joint = model.links.get(link)?.parent_joint ?? null;
    if (joint !== null && joints.includes(joint)) return link;
  }
  return null;
}

function parentOf(model: RobotModel, link: string): string | null {
  const joint = model.links.get(link)?.parent_joint ?? null;
  return joint === null ? null : (model.joints.get(joint)?.parent ?? null);
}

/** The fingers of an arm: their opening, and which commands their joints allow. */
export class Gripper {
  /** The finger joints, as configured or found. */
  readonly joints: readonly string[];
  private readonly fingers: readonly Finger[];
  /** True if the commands are positions of the finger joints. */
  private readonly sends_positions: boolean;

  constructor(
    private readonly chain: ArmChain,
    options: GripperOptions,
  ) {
    const { gripper_joints, gripper_open, gripper_closed } = options;
    const { gripper_measured_open, gripper_measured_closed } = options;
    this.joints = gripper_joints.length > 0 ? gripper_joints : fingerJoints(chain);
    this.sends_positions = gripper_measured_open.length === 0;
    const open = this.sends_positions ? gripper_open : gripper_measured_open;
    const closed = this.sends_positions ? gripper_closed : gripper_measured_closed;
    this.fingers = this.joints.flatMap((name, index) => this.fingerOf(name, index, open, closed) ?? []);
  }

  /** Values of each finger joint at both ends, rad or m. */
  get ends(): readonly FingerEnds[] {
    return this.fingers.map(({ open, closed, readers }) => ({ joint: readers[0]!.joint, open, closed }));
  }

  /**
   * 0 closed .. 1 open, the mean over the measured fingers; null if none is measured, or one was measured
   * before and its value is stale.
   * @param values joint values by name, rad or m
   * @param fresh whether the value of a joint is current
   */
  opening(values: JointValues, fresh: (joint: string) => boolean): number | null {
    let sum = 0;
    let measured = 0;
    for (const { open, closed, readers } of this.fingers) {
      const reader = readers.find(({ joint }) => values.has(joint) && fresh(joint));
      if (reader === undefined) {
        if (readers.some(({ joint }) => values.has(joint))) return null;
        continue;
      }
      const value = reader.multiplier * (values.get(reader.joint) ?? 0) + reader.offset;
      sum += Math.min(1, Math.max(0, (value - closed) / (open - closed)));
      measured += 1;
    }
    return measured === 0 ? null : sum / measured;
  }

  /** Why a command must not be sent, by the limits of the joints; null if nothing is known against it. */
  objection(values: readonly number[]): string | null {
    if (!this.sends_positions || values.length > this.joints.length) return null;
    for (const [index, value] of values.entries()) {
      const joint = this.chain.model.joints.get(this.joints[index] ?? '');
      const beyond = joint === undefined ? null : beyondLimits(joint, value);
      if (beyond !== null) return beyond;
    }
    return null;
  }

  private fingerOf(
    name: string,
    index: number,
    open: readonly number[],
    closed: readonly number[],
  ): Finger | null {
    const ends = [open, closed].map((values) => this.endOf(name, index, values));
    const [opened, shut] = ends;
    if (opened === undefined || shut === undefined || opened === null || shut === null) return null;
    return opened === shut ? null : { open: opened, closed: shut, readers: this.readersOf(name) };
  }

  /** A finger's value at an end: its own, that of the joint it mimics, or the last one given. */
  private endOf(name: string, index: number, values: readonly number[]): number | null {
    const own = values[index];
    if (own !== undefined) return own;
    const joint = this.chain.model.joints.get(name);
    if (joint !== undefined && joint.mimic !== null) {
      const source = sourceOf(this.chain.model, joint);
      const driver = values[Math.max(0, this.joints.indexOf(source.joint))];
      if (driver !== undefined) return source.multiplier * driver + source.offset;
    }
    return values.at(-1) ?? null;
  }

  /**
   * The joint itself, the one it mimics, and all others mimicking the same one: a driver may publish any of
   * them.
   */
  private readersOf(name: string): readonly Reader[] {
    const { model } = this.chain;
    const own: Reader = { joint: name, multiplier: 1, offset: 0 };
    const joint = model.joints.get(name);
    if (joint === undefined) return [own];
    const mine = sourceOf(model, joint);
    const others = [...model.joints.values()].flatMap((other): Reader[] => {
      if (other.name === name || other.kind === 'fixed') return [];
      const its = sourceOf(model, other);
      if (its.joint !== mine.joint || its.multiplier === 0) return [];
      const multiplier = mine.multiplier / its.multiplier;
      return [{ joint: other.name, multiplier, offset: mine.offset - multiplier * its.offset }];
    });
    return [own, ...others];
  }
}

function beyondLimits({ name, kind, limits }: RobotJoint, value: number): string | null {
  const { lower, upper } = limits;
  if (kind === 'continuous' || kind === 'fixed' || lower === null || upper === null) return null;
  const slack = LIMIT_SLACK + LIMIT_SHARE * (upper - lower);
  if (value >= lower - slack && value <= upper + slack) return null;
  const unit = kind === 'prismatic' ? 'm' : 'rad';
  return `${value} for ${name}, whose limits are ${lower} to ${upper} ${unit}`;
}
