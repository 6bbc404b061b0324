import type { GoalEvent } from '../contracts/goal.js';
import type { HStepResult, JobOffer } from '../contracts/plan.js';
import type { Faculty } from './faculty.js';
import type { Situation } from './situation.js';

/** Time over which an outcome is credited to the sources, s. */
const CREDIT_S = 2;
/** A task without a completed step for this long is not going well, s. */
const STEP_EXPECTED_S = 8;
/** A plugin the goal needs at least this much works for it; others run in the background. */
const NEEDED = 0.5;
/** Neither reward nor failure. */
const NEUTRAL = 0.5;
/** Credit for a completed step, less than for the whole goal. */
const STEP_CREDIT = 0.8;
const SOURCES_MAX = 64;

/** Credit for goals that ended; a cancelled or expired goal says nothing about its sources. */
const OUTCOMES: Partial<Record<GoalEvent['status'], number>> = { satisfied: 1, failed: 0 };

/** Results of a cycle that something can be learned from. */
export interface LearningInputs {
  readonly situation: Situation;
  readonly offers: readonly JobOffer[];
  readonly hstep: HStepResult;
  readonly stepped: boolean;
  readonly events: readonly GoalEvent[];
  readonly dt_s: number;
}

const NO_CONFLICT: ReadonlyMap<string, number> = new Map();

/** Outcome of a task, 0..1, and the sources it relied on. */
export interface Outcome {
  readonly value: number;
  readonly sources: readonly string[];
}

/** Assigns the credit of outcomes to sources, and measures the performance that the metabolism uses. */
export class Learner {
  private readonly credit = new Map<string, number>();
  /** Sources the active goal has relied on so far. */
  private readonly credited_sources = new Set<string>();
  private goal_id: string | null = null;
  /**
   * Last progress of the task: a completed step, or the end of the first refinement it needed; null = none
   * yet.
   */
  private stepped_ms: number | null = null;
  private performanceNow: number | null = null;

  /** 0..1; null without a task. */
  get performance(): number | null {
    return this.performanceNow;
  }

  /** Per source that a recent task relied on, 0..1; 0.5 = neither reward nor failure. */
  reward(): ReadonlyMap<string, number> {
    return this.credit;
  }

  /**
   * Disagreement and uncertainty per source, 0..1: half the mean uncertainty of the plugins that read it,
   * plus half the largest disagreement, either with the beliefs or between the plugins' uncertainties.
   */
  conflict(situation: Situation, faculties: readonly Faculty[]): ReadonlyMap<string, number> {
    const doubts = faculties.flatMap((faculty) => faculty.doubts?.(situation) ?? []);
    if (doubts.length === 0) return NO_CONFLICT;
    const sources = new Set(doubts.map(({ source }) => source));
    return new Map([...sources].map((source) => [source, conflictOf(doubts, source)]));
  }

  /**
   * Learns from a cycle; returns the tasks that ended in it. Performance is earned: 0 until the task has
   * completed a step or a refinement it needs. Then it is the mean of the refinements' coherence and of the
   * recency of progress: 1 for just now, 0 after 8 s without any.
   */
  update({ situation, offers, hstep, stepped, events, dt_s }: LearningInputs): readonly Outcome[] {
    this.decay(dt_s);
    this.noteSources(situation, offers, hstep);
    if (stepped) for (const source of this.credited_sources) this.raise(source, STEP_CREDIT);
    const outcomes = this.outcomesOf(events);
    for (const { value, sources } of outcomes) for (const source of sources) this.credit.set(source, value);
    if (outcomes.length > 0 || situation.goals.active === null) this.credited_sources.clear();
    this.updatePerformance(situation, stepped, hstep.coherence, () => madeProgress(offers, hstep));
    return outcomes;
  }

  private decay(dt_s: number): void {
    for (const [source, credit] of this.credit) {
      const faded = credit + (NEUTRAL - credit) * Math.min(1, dt_s / CREDIT_S);
      if (Math.abs(faded - NEUTRAL) < 1e-3) this.credit.delete(source);
      else this.credit.set(source, faded);
    }
  }

  /** The goal relies on the sources of the plugins refined while it is active, and on the joints it moves. */
  private noteSources(
    { goals, execution }: Situation,
    offers: readonly JobOffer[],
    hstep: HStepResult,
  ): void {
    if (goals.active === null) return;
    for (const { plugin, sources } of offers) {
      if (!hstep.results.some((result) => result.plugin === plugin)) continue;
      for (const source of sources) this.credited_sources.add(source);
    }
    if (execution !== null) this.credited_sources.add('joints');
  }

  private raise(source: string, credit: number): void {
    if (this.credit.size >= SOURCES_MAX && !this.credit.has(source)) return;
    this.credit.set(source, Math.max(this.credit.get(source) ?? NEUTRAL, credit));
  }

  private outcomesOf(events: readonly GoalEvent[]): Outcome[] {
    if (events.length === 0) return [];
    const sources = [...this.credited_sources].sort().slice(0, SOURCES_MAX);
    return events.flatMap(({ status }) => {
      const value = OUTCOMES[status];
      return value === undefined ? [] : [{ value, sources }];
    });
  }

  private updatePerformance(
    situation: Situation,
    stepped: boolean,
    coherence: number,
    madeProgress: () => boolean,
  ): void {
    const { now_ms, goals } = situation;
    const goal_id = goals.active?.goal_id ?? null;
    if (goal_id !== this.goal_id) this.stepped_ms = null;
    this.goal_id = goal_id;
    if (goal_id !== null && (stepped || (this.stepped_ms === null && madeProgress())))
      this.stepped_ms = now_ms;
    if (goal_id === null || this.stepped_ms === null) {
      this.performanceNow = goal_id === null ? null : 0;
      return;
    }
    const recency = Math.max(0, 1 - (now_ms - this.stepped_ms) / (STEP_EXPECTED_S * 1000));
    this.performanceNow = 0.5 * coherence + 0.5 * recency;
  }
}

/** Whether a refinement the task needs completed in this cycle. */
function madeProgress(offers: readonly JobOffer[], { results }: HStepResult): boolean {
  const needed = new Set(offers.filter(({ goal_need }) => goal_need >= NEEDED).map(({ plugin }) => plugin));
  return results.some(
    ({ plugin, finished, report }) => finished && report.status === 'halted' && needed.has(plugin),
  );
}

type Doubts = ReturnType<NonNullable<Faculty['doubts']>>;

function conflictOf(all: Doubts, source: string): number {
  const doubts = all.filter((doubt) => doubt.source === source);
  const unsure = doubts.map(({ uncertainty }) => unit(uncertainty));
  const mean = unsure.reduce((sum, value) => sum + value, 0) / unsure.length;
  const apart = Math.max(...unsure) - Math.min(...unsure);
  const disagreement = Math.max(apart, ...doubts.map((doubt) => unit(doubt.disagreement)));
  return 0.5 * mean + 0.5 * disagreement;
}

/** NaN counts as full doubt. */
const unit = (value: number) => (Number.isNaN(value) ? 1 : Math.min(1, Math.max(0, value)));
