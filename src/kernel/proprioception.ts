import { type Fault, fault } from '../contracts/errors.js';
import type { ArmState } from '../contracts/motion.js';
import type { JointsReading } from '../contracts/observation.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { unwrapped } from '../robot/joint-wrapping.js';
import { staleFault } from './active-faults.js';
import type { Body } from './body.js';
import { BoundedHistory } from './bounded-history.js';
import { ContradictionDetector } from './contradiction-detector.js';

/** Joint states kept, to look up the posture at an image's stamp. */
const POSTURES_MAX = 64;
/** Faster joint states are thinned to this interval, so that the history reaches back far enough, ms. */
const POSTURE_EVERY_MS = 10;
/** At most this many joints are named in a fault. */
const NAMES_MAX = 4;
/** Gripper drivers are slower than arm drivers: factor on the age at which fingers count as lost. */
const FINGERS_STALE_FACTOR = 4;
/** Minimum baseline of a velocity from positions: over less, encoder steps and jitter dominate, ms. */
const SLOPE_MS = 20;
/** The arm moved if a joint changed by this within that time, rad or m: above encoder noise. */
const MOVED = 0.004;
const MOVED_WITHIN_MS = 400;
/** It is still moving if a joint changed by this within that time, which covers the error of image stamps. */
const MOVES = 0.0006;
const MOVES_WITHIN_MS = 100;
/** The fingers are moving if their opening changed by this within that time. */
const FINGERS_MOVED = 0.01;
const FINGERS_MOVED_WITHIN_MS = 150;

/** The last measurement of a joint. */
interface MeasuredJoint {
  value: number;
  stamp_ms: number;
}

/** Layout of a reading, by its joint names; cached, because readings repeat the same names. */
interface Layout {
  readonly names: readonly string[];
  readonly body: Body | null;
  readonly measured: readonly MeasuredJoint[];
  /** Index of each arm joint in the reading; -1 if missing. */
  readonly arm: readonly number[];
  readonly lacking: Fault | null;
}

/** The last values of joints, by name. */
class JointValueStore {
  private readonly joints = new Map<string, MeasuredJoint>();

  has(joint: string): boolean {
    return this.joints.has(joint);
  }

  get(joint: string): number | undefined {
    return this.joints.get(joint)?.value;
  }

  /** Time of the last measurement of a joint, ms; 0 before the first. */
  stamp_ms(joint: string): number {
    return this.joints.get(joint)?.stamp_ms ?? 0;
  }

  /** The entry of a joint, created if missing. */
  place(joint: string): MeasuredJoint {
    const place = this.joints.get(joint) ?? { value: 0, stamp_ms: 0 };
    this.joints.set(joint, place);
    return place;
  }

  all(): Map<string, number> {
    const all = new Map<string, number>();
    for (const [name, { value }] of this.joints) all.set(name, value);
    return all;
  }
}

/** The body as the joints report it: recent postures of the arm, and the fingers. */
export class Proprioception {
  /** Arm joints missing from the newest reading, or null. */
  fault: Fault | null = null;
  private readonly postures = new BoundedHistory<ArmState>(POSTURES_MAX);
  private readonly fingers = new BoundedHistory<{ stamp_ms: number; opening: number }>(POSTURES_MAX);
  private readonly values = new JointValueStore();
  private layout: Layout | null = null;
  private readonly contradictions = new ContradictionDetector();

  constructor(private readonly parameters: Parameters) {}

  /** Resets for a new body: earlier measurements do not apply, unless the arm has the same joints. */
  reset(same_arm: boolean): void {
    this.fault = null;
    if (!same_arm) this.postures.clear();
    this.contradictions.reset();
    this.fingers.clear();
  }

