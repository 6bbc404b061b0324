import { type Fault, fault } from '../contracts/errors.js';
import { digits } from '../contracts/readable.js';
import { unwrapped, wrappedLike } from '../robot/joint-wrapping.js';
import type { Body } from './body.js';

/** A joint may be this many times faster than its limit between two readings: limits and stamps are not exact. */
const SPEED_FACTOR = 1.5;
/** And jump by this besides, whatever the time between, rad; stamps of arrival come in bursts. */
const JUMP_FREE = 0.1;
/** A jump that lasts this long, ms, or two of the intervals before it, is where the arm is now. */
const LASTING_MIN_MS = 100;
const LASTING_MAX_MS = 200;
/** This many jumps there and back in that time contradict each other, ms; so long after the last one they still do. */
const RETURNS = 3;
const WITHIN_MS = 2000;
/** Readings agree once they have done so for this long: a second publisher is heard by then, ms. */
const AGREE_MS = 200;

interface Posture {
  readonly stamp_ms: number;
  readonly position: readonly number[];
}

/**
 * Tells apart an arm that was moved from two publishers of the same joints, as a joint_state_publisher beside the driver:
 * postures then alternate faster than the arm can move. A posture that cannot be reached from the one before is believed
 * once it lasts; when the former ones come back instead, that is a contradiction.
 */
export class ContradictionDetector {
  private believed: Posture | null = null;
  private first_ms = 0;
  /** Between the last two that were believed, ms. */
  private interval_ms = 0;
  /** The last posture out of reach, and since when such come. */
  private doubted: (Posture & { readonly since_ms: number }) | null = null;
  /** When postures came back from a jump, the newest last. */
  private readonly returns_ms: number[] = [];
  private told = '';

  /** Whether the posture of a reading can be believed. */
  take(here: Posture, body: Body): boolean {
    const { believed, doubted } = this;
    if (believed === null || here.stamp_ms < believed.stamp_ms || jump(believed, here, body) === null) {
      if (doubted !== null && believed !== null && here.stamp_ms >= believed.stamp_ms)
        this.noteReturn(doubted, here, body);
      this.believe(here);
      return true;
    }
    const follows = doubted !== null && jump(doubted, here, body) === null;
    const since_ms = follows ? doubted.since_ms : here.stamp_ms;
    const lasting_ms = Math.min(LASTING_MAX_MS, Math.max(LASTING_MIN_MS, 2 * this.interval_ms));
    if (here.stamp_ms - since_ms >= lasting_ms) {
      this.believe(here);
      return true;
    }
    this.doubted = { ...here, since_ms };
    return false;
  }

  /** Another body: nothing is known of it. */
  reset(): void {
    this.believed = null;
    this.doubted = null;
    this.interval_ms = 0;
    this.returns_ms.length = 0;
  }

  /** That readings contradict each other, or null. */
  fault(now_ms: number): Fault | null {
    const [first_ms] = this.returns_ms;
    if (this.returns_ms.length < RETURNS || first_ms === undefined) return null;
    const last_ms = this.returns_ms.at(-1)!;
    if (last_ms - first_ms > WITHIN_MS || Math.abs(now_ms - last_ms) > WITHIN_MS) return null;
    return fault('SAGE_214', 'joint_states', this.told);
  }

  /** Whether nothing has contradicted the readings for a while, and there were some: then one posture is where the arm is. */
  get agree(): boolean {
    const { believed, returns_ms, first_ms } = this;
    if (believed === null || believed.stamp_ms - first_ms < AGREE_MS) return false;
    const last_ms = returns_ms.at(-1);
    return last_ms === undefined || Math.abs(believed.stamp_ms - last_ms) > WITHIN_MS;
  }

  private believe(here: Posture): void {
    if (this.believed === null || here.stamp_ms < this.first_ms) this.first_ms = here.stamp_ms;
    this.interval_ms = this.believed === null ? 0 : Math.max(0, here.stamp_ms - this.believed.stamp_ms);
    this.believed = here;
    this.doubted = null;
  }

  private noteReturn(doubted: Posture, here: Posture, body: Body): void {
    this.returns_ms.push(here.stamp_ms);
    if (this.returns_ms.length > RETURNS) this.returns_ms.shift();
    if (this.fault(here.stamp_ms) !== null && this.told !== '') return;
    const joint = jump(doubted, here, body) ?? 0;
    const [one, other] = [doubted.position[joint] ?? 0, here.position[joint] ?? 0].sort((a, b) => a - b);
    this.told = `${body.joints[joint]} alternates between ${digits(one!)} and ${digits(other!)} ${body.unitOf(joint)}`;
  }
}

/** The joint that cannot have come from one posture to the other in the time between, the farthest; null where all can. */
function jump(from: Posture, to: Posture, body: Body): number | null {
  const { limits } = body.context.chain;
  const elapsed_s = Math.abs(to.stamp_ms - from.stamp_ms) / 1000;
  const turned = wrappedLike(to.position, from.position, body.continuous);
  let most = 0;
  let worst: number | null = null;
  for (let joint = 0; joint < turned.length; joint++) {
    const before = from.position[joint] ?? 0;
    const way = Math.abs(unwrapped(turned[joint]!, before) - before);
    const free = JUMP_FREE / (body.tolerance_scales[joint] ?? 1);
    const beyond = way - free - SPEED_FACTOR * (limits[joint]?.velocity ?? 0) * elapsed_s;
    if (beyond > most) [most, worst] = [beyond, joint];
  }
  return worst;
}
