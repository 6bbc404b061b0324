import type { GoalEvent } from '../contracts/goal.js';
import type { HStepResult, JobOffer } from '../contracts/plan.js';
import type { Faculty } from './faculty.js';
import type { Situation } from './situation.js';

/** An outcome is credited to the sources for about this long, s. */
const CREDIT_S = 2;
/** A task that has made no step for this long does not go well, s. */
const STEP_EXPECTED_S = 8;
/** A plugin that the goal needs at least this much works for it; others run anyway. */
const NEEDED = 0.5;
/** Neither reward nor failure. */
const NEUTRAL = 0.5;
/** Credit of a step that was made, short of the whole goal. */
const STEP_CREDIT = 0.8;
const SOURCES_MAX = 64;

/** How goals that ended are credited; a goal that was cancelled or ran out of time says nothing of its sources. */
const OUTCOMES: Partial<Record<GoalEvent['status'], number>> = { satisfied: 1, failed: 0 };

/** What a cycle brought, as far as something can be learned from it. */
export interface LearningInputs {
  readonly situation: Situation;
  readonly offers: readonly JobOffer[];
  readonly hstep: HStepResult;
  readonly stepped: boolean;
  readonly events: readonly GoalEvent[];
  readonly dt_s: number;
}

const NO_CONFLICT: ReadonlyMap<string, number> = new Map();

/** How a task ended, 0..1, and the sources it rested on. */
export interface Outcome {
  readonly value: number;
  readonly sources: readonly string[];
}

/** How well things go: the credit of outcomes to sources, and the performance that metabolism runs on. */
export class Learner {
  private readonly credit = new Map<string, number>();
  /** Sources that the active goal has rested on so far. */
  private readonly credited_sources = new Set<string>();
  private goal_id: string | null = null;
  /** When the task last got on: a step was made, or the first refinement that it needed has ended; null = not yet. */
  private stepped_ms: number | null = null;
  private performanceNow: number | null = null;

  /** 0..1, null without a task. */
  get performance(): number | null {
    return this.performanceNow;
  }

  /** 0..1 per source that a task rested on lately, 0.5 = neither reward nor failure. */
  reward(): ReadonlyMap<string, number> {
    return this.credit;
  }

  /**
   * Disagreement and uncertainty per source, 0..1: half the mean uncertainty of the plugins that read it, half the
   * largest disagreement: of one of them with what was believed, or between how sure they are.
   */
  conflict(situation: Situation, faculties: readonly Faculty[]): ReadonlyMap<string, number> {
    const doubts = faculties.flatMap((faculty) => faculty.doubts?.(situation) ?? []);
    if (doubts.length === 0) return NO_CONFLICT;
    const sources = new Set(doubts.map(({ source }) => source));
    return new Map([...sources].map((source) => [source, conflictOf(doubts, source)]));
  }

  /**
   * Takes in what the cycle brought; returns the tasks that ended in it. Performance is earned: 0 until the task has
   * made a step or a refinement that it needs has ended well. Then it is the mean of the coherence of the refinements
   * and of how recently the task got on: just now counts 1, not for 8 s counts 0.
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

  /** The goal rests on the sources of the plugins that are refined while it is active, and on the joints it moves. */
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

/** Whether a refinement that the task needs has ended well in this cycle. */
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

/** What is no number is in doubt. */
const unit = (value: number) => (Number.isNaN(value) ? 1 : Math.min(1, Math.max(0, value)));
