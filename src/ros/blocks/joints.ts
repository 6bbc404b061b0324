import { type Fault, fault } from '../../contracts/errors.js';
import type { JointsReading } from '../../contracts/observation.js';
import { span } from '../../contracts/readable.js';
import type { Block, SensorPorts } from '../block.js';
import { CdrError, readJointState } from '../cdr-reader.js';
import type { JointStateMessage } from '../messages.js';
import { SENSOR } from '../qos.js';
import { Source } from '../source.js';
import { FUTURE_MAX_MS, PAST_MAX_MS, stampToMs } from '../stamps.js';

const TOPIC = 'joint_states';
/** Joints remembered at most, over all publishers. */
const JOINTS_MAX = 256;

/** One joint as it was last measured. */
interface Joint {
  readonly stamp_ms: number;
  readonly position: number;
  /** As its driver gives it, else from the last two positions. */
  readonly velocity: number;
  readonly measuredVelocity: boolean;
}

/**
 * Why a joint state cannot be used, or null. A velocity that is NaN means that the driver has none for that joint, as
 * ros2_control's broadcaster sends it; a position that is NaN is no state of the arm.
 */
export function checkJointState(message: JointStateMessage): Fault | null {
  const { name, position, velocity } = message;
  const malformed = (detail: string): Fault => fault('SAGE_208', TOPIC, detail);
  if (name.length === 0) return malformed('no joint is named');
  if (name.length > JOINTS_MAX) return malformed(`${name.length} joints, allowed are ${JOINTS_MAX}`);
  if (position.length !== name.length) {
    return malformed(`${name.length} names but ${position.length} positions`);
  }
  if (velocity.length !== 0 && velocity.length !== name.length) {
    return malformed(`${name.length} names but ${velocity.length} velocities`);
  }
  if (new Set(name).size !== name.length) return malformed('a joint is named twice');
  const at = name.findIndex((_, index) => !Number.isFinite(position[index]));
  if (at >= 0) return fault('SAGE_203', TOPIC, `position of ${name[at]} is ${position[at]}`);
  const fast = Array.from(velocity).findIndex((value) => Math.abs(value) === Number.POSITIVE_INFINITY);
  return fast < 0 ? null : fault('SAGE_203', TOPIC, `velocity of ${name[fast]} is ${velocity[fast]}`);
}

/**
 * Merges the joint states of several publishers (arm and gripper, say) by name. A joint that was not measured
 * within `age_max_ms` of the newest is left out, so that a publisher that stopped is missed, not carried along.
 */
export class JointMerger {
  private readonly joints = new Map<string, Joint>();
  private newest_ms = Number.NEGATIVE_INFINITY;
  /** Their names in order; null after one came or went. */
  private order: readonly string[] | null = null;

  constructor(private readonly age_max_ms: number) {}

  /** Takes a checked message. False where each of its joints is known at this stamp or later already. */
  take(message: JointStateMessage, stamp_ms: number): boolean {
    let advanced = false;
    message.name.forEach((name, index) => {
      const before = this.joints.get(name);
      if (before !== undefined && stamp_ms <= before.stamp_ms) return;
      advanced = true;
      if (before === undefined) this.order = null;
      const position = message.position[index]!;
      const given = message.velocity[index] ?? Number.NaN;
      const measured = !Number.isNaN(given);
      const velocity = measured ? given : rate(before, position, stamp_ms);
      this.joints.set(name, { stamp_ms, position, velocity, measuredVelocity: measured });
    });
    if (advanced) this.newest_ms = Math.max(this.newest_ms, stamp_ms);
    this.forget();
    return advanced;
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
    this.order ??= [...this.joints.keys()].sort();
    const fresh = this.order.map((name) => this.joints.get(name)!);
    const someMeasured = fresh.some(({ measuredVelocity }) => measuredVelocity);
    return {
      names: this.order,
      position: fresh.map(({ position }) => position),
      velocity: someMeasured ? fresh.map(({ velocity }) => velocity) : [],
    };
  }

  private forget(): void {
    for (const [name, joint] of this.joints) {
      if (this.newest_ms - joint.stamp_ms > this.age_max_ms) this.drop(name);
    }
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

function rate(before: Joint | undefined, position: number, stamp_ms: number): number {
  if (before === undefined) return 0;
  return (position - before.position) / ((stamp_ms - before.stamp_ms) / 1000);
}

function read(bytes: Uint8Array): JointStateMessage | Fault {
  try {
    return readJointState(bytes);
  } catch (thrown) {
    if (thrown instanceof CdrError) return fault('SAGE_208', TOPIC, thrown.message);
    throw thrown;
  }
}

/** Reads `joint_states`. A message with anything not finite is refused whole (SAGE_203). */
export function jointsBlock({ node, clock, sink, parameters }: SensorPorts): Block {
  const stale_ms = parameters.kernel.joints_stale_ms;
  const source = new Source('joints', sink, clock, { stale_ms, required: true });
  const merger = new JointMerger(stale_ms);
  node.subscribeRaw('sensor_msgs/msg/JointState', TOPIC, SENSOR, (bytes) => {
    const message = read(bytes);
    if ('code' in message) return source.bad(message);
    const found = checkJointState(message);
    if (found !== null) return source.bad(found);
    const now_ms = clock.now_ms();
    const given_ms = stampToMs(message.header.stamp);
    const stamp_ms = given_ms === 0 ? now_ms : given_ms;
    if (stamp_ms > now_ms + FUTURE_MAX_MS || stamp_ms < now_ms - PAST_MAX_MS) {
      const detail = `${span(stamp_ms - now_ms)} from the clock`;
      return source.bad(fault('SAGE_209', TOPIC, detail));
    }
    if (merger.stamp_ms > now_ms + FUTURE_MAX_MS) merger.reset();
    if (!merger.take(message, stamp_ms)) return;
    source.good({
      kind: 'joints',
      source: 'joints',
      stamp_ms: merger.stamp_ms,
      received_ms: now_ms,
      ...merger.merged(),
    });
  });
  return { health: () => [source.health()], close: () => {} };
}
