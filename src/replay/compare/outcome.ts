import type { LogEntry } from '../log-reader.js';

/** How a goal ended, and when after the start. */
export interface GoalEnd {
  readonly text: string;
  readonly status: string;
  readonly time_s: number;
}

/** What came of a run, in a few words. */
export interface Outcome {
  /** Seconds in each metabolic state. */
  readonly states_s: Readonly<Record<string, number>>;
  readonly energy: number;
  readonly spent_atp: number;
  /** The first ones that ended. */
  readonly goals: readonly GoalEnd[];
  readonly decisions: number;
  readonly commands: number;
}

const GOALS_MAX = 100;
/** A goal that is on its way; every other status is an end. */
const UNDER_WAY = new Set(['accepted', 'active', 'preempted', 'resumed']);

/** Gathers what came of a run, cycle by cycle. */
export class OutcomeTally {
  private readonly states = new Map<string, number>();
  private readonly goals: GoalEnd[] = [];
  private energy = 0;
  private spent_matp = 0;
  private decisions = 0;
  private commands = 0;
  private begin_ms: number | null = null;
  private last: { readonly state: string; readonly now_ms: number } | null = null;

  take({ cycle, goals, decision, actions }: LogEntry): void {
    const { state, now_ms, energy, ledger } = cycle;
    this.begin_ms ??= now_ms;
    if (this.last !== null) {
      const spent_s = Math.max(0, now_ms - this.last.now_ms) / 1000;
      this.states.set(this.last.state, (this.states.get(this.last.state) ?? 0) + spent_s);
    }
    this.last = { state, now_ms };
    this.energy = energy;
    this.spent_matp = ledger.spent_matp;
    this.decisions += decision === null ? 0 : 1;
    this.commands += actions.length;
    const time_s = (now_ms - this.begin_ms) / 1000;
    for (const { text, status } of goals) {
      if (!UNDER_WAY.has(status) && this.goals.length < GOALS_MAX) this.goals.push({ text, status, time_s });
    }
  }

  result(): Outcome {
    const { energy, goals, decisions, commands } = this;
    const states_s = Object.fromEntries(this.states);
    return { states_s, energy, spent_atp: this.spent_matp / 1000, goals, decisions, commands };
  }
}

/** The rows in which two outcomes differ: what, in A, in B. */
export function outcomeRows(a: Outcome, b: Outcome): readonly (readonly [string, string, string])[] {
  const row = (name: string, tell: (outcome: Outcome) => string): readonly [string, string, string] => [
    name,
    tell(a),
    tell(b),
  ];
  return [
    row('states', ({ states_s }) =>
      Object.entries(states_s)
        .map(([state, seconds]) => `${state} ${seconds.toFixed(1)} s`)
        .join(', '),
    ),
    row('energy at the end', ({ energy }) => energy.toFixed(1)),
    row('ATP spent', ({ spent_atp }) => spent_atp.toFixed(0)),
    row('goals', ({ goals }) =>
      goals.map(({ text, status, time_s }) => `"${text}" ${status} at ${time_s.toFixed(2)} s`).join(', '),
    ),
    row('decisions', ({ decisions }) => String(decisions)),
    row('commands', ({ commands }) => String(commands)),
  ].filter(([, mine, theirs]) => mine !== theirs);
}