  /** Processes a reading; without a body, only the values are kept. */
  take(reading: JointsReading, stamp_ms: number, body: Body | null): void {
    const layout = this.layoutOf(reading.names, body);
    for (let index = 0; index < layout.measured.length; index++) {
      const measured = layout.measured[index]!;
      measured.value = reading.position[index] ?? 0;
      measured.stamp_ms = stamp_ms;
    }
    if (body === null) return;
    this.fault = layout.lacking;
    // Each finger has its own age: one whose publisher stopped must not pass as measured while the other
    // moves.
    const oldest_ms = stamp_ms - this.fingers_stale_ms;
    const fingers = body.opening(this.values, (name) => this.values.stamp_ms(name) >= oldest_ms);
    if (fingers !== null) this.fingers.push({ stamp_ms, opening: fingers });
    // A joint missing from the reading was not measured: its last value must not pass as new.
    if (layout.lacking === null) this.keepPosture(reading, stamp_ms, body, layout.arm);
  }

  private keepPosture(reading: JointsReading, stamp_ms: number, body: Body, arm: readonly number[]): void {
    const position: number[] = [];
    for (const index of arm) position.push(reading.position[index] ?? Number.NaN);
    if (!this.contradictions.take({ stamp_ms, position }, body)) return;
    const before = this.postures.back(0);
    const from = this.postureBefore(stamp_ms - SLOPE_MS);
    const velocity: number[] = [];
    for (let joint = 0; joint < arm.length; joint++) {
      velocity.push(reading.velocity[arm[joint]!] ?? slope(from, stamp_ms, position, joint));
    }
    const earlier = this.postures.back(1);
    const posture = { stamp_ms, joints: body.joints, position, velocity };
    const crowded =
      before !== undefined && earlier !== undefined && before.stamp_ms - earlier.stamp_ms < POSTURE_EVERY_MS;
    if (crowded) this.postures.replace(posture);
    else this.postures.push(posture);
  }

  /** The newest posture not newer than the stamp; the oldest if all are newer. */
  private postureBefore(stamp_ms: number): ArmState | undefined {
    let at = this.postures.length - 1;
    while (at > 0 && this.postures.at(at)!.stamp_ms > stamp_ms) at--;
    return this.postures.at(at);
  }

  private layoutOf(names: readonly string[], body: Body | null): Layout {
    const known = this.layout;
    if (known !== null && known.body === body && sameNames(known.names, names)) return known;
    this.layout = {
      names,
      body,
      measured: names.map((name) => this.values.place(name)),
      arm: body === null ? [] : body.joints.map((name) => names.lastIndexOf(name)),
      lacking: body === null ? null : missingJoints(names, body),
    };
    return this.layout;
  }

  /** The newest posture of the arm; null before the first. */
  get arm(): ArmState | null {
    return this.postures.back(0) ?? null;
  }

  /** Describes a joint carrying the arm that is not where motions are planned for; null if there is none. */
  displaced(body: Body | null): string | null {
    return body?.displaced(this.values) ?? null;
  }

  /** That readings of the arm contradict each other, or null: nobody knows then where it is. */
  contradiction(now_ms: number): Fault | null {
    return this.contradictions.fault(now_ms);
  }

  /** Whether readings have agreed for a while on where the arm is. */
  get agree(): boolean {
    return this.contradictions.agree;
  }

  /** Whether the newest posture is current. */
  fresh(now_ms: number): boolean {
    const { arm } = this;
    return arm !== null && now_ms - arm.stamp_ms <= this.parameters.kernel.joints_stale_ms;
  }

  /** The arm is no longer measured, or null; readings that lack joints raise their own fault. */
  staleArm(now_ms: number): Fault | null {
    const { arm } = this;
    if (arm === null || this.fault !== null || this.fresh(now_ms)) return null;
    return staleFault('joint_states', now_ms - arm.stamp_ms, this.parameters.kernel.joints_stale_ms);
  }

  /** The fingers are no longer measured, or null. */
  staleFingers(now_ms: number): Fault | null {
    const { fingers_stamp_ms: stamp_ms } = this;
    if (stamp_ms === null || !this.fingersLost(now_ms)) return null;
    return staleFault('fingers', now_ms - stamp_ms, this.fingers_stale_ms);
  }

  /**
   * Whether the arm was moving when an image was taken. One just come to rest was not, however late the image
   * is.
   */
  movedAt(stamp_ms: number): boolean {
    return (
      this.rangeWithin(stamp_ms, MOVED_WITHIN_MS) > MOVED &&
      this.rangeWithin(stamp_ms, MOVES_WITHIN_MS) > MOVES
    );
  }

