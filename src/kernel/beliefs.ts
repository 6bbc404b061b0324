import type { Vec3 } from '../contracts/geometry.js';
import type { BelievedObject, GoalConstraints, TargetDescription } from '../contracts/goal.js';
import type { SeenObject, VisionAnswer } from '../contracts/vision.js';
import type { PullAtPlace } from './attention-focus.js';

/** Factor on the confidence each time an object is not seen although its place is visible. */
const MISS_FACTOR = 0.6;
const FORGET_BELOW = 0.2;
const OBJECTS_MAX = 64;
/** How strongly attention biases the choice among matching objects (seeds/000 §2.3). */
const PULL_STRENGTH = 0.5;

/** Whether a place can be seen now, i.e. is not hidden by the robot's own body. */
export type Visibility = (position_m: Vec3) => boolean;

/**
 * The node's belief of what is on the table, fused from sightings. A sighting moves a belief by its weight
 * (trust × confidence). An object missing from a visible place fades; one behind the arm is kept.
 */
export class Beliefs {
  private objects: BelievedObject[] = [];
  private counter = 0;

  /** @param same_object_m two sightings of one colour closer than this are the same object */
  constructor(private readonly same_object_m: number) {}

  get all(): readonly BelievedObject[] {
    return this.objects;
  }

  /**
   * Fuses one answer of vision.
   * @param weight trust of the plugin over the largest trust, 0..1
   * @returns disagreement between the answer and the prior beliefs, 0..1
   */
  integrate(answer: VisionAnswer, weight: number, visible: Visibility): number {
    const unmatched = new Set(this.objects);
    const next: BelievedObject[] = [];
    let surprising = 0;
    for (const seen of answer.objects) {
      const known = nearest(seen, unmatched, this.same_object_m);
      if (known === null) surprising += 1;
      else unmatched.delete(known);
      next.push(
        known === null ? this.create(seen, answer.stamp_ms) : merge(known, seen, answer.stamp_ms, weight),
      );
    }
    for (const missed of unmatched) {
      const hidden = !visible(missed.position_m);
      const confidence = hidden ? missed.confidence : missed.confidence * MISS_FACTOR;
      if (!hidden) surprising += 1;
      if (confidence >= FORGET_BELOW) next.push({ ...missed, confidence });
    }
    next.sort((a, b) => b.confidence - a.confidence || a.id.localeCompare(b.id));
    this.objects = next.slice(0, OBJECTS_MAX);
    return next.length === 0 ? 0 : surprising / next.length;
  }

  /**
   * The object that matches the description, or null. Among several, the one with the highest confidence plus
   * PULL_STRENGTH times the pull of its place: "the block" is the one just put there.
   */
  find(
    target: TargetDescription,
    pullAt: PullAtPlace = () => 0,
    side: GoalConstraints['side'] = null,
  ): BelievedObject | null {
    let found: BelievedObject | null = null;
    let most = Number.NEGATIVE_INFINITY;
    for (const object of this.objects) {
      if (!fits(object, target) || !onSide(object, side)) continue;
      const weight = object.confidence + PULL_STRENGTH * pullAt(object.position_m);
      if (weight > most) [found, most] = [object, weight];
    }
    return found;
  }

  /** Removes an object that is in the gripper and so no longer where it was seen. */
  remove(id: string): void {
    this.objects = this.objects.filter((object) => object.id !== id);
  }

  private create(seen: SeenObject, stamp_ms: number): BelievedObject {
    this.counter += 1;
    const { kind, colour, position_m, yaw_rad, size_m, confidence } = seen;
    const id = `${colour}-${kind}-${this.counter}`;
    return {
      id,
      kind,
      colour,
      position_m,
      yaw_rad,
      size_m,
      confidence,
      seen_ms: stamp_ms,
      first_seen_ms: stamp_ms,
    };
  }
}

/** Left is +y of the base frame; x points forward (REP-103). */
function onSide({ position_m: [, y] }: BelievedObject, side: GoalConstraints['side']): boolean {
  return side === null || (side === 'left' ? y > 0 : y < 0);
}

export function fits(object: Pick<BelievedObject, 'colour' | 'kind'>, target: TargetDescription): boolean {
  return (
    (target.colour === null || object.colour === target.colour) &&
    (target.kind === null || object.kind === target.kind)
  );
}

function nearest(
  seen: SeenObject,
  candidates: ReadonlySet<BelievedObject>,
  within_m: number,
): BelievedObject | null {
  let best: BelievedObject | null = null;
  let best_m = within_m;
  for (const candidate of candidates) {
    const distance_m = Math.hypot(
      candidate.position_m[0] - seen.position_m[0],
      candidate.position_m[1] - seen.position_m[1],
    );
    if (distance_m < best_m && candidate.colour === seen.colour) {
      best = candidate;
      best_m = distance_m;
    }
  }
  return best;
}

function merge(known: BelievedObject, seen: SeenObject, stamp_ms: number, weight: number): BelievedObject {
  const gain = Math.min(1, Math.max(0.1, 0.6 * weight * seen.confidence + 0.1));
  const blend = (before: number, now: number): number => before + gain * (now - before);
  return {
    ...known,
    position_m: [
      blend(known.position_m[0], seen.position_m[0]),
      blend(known.position_m[1], seen.position_m[1]),
      blend(known.position_m[2], seen.position_m[2]),
    ],
    yaw_rad: seen.yaw_rad,
    size_m: blend(known.size_m, seen.size_m),
    confidence: blend(known.confidence, seen.confidence),
    seen_ms: stamp_ms,
  };
}
