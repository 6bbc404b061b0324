import type { GoalEvent } from '../contracts/goal.js';
import type { HStepResult } from '../contracts/plan.js';
import type { Situation } from './situation.js';

/** An outcome is credited to the sources for about this long, s. */
const CREDIT_S = 2;
/** A task that has made no step for this long does not go well, s. */
const STEP_EXPECTED_S = 8;

/** How well things go: the credit of outcomes to sources, and the performance that metabolism runs on. */
export class Learner {
  private credit = 0.5;
  private stepped_ms: number | null = null;
  private performanceNow: number | null = null;

  /** 0..1, null without a task. */
  get performance(): number | null {
    return this.performanceNow;
  }

  /** 0..1 per source, 0.5 = neither reward nor failure. Both sources that the job rests on share its outcome. */
  reward(): ReadonlyMap<string, number> {
    return new Map([
      ['camera', this.credit],
      ['joints', this.credit],
    ]);
  }

  /** Disagreement and uncertainty per source, 0..1. */
  conflict(situation: Situation): ReadonlyMap<string, number> {
    const uncertainty = situation.vision_confidence === null ? 0 : 1 - situation.vision_confidence;
    const camera = Math.min(1, 0.5 * uncertainty + 0.5 * situation.vision_conflict);
    return new Map([['camera', camera]]);
  }

  /**
   * Takes in what the cycle brought. Performance is the mean of the coherence of the refinements and of how recently
   * the task made a step: one that was just made counts 1, none for 8 s counts 0.
   */
  update(
    situation: Situation,
    hstep: HStepResult,
    stepped: boolean,
    events: readonly GoalEvent[],
    dt_s: number,
  ): void {
    this.credit += (0.5 - this.credit) * Math.min(1, dt_s / CREDIT_S);
    if (stepped) this.credit = Math.max(this.credit, 0.8);
    for (const event of events) {
      if (event.status === 'satisfied') this.credit = 1;
      if (event.status === 'failed') this.credit = 0;
    }
    if (situation.goals.active === null) {
      this.stepped_ms = null;
      this.performanceNow = null;
      return;
    }
    if (stepped || this.stepped_ms === null) this.stepped_ms = situation.now_ms;
    const recency = Math.max(0, 1 - (situation.now_ms - this.stepped_ms) / (STEP_EXPECTED_S * 1000));
    this.performanceNow = 0.5 * hstep.coherence + 0.5 * recency;
  }
}
