import type { GoalEvent } from '../../contracts/goal.js';
import type { RunTotals } from '../../contracts/status.js';
import type { RunResult } from './run.js';

/** What became of the goal of a run. */
export interface GoalSummary {
  readonly text: string;
  /** How it ended, or `active`, `accepted` … where it had not ended; `unknown` where the node never spoke of it. */
  readonly outcome: GoalEvent['status'] | 'unknown';
  readonly code: string | null;
  readonly reason: string;
}

/** The last line of `sage up --json`. */
export type RunSummary = RunTotals & {
  /** The goal that the run was started with; without one the latest. */
  readonly goal: GoalSummary | null;
  /** Every goal of the run that the node spoke of, in the order in which it last did. */
  readonly goals: readonly GoalSummary[];
  readonly ready_after_ms: number | null;
  readonly exit_reason: string;
  /** The run was as asked: it ended in order, violated nothing, and its goal was taken. */
  readonly ok: boolean;
};

const NO_TOTALS: RunTotals = {
  cycles: 0,
  overruns: 0,
  telemetry_messages: 0,
  states_seen: [],
  frames_received: 0,
  frames_lost: 0,
  violations: 0,
  image_to_decision_ms: { p50: null, p99: null },
  lateness_ms: { p50: null, p99: null },
};

/** The figures of a run that has ended. @param goal the goal that the run was started with, or null */
export function summarise(result: RunResult, goal: string | null): RunSummary {
  const totals = result.last_status?.totals ?? NO_TOTALS;
  const outcome = goalSummary(result.goals, goal);
  const taken = outcome === null || !['rejected', 'unknown'].includes(outcome.outcome);
  return {
    ...totals,
    image_to_decision_ms: rounded(totals.image_to_decision_ms),
    lateness_ms: rounded(totals.lateness_ms),
    goal: outcome,
    goals: result.goals.map(summaryOf),
    ready_after_ms: result.ready_after_ms === null ? null : Math.round(result.ready_after_ms),
    exit_reason: result.exit_reason,
    ok: result.failure === null && result.ready_after_ms !== null && totals.violations === 0 && taken,
  };
}

/** To a hundredth of a ms: what is beyond says nothing. */
function rounded({ p50, p99 }: RunTotals['lateness_ms']): RunTotals['lateness_ms'] {
  const round = (value: number | null) => (value === null ? null : Math.round(100 * value) / 100);
  return { p50: round(p50), p99: round(p99) };
}

/** The given goal, or the latest that somebody gave meanwhile. */
function goalSummary(events: readonly GoalEvent[], goal: string | null): GoalSummary | null {
  const event = goal === null ? events.at(-1) : events.find(({ text }) => text === goal);
  if (event !== undefined) return summaryOf(event);
  return goal === null
    ? null
    : { text: goal, outcome: 'unknown', code: null, reason: 'no word from the node' };
}

function summaryOf({ text, status, code, reason }: GoalEvent): GoalSummary {
  return { text, outcome: status, code, reason };
}

/** The same in a few lines for people. */
export function summaryText(summary: RunSummary): string {
  const { goal, goals, states_seen, image_to_decision_ms: decision, lateness_ms: late } = summary;
  const ms = (value: number | null) => (value === null ? '–' : `${value.toFixed(1)} ms`);
  return [
    `ended: ${summary.exit_reason}`,
    ...(goals.length > 0 || goal === null ? goals : [goal]).map(
      ({ text, outcome, reason }) => `goal "${text}": ${outcome}${reason === '' ? '' : ` (${reason})`}`,
    ),
    `${summary.cycles} cycles, ${summary.overruns} overruns, p99 ${ms(late.p99)} late; states ${states_seen.join(', ') || 'none'}`,
    `${summary.frames_received} camera frames, ${summary.frames_lost} lost; image to decision p50 ${ms(decision.p50)}, ` +
      `p99 ${ms(decision.p99)}`,
    `${summary.telemetry_messages} telemetry messages, ${summary.violations} violations`,
  ].join('\n');
}
