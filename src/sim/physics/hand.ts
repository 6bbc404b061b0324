import { seededRandom } from '../../contracts/ports.js';
import { basePointToPixel } from '../../robot/camera.js';
import { applyPoint, fromRpy, type Transform } from '../../robot/transform.js';
import { HAND_OUTLINE } from '../scene/hand-shape.js';
import type { SceneLook } from '../scene/look.js';

/** Speed at which a hand comes and goes, m/s, and its braking, m/s². */
const SPEED = 1;
const BRAKING = 6;
/** Farthest that a hand begins outside of the view, m. */
const START_MAX_M = 1.6;
/** A ball near the border of the image looks this much larger than in its middle. */
const WIDENING = 1.3;

interface Visit {
  /** Where the palm rests, m. */
  readonly target: readonly [number, number, number];
  /** Direction of the fingers on the way in, rad about z. */
  readonly heading_rad: number;
  readonly start_m: number;
  /** Distance still to go, m; grows again when it leaves. */
  away_m: number;
  stays_s: number;
  since_s: number;
  readonly phase: number;
}

/** A person's hand that reaches into the scene, moves about a little, and leaves the way it came. */
export class Hand {
  private visit: Visit | null = null;
  private readonly random;

  constructor(
    seed: number,
    private readonly look: SceneLook,
  ) {
    this.random = seededRandom(seed ^ 0x4a2d);
  }

  /** Lets a hand come, and stay for `for_s` once it is there; one that is there stays as long from now on. */
  enter(for_s: number): void {
    if (this.visit !== null) {
      this.visit.stays_s = for_s;
      return;
    }
    const between = (low: number, high: number): number => low + (high - low) * this.random.next();
    const distance = between(0.3, 0.42);
    const bearing = between(-0.5, 0.5);
    const target = [
      distance * Math.cos(bearing) + this.look.aside_m[0],
      distance * Math.sin(bearing) + this.look.aside_m[1],
      between(0.085, 0.13),
    ] as const;
    // people stand in front of the table or at its sides, never where the arm is
    const from_rad = between(0.25, 1.6) * (this.random.next() < 0.5 ? -1 : 1);
    const heading_rad = from_rad + Math.PI;
    const phase = between(0, 6);
    const start_m = this.startOutside(target, heading_rad, phase);
    this.visit = {
      target,
      heading_rad,
      start_m,
      away_m: start_m,
      stays_s: for_s,
      since_s: 0,
      phase,
    };
  }

  /** Advances by `dt_s`. */
  step(dt_s: number): void {
    const { visit } = this;
    if (visit === null) return;
    visit.since_s += dt_s;
    if (visit.stays_s > 0) {
      const speed = Math.min(SPEED, Math.sqrt(2 * BRAKING * Math.max(0, visit.away_m)) + 0.02);
      visit.away_m = Math.max(0, visit.away_m - speed * dt_s);
      if (visit.away_m === 0) visit.stays_s -= dt_s;
    } else {
      visit.away_m += SPEED * dt_s;
      if (visit.away_m >= visit.start_m) this.visit = null;
    }
  }

  /** Pose of the palm in the base frame; null while there is no hand. */
  get pose(): Transform | null {
    const { visit } = this;
    if (visit === null) return null;
    return poseAt(visit.target, visit.heading_rad, visit.away_m, visit.since_s, visit.phase);
  }

  /** Whether the camera sees any part of the hand. */
  get visible(): boolean {
    const { pose } = this;
    return pose !== null && this.inView(pose);
  }

  private startOutside(target: Visit['target'], heading_rad: number, phase: number): number {
    for (let away = 0.3; away < START_MAX_M; away += 0.02) {
      if (!this.inView(poseAt(target, heading_rad, away, 0, phase))) return away + 0.02;
    }
    return START_MAX_M;
  }

  private inView(pose: Transform): boolean {
    return HAND_OUTLINE.some(({ at, radius_m }) => this.sees(applyPoint(pose, at), radius_m));
  }

  private sees(point: readonly [number, number, number], radius_m: number): boolean {
    const { camera, camera_pose } = this.look;
    const pixel = basePointToPixel(camera, camera_pose, point);
    if (pixel === null) return false;
    const [x, y, z] = camera_pose.position_m;
    const away_m = Math.hypot(point[0] - x, point[1] - y, point[2] - z);
    const reach = (WIDENING * camera.fx * radius_m) / away_m;
    return (
      pixel[0] > -reach &&
      pixel[1] > -reach &&
      pixel[0] < camera.width - 1 + reach &&
      pixel[1] < camera.height - 1 + reach
    );
  }
}

/** The palm `away_m` before its place, swaying by some centimetres as a hand at work does. */
function poseAt(
  target: Visit['target'],
  heading_rad: number,
  away_m: number,
  time_s: number,
  phase: number,
): Transform {
  const [cos, sin] = [Math.cos(heading_rad), Math.sin(heading_rad)];
  const along = 0.02 * Math.sin(2.1 * time_s + phase) - away_m;
  const across = 0.025 * Math.sin(3.3 * time_s + 2 * phase);
  const rise = 0.1 * Math.min(1, away_m / 0.6) + 0.01 * Math.sin(2.7 * time_s);
  return fromRpy(
    [target[0] + along * cos - across * sin, target[1] + along * sin + across * cos, target[2] + rise],
    [0.12 * Math.sin(1.9 * time_s + phase), 0.08, heading_rad + 0.1 * Math.sin(2.4 * time_s)],
  );
}
