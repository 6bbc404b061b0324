import { type Fault, fault } from '../../contracts/errors.js';
import type { JointsReading } from '../../contracts/observation.js';
import { span } from '../../contracts/readable.js';
import { unwrapped } from '../../robot/joint-wrapping.js';
import type { Block, SensorPorts } from '../block.js';
import { CdrError, readJointState, TextLists } from '../cdr-reader.js';
import type { JointStateMessage } from '../messages.js';
import { SENSOR } from '../qos.js';
import { Source } from '../source.js';
import { FUTURE_MAX_MS, PAST_MAX_MS, stampToMs } from '../stamps.js';

const TOPIC = 'joint_states';
/** Joints remembered at most, over all publishers. */
const JOINTS_MAX = 256;
/** A velocity from positions is taken over this time at least: over less, steps of encoders and late stamps are most of it, ms. */
const SLOPE_MS = 20;

/** One joint as it was last measured. */
interface Joint {
  stamp_ms: number;
  position: number;
  /** As its driver gives it, else from its positions. */
  velocity: number;
  measuredVelocity: boolean;
  /** Where it was at least SLOPE_MS before the next one, and that one: a velocity from positions begins at the former. */
  before: Place;
  after: Place;
}

interface Place {
  readonly stamp_ms: number;
  readonly position: number;
}

/** Joints in order of name. */
interface Order {
  readonly names: readonly string[];
  readonly joints: readonly Joint[];
}

/** What of a joint state can be used. */
export interface UsableState {
  /** The joints that were measured; may be none. */
  readonly message: JointStateMessage;
  /** Joints that are named and have no value: what was known of them is not true any more. */
  readonly lost: readonly string[];
  /** What is wrong with it, or null. */
  readonly fault: Fault | null;
}

/**
 * Looks at a joint state. A velocity that is NaN means that the driver has none for that joint, as ros2_control's
 * broadcaster sends it; a position that is not finite is no measurement of that joint (a gripper before its activation),
 * and the others count all the same.
 * @param ours joints that are reported when they have no value; null = all
 */
export function usableState(message: JointStateMessage, ours: ReadonlySet<string> | null): UsableState {
  const malformed = whyMalformed(message);
  if (malformed !== null) return unusable(message, ours, malformed);
  if (allMeasured(message.position, message.velocity)) return { message, lost: NO_NAMES, fault: null };
  return measuredPart(message, ours);
}

const NO_NAMES: readonly string[] = [];
/** Lists without a name twice: drivers send the same names over and over, and the reader gives the same list for them. */
const distinct = new WeakSet<readonly string[]>();

function whyMalformed({ name, position, velocity }: JointStateMessage): string | null {
  if (name.length === 0) return 'no joint names';
  if (name.length > JOINTS_MAX) return `${name.length} joints; the limit is ${JOINTS_MAX}`;
  if (position.length !== name.length) return `${name.length} names but ${position.length} positions`;
  if (velocity.length !== 0 && velocity.length !== name.length) {
    return `${name.length} names but ${velocity.length} velocities`;
  }
  if (distinct.has(name)) return null;
  if (new Set(name).size !== name.length) return 'a joint is named twice';
  distinct.add(name);
  return null;
}

function unusable(message: JointStateMessage, ours: ReadonlySet<string> | null, detail: string): UsableState {
  const { name } = message;
  // Another machine's joints, or none: nothing that anybody here waits for.
  const concerns = name.length === 0 || name.some((joint) => ours === null || ours.has(joint));
  const nothing = { ...message, name: [], position: [], velocity: [] };
  return { message: nothing, lost: NO_NAMES, fault: concerns ? fault('SAGE_208', TOPIC, detail) : null };
}

/** The joints of a message that were measured, where some were not. */
function measuredPart(message: JointStateMessage, ours: ReadonlySet<string> | null): UsableState {
  const { name, position, velocity } = message;
  const good = name.map((_, index) => measured(position[index], velocity[index]));
  const kept = <T>(values: ArrayLike<T>): T[] => Array.from(values).filter((_, index) => good[index]);
  const lost = name.filter((_, index) => !good[index]);
  const told = lost.find((joint) => ours === null || ours.has(joint));
  const at = name.indexOf(told ?? '');
  const what = Number.isFinite(position[at])
    ? `velocity of ${told} is ${velocity[at]}`
    : `position of ${told} is ${position[at]}`;
  return {
    message: { ...message, name: kept(name), position: kept(position), velocity: kept(velocity) },
    lost,
    fault: told === undefined ? null : fault('SAGE_203', TOPIC, what),
  };
}