  /** Largest change of any joint in the window before a stamp, rad or m. */
  private rangeWithin(stamp_ms: number, time_ms: number): number {
    const within: (readonly number[])[] = [];
    for (let at = 0; at < this.postures.length; at++) {
      const posture = this.postures.at(at)!;
      if (posture.stamp_ms <= stamp_ms && stamp_ms - posture.stamp_ms <= time_ms)
        within.push(posture.position);
    }
    const last = within.at(-1);
    if (last === undefined) return 0;
    let most = 0;
    for (let joint = 0; joint < last.length; joint++) {
      const now = last[joint]!;
      let least = now;
      let largest = now;
      for (const position of within) {
        const value = unwrapped(position[joint] ?? 0, now);
        if (value < least) least = value;
        if (value > largest) largest = value;
      }
      if (largest - least > most) most = largest - least;
    }
    return most;
  }

  /** Joint values by name at the time nearest to the stamp. */
  valuesAt(stamp_ms: number): ReadonlyMap<string, number> {
    const values = this.values.all();
    let best: ArmState | null = null;
    let nearest_ms = Number.POSITIVE_INFINITY;
    for (let at = 0; at < this.postures.length; at++) {
      const posture = this.postures.at(at)!;
      const away_ms = Math.abs(posture.stamp_ms - stamp_ms);
      if (best !== null && away_ms >= nearest_ms) continue;
      best = posture;
      nearest_ms = away_ms;
    }
    if (best === null) return values;
    const { joints, position } = best;
    for (let joint = 0; joint < joints.length; joint++) values.set(joints[joint]!, position[joint] ?? 0);
    return values;
  }

  /** 0 closed .. 1 open; null if the fingers are not measured. */
  opening(now_ms: number): number | null {
    return this.fingersLost(now_ms) ? null : (this.fingers.back(0)?.opening ?? null);
  }

  /** True if this body's fingers were measured and no longer are. */
  fingersLost(now_ms: number): boolean {
    const last = this.fingers_stamp_ms;
    return last !== null && now_ms - last > this.fingers_stale_ms;
  }

  /** Time of the last measurement of the fingers; null before the first. */
  private get fingers_stamp_ms(): number | null {
    return this.fingers.back(0)?.stamp_ms ?? null;
  }

  private get fingers_stale_ms(): number {
    return FINGERS_STALE_FACTOR * this.parameters.kernel.joints_stale_ms;
  }

  get fingers_moving(): boolean {
    const last = this.fingers.back(0);
    if (last === undefined) return false;
    let first = 0;
    while (last.stamp_ms - this.fingers.at(first)!.stamp_ms > FINGERS_MOVED_WITHIN_MS) first++;
    const before = this.fingers.at(first)!;
    return Math.abs(last.opening - before.opening) > FINGERS_MOVED;
  }
}

function sameNames(some: readonly string[], others: readonly string[]): boolean {
  return (
    some === others || (some.length === others.length && some.every((name, index) => name === others[index]))
  );
}

/** What a reading lacks of the arm: it names another robot's joints, or some are no longer measured. */
function missingJoints(names: readonly string[], body: Body): Fault | null {
  const missing = body.joints.filter((name) => !names.includes(name));
  if (missing.length === 0) return null;
  const unknown = names.filter((name) => !body.knows(name));
  const lacking = `no value for ${missing.slice(0, NAMES_MAX).join(', ')}`;
  return unknown.length === 0
    ? fault('SAGE_205', 'joint_states', lacking)
    : fault('SAGE_204', 'joint_states', `${unknown.slice(0, NAMES_MAX).join(', ')}; ${lacking}`);
}

/** Velocity from an earlier posture if the driver reports none, rad/s or m/s. */
function slope(
  before: ArmState | undefined,
  stamp_ms: number,
  position: readonly number[],
  joint: number,
): number {
  if (before === undefined || stamp_ms <= before.stamp_ms) return 0;
  const from = before.position[joint] ?? 0;
  return (unwrapped(position[joint] ?? 0, from) - from) / ((stamp_ms - before.stamp_ms) / 1000);
}
