import type { MetabolicStatus } from '../contracts/metabolism.js';
import type { MemoryReport, SalienceScorer } from '../contracts/salience.js';
import type { Outcome } from './learn.js';

const NOTHING: MemoryReport = { remembered: 0, waiting: 0, examined: 0, merged: 0, learned: 0 };

/**
 * The kernel's memory work: records how tasks ended, and consolidates as much as the metabolic state has time
 * for. The amount is reported when the state ends.
 */
export class MemoryWork {
  private now = NOTHING;
  /** Counters at the start of the current state. */
  private before = NOTHING;

  get report(): MemoryReport {
    return this.now;
  }

  /**
   * Returns in words what was consolidated in a state that has just ended; empty for nothing, or if none
   * ended.
   */
  advance(
    salience: SalienceScorer,
    outcomes: readonly Outcome[],
    policy: MetabolicStatus,
    dt_s: number,
  ): string {
    const told = policy.changed ? this.summaryOf(policy.previous) : '';
    if (policy.changed) this.before = this.now;
    for (const { value, sources } of outcomes) salience.noteOutcome(value, sources);
    this.now = salience.consolidate(policy.consolidation_rate * dt_s);
    return told;
  }

  private summaryOf(state: string): string {
    const { now, before } = this;
    const merged = now.merged - before.merged;
    const learned = now.learned - before.learned;
    if (merged === 0 && learned === 0) return '';
    const looked = `looked at ${now.examined - before.examined} memories`;
    return `consolidated in ${state}: ${looked}, merged ${merged}, learned ${learned} outcomes; ${now.remembered} remembered`;
  }
}