function allMeasured(position: ArrayLike<number>, velocity: ArrayLike<number>): boolean {
  for (let joint = 0; joint < position.length; joint++) {
    if (!measured(position[joint], velocity[joint])) return false;
  }
  return true;
}

function measured(position: number | undefined, velocity: number | undefined): boolean {
  return Number.isFinite(position) && Math.abs(velocity ?? 0) !== Number.POSITIVE_INFINITY;
}

/**
 * Merges the joint states of several publishers (arm and gripper, say) by name. A joint that was not measured
 * within `age_max_ms` of the newest is left out, so that a publisher that stopped is missed, not carried along.
 */
export class JointMerger {
  private readonly joints = new Map<string, Joint>();
  private newest_ms = Number.NEGATIVE_INFINITY;
  /** All of them in order of name; null after one came or went. */
  private order: Order | null = null;

  constructor(private readonly age_max_ms: number) {}

  /** Takes a checked message. False where each of its joints is known at this stamp or later already. */
  take(message: JointStateMessage, stamp_ms: number): boolean {
    let advanced = false;
    for (let index = 0; index < message.name.length; index++) {
      const name = message.name[index]!;
      const joint = this.joints.get(name);
      if (joint !== undefined && stamp_ms <= joint.stamp_ms) continue;
      advanced = true;
      const position = message.position[index]!;
      const given = message.velocity[index] ?? Number.NaN;
      const measuredVelocity = !Number.isNaN(given);
      const here = { stamp_ms, position };
      if (joint === undefined) {
        this.order = null;
        const velocity = measuredVelocity ? given : 0;
        this.joints.set(name, { ...here, velocity, measuredVelocity, before: here, after: here });
      } else {
        const derived = rate(joint, here);
        const velocity = measuredVelocity ? given : derived;
        joint.stamp_ms = stamp_ms;
        joint.position = position;
        joint.velocity = velocity;
        joint.measuredVelocity = measuredVelocity;
      }
    }
    if (advanced) this.newest_ms = Math.max(this.newest_ms, stamp_ms);
    this.forget();
    return advanced;
  }

  /** Forgets joints that have no value any more. */
  lose(names: readonly string[]): void {
    for (const name of names) if (this.joints.has(name)) this.drop(name);
  }

  /** Forgets everything: the clock went back. */
  reset(): void {
    this.joints.clear();
    this.order = null;
    this.newest_ms = Number.NEGATIVE_INFINITY;
  }

  get stamp_ms(): number {
    return this.newest_ms;
  }

  /** The joints measured lately, in order of name; velocity is empty where no driver gives one. */
  merged(): Pick<JointsReading, 'names' | 'position' | 'velocity'> {
    const { names, joints } = this.inOrder();
    const position: number[] = [];
    const velocity: number[] = [];
    let someMeasured = false;
    for (const joint of joints) {
      position.push(joint.position);
      velocity.push(joint.velocity);
      someMeasured ||= joint.measuredVelocity;
    }
    return { names, position, velocity: someMeasured ? velocity : [] };
  }

  private inOrder(): Order {
    if (this.order === null) {
      const names = [...this.joints.keys()].sort();
      this.order = { names, joints: names.map((name) => this.joints.get(name)!) };
    }
    return this.order;
  }

  private forget(): void {
    const { names, joints } = this.inOrder();
    for (let index = 0; index < joints.length; index++) {
      if (this.newest_ms - joints[index]!.stamp_ms > this.age_max_ms) this.drop(names[index]!);
    }
    if (this.joints.size <= JOINTS_MAX) return;
    for (const name of this.joints.keys()) {
      if (this.joints.size <= JOINTS_MAX) return;
      this.drop(name);
    }
  }

