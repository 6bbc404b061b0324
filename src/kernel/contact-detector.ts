import type { ArmState } from '../contracts/motion.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { wrappedLike } from '../robot/joint-wrapping.js';
import type { Body } from './body.js';
import type { Execution } from './execution.js';

/** Window over which the tip's actual and planned descent are compared, ms. */
const WINDOW_MS = 150;
/** Tip heights kept; covers the window at any feasible cycle rate. */
const HEIGHTS_MAX = 64;
/** Upper bound on the arm's tracking lag, and margin on the measured lag, ms. */
const LAG_MAX_MS = 300;
const LAG_SLACK = 1.25;
const LAG_SLACK_MS = 30;
/** The lag is only estimated where the plan is at least this fast, rad/s or m/s. */
const LAG_VELOCITY = 0.1;
/** Decay per reading of a past lag longer than the current one. */
const LAG_DECAY = 0.98;
/** Below this share of the planned descent, the arm counts as stalled. */
const STALLED_SHARE = 0.25;
/**
 * The plan counts as descending if it drops by this share of `safety.contact_m` within the window; otherwise
 * it is at its end.
 */
const COMES_DOWN_SHARE = 0.5;
/** At the end of the plan, an arm that descended less than this share within the window is at rest. */
const RESTS_SHARE = 0.1;

interface Height {
  readonly stamp_ms: number;
  readonly tip_m: number;
}

/**
 * Detects contact on the way down from joint positions alone: the tip stays above its planned path by more than
 * `safety.contact_m` beyond the arm's usual tracking lag, and stops descending while the plan descends. The lag is learned
 * from the arm's own motions; until then 300 ms are assumed.
 */
export class ContactDetector {
  /** How far the tip is held above its planned path, m; null without contact. */
  contact_m: number | null = null;
  private heights: Height[] = [];
  private execution: Execution | null = null;
  private lag_ms: number | null = null;

  constructor(private readonly safety: Pick<Parameters['safety'], 'contact_m' | 'slowest_scale'>) {}

  /** Processes the newest posture; `execution` is the trajectory in progress, null if none. */
  update(arm: ArmState | null, execution: Execution | null, body: Body | null): void {
    const followed = execution === null || execution.hold ? null : execution;
    if (followed !== this.execution) {
      this.execution = followed;
      this.heights = [];
      this.contact_m = null;
    }
    if (arm === null || body === null || followed === null || this.safety.contact_m === 0) return;
    if (this.heights.at(-1)?.stamp_ms === arm.stamp_ms) return;
    this.learnLag(arm, followed, body.continuous);
    this.heights.push({ stamp_ms: arm.stamp_ms, tip_m: body.tip(arm.position)[2] });
    if (this.heights.length > HEIGHTS_MAX) this.heights.shift();
    this.contact_m ??= this.contactHeight(followed, body);
  }

  private contactHeight(execution: Execution, body: Body): number | null {
    const now = this.heights.at(-1)!;
    const before = this.heights.findLast(({ stamp_ms }) => now.stamp_ms - stamp_ms >= WINDOW_MS);
    if (before === undefined) return null;
    const { contact_m, slowest_scale } = this.safety;
    const lag_ms = Math.min(LAG_MAX_MS, LAG_SLACK * (this.lag_ms ?? LAG_MAX_MS) + LAG_SLACK_MS);
    const planned = (at_ms: number): number => body.tip(execution.expectedAt(at_ms))[2];
    const latest_m = planned(now.stamp_ms - lag_ms);
    const short_m = now.tip_m - latest_m;
    const should_m = planned(before.stamp_ms - lag_ms) - latest_m;
    const came_m = before.tip_m - now.tip_m;
    const goesDown = should_m > COMES_DOWN_SHARE * contact_m;
    const least_m = goesDown ? STALLED_SHARE * slowest_scale * should_m : RESTS_SHARE * contact_m;
    const wentDown = this.heights[0]!.tip_m - latest_m > contact_m;
    return short_m > contact_m && wentDown && came_m < least_m ? short_m : null;
  }

  /** Estimates how far the arm lags behind its plan: deviation along the path divided by the speed on it. */
  private learnLag(arm: ArmState, execution: Execution, endless: readonly boolean[]): void {
    const velocity = execution.velocityAt(arm.stamp_ms);
    const expected = execution.expectedAt(arm.stamp_ms);
    const position = wrappedLike(arm.position, expected, endless);
    let [behind, speed2, follows] = [0, 0, 0];
    for (let joint = 0; joint < velocity.length; joint++) {
      const rate = velocity[joint]!;
      behind += rate * ((expected[joint] ?? 0) - (position[joint] ?? 0));
      speed2 += rate * rate;
      follows += rate * (arm.velocity[joint] ?? 0);
    }
    if (speed2 < LAG_VELOCITY ** 2 || follows < 0.5 * speed2) return;
    const lag_ms = Math.min(LAG_MAX_MS, Math.max(0, (1000 * behind) / speed2));
    this.lag_ms = Math.max(lag_ms, LAG_DECAY * (this.lag_ms ?? 0));
  }
}