  private drop(name: string): void {
    this.joints.delete(name);
    this.order = null;
  }
}

/** Velocity of a joint that is now here, from where it was between one and two SLOPE_MS ago, and so noted. */
function rate(joint: Joint, here: Place): number {
  if (here.stamp_ms - joint.after.stamp_ms >= SLOPE_MS) {
    joint.before = joint.after;
    joint.after = here;
  }
  const { stamp_ms, position } = joint.before;
  const elapsed_s = (here.stamp_ms - stamp_ms) / 1000;
  return elapsed_s > 0 ? (unwrapped(here.position, position) - position) / elapsed_s : 0;
}

function read(bytes: Uint8Array, lists: TextLists): JointStateMessage | Fault {
  try {
    return readJointState(bytes, lists);
  } catch (thrown) {
    if (thrown instanceof CdrError) return fault('SAGE_208', TOPIC, thrown.message);
    throw thrown;
  }
}

/** Clocks of drivers that are told apart at most. */
const CLOCKS_MAX = 16;
/** A driver's clock that is off by more than this from what it was is estimated again, ms. */
const DRIFT_MAX_MS = 100;

/** Times of this machine for stamps of drivers' own clocks, which only have to advance (`robot.joint_stamps`). */
class DriverClocks {
  private readonly offsets = new Map<string, number>();

  /** @param driver what it names first, since every driver has joints of its own */
  here(driver: string, given_ms: number, now_ms: number): number {
    const offset_ms = this.offsets.get(driver);
    const stamp_ms = given_ms + (offset_ms ?? Number.POSITIVE_INFINITY);
    // The shortest way that a message ever took is nearest to none; a clock that was set, or drifts, restarts the estimate.
    if (stamp_ms <= now_ms && now_ms - stamp_ms <= DRIFT_MAX_MS) return stamp_ms;
    this.offsets.delete(driver);
    this.offsets.set(driver, now_ms - given_ms);
    const [oldest] = this.offsets.keys();
    if (this.offsets.size > CLOCKS_MAX && oldest !== undefined) this.offsets.delete(oldest);
    return now_ms;
  }
}

/** Reads `joint_states`. A joint whose value is not finite was not measured (SAGE_203); the others of its message were. */
export function jointsBlock({ node, clock, sink, parameters }: SensorPorts): Block {
  const stale_ms = parameters.kernel.joints_stale_ms;
  const { joints, gripper_joints, joint_stamps } = parameters.robot;
  const ours = joints.length === 0 ? null : new Set([...joints, ...gripper_joints]);
  const source = new Source('joints', sink, clock, { stale_ms, required: true });
  const merger = new JointMerger(stale_ms);
  const lists = new TextLists();
  const clocks = joint_stamps === 'own_clock' ? new DriverClocks() : null;
  node.subscribeRaw('sensor_msgs/msg/JointState', TOPIC, SENSOR, (bytes) => {
    const state = read(bytes, lists);
    if ('code' in state) return source.bad(state);
    const { message, lost, fault: found } = usableState(state, ours);
    merger.lose(lost);
    if (message.name.length === 0) return found === null ? undefined : source.bad(found);
    const now_ms = clock.now_ms();
    const given_ms = stampToMs(message.header.stamp);
    const own_ms = clocks?.here(message.name[0] ?? '', given_ms, now_ms) ?? given_ms;
    const stamp_ms = given_ms === 0 ? now_ms : own_ms;
    if (stamp_ms > now_ms + FUTURE_MAX_MS || stamp_ms < now_ms - PAST_MAX_MS) {
      const detail = `${span(stamp_ms - now_ms)} from the clock`;
      return source.bad(fault('SAGE_209', TOPIC, detail));
    }
    if (merger.stamp_ms > now_ms + FUTURE_MAX_MS) merger.reset();
    if (!merger.take(message, stamp_ms)) return;
    const { names, position, velocity } = merger.merged();
    const reading: JointsReading = {
      kind: 'joints',
      source: 'joints',
      stamp_ms: merger.stamp_ms,
      received_ms: now_ms,
      names,
      position,
      velocity,
    };
    source.good(reading, found);
  });
  return { health: () => [source.health()], close: () => {} };
}
