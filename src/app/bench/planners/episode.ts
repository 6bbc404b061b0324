import type { InferencePort } from '../../../contracts/inference.js';
import type { Parameters } from '../../../contracts/parameters/index.js';
import { CORE } from '../../../hrm/index.js';
import { type RunOutcome, type Script, SimulatedRun } from '../simulated-run.js';
import { type Condition, type PlannerName, parametersFor } from './conditions.js';
import { type GuestTally, guestsOf } from './guests.js';

const TIME_MAX_S = 60;
const HAND_S = 2;
/** Without a goal: counted from here on, for so long. */
const SETTLED_S = 1.5;
const IDLE_S = 10;
const VISION = 'vision';
/** A block counts as picked up when its centre is this far above where it lay, m. */
const LIFTED_M = 0.05;

/** What became of one goal on one table. */
export interface PlannersEpisode {
  readonly seed: number;
  readonly condition: string;
  readonly planner: PlannerName;
  /** Satisfied, and the world agrees; where nothing was asked, nothing went wrong. */
  readonly success: boolean;
  readonly outcome: string;
  /** From the goal being said until it ended, at most 60 s. */
  readonly time_s: number;
  /** ATP spent in that time, that of the planner included. */
  readonly spent_atp: number;
  /** ATP of the planner's own refinements, of that. */
  readonly planning_atp: number;
  /** Looks that ended, with a result or without. */
  readonly looks: number;
  /** What the guests answered: work that serves no goal. */
  readonly guest_answers: number;
  readonly violations: number;
  /** From the first frame that shows the hand to the hold; null where none came, or none was held. */
  readonly hold_after_ms: number | null;
}

/** One pick in virtual time under a condition, planned by the rules or by the core. */
export async function playOnce(
  seed: number,
  condition: Condition,
  planner: PlannerName,
  parameters: Parameters,
  inference: InferencePort,
): Promise<PlannersEpisode> {
  const tally: GuestTally = { answers: 0 };
  const hand = new HandWatch(condition.hand);
  let [before_matp, spent_matp, begun_s, planning_atp, looks] = [0, 0, 0, 0, 0];
  const run = new SimulatedRun(
    seed,
    parametersFor(parameters, condition, planner),
    inference,
    hand.script,
    (effects, _world, time_s) => {
      spent_matp = effects.report.ledger.spent_matp;
      const begins = condition.goal === null ? time_s >= SETTLED_S : effects.goal_events.length > 0;
      if (begins && begun_s === 0) [begun_s, before_matp, tally.answers] = [time_s, spent_matp, 0];
      for (const { plugin, budget } of begun_s > 0 ? effects.telemetry : []) {
        if (plugin === CORE) planning_atp += budget.ATP_spent;
        if (plugin === VISION) looks++;
      }
      if (effects.actions.some(({ kind }) => kind === 'hold')) hand.held(time_s);
    },
    condition.crowded ? guestsOf(tally) : undefined,
  );
  const lies_m = run.block('red')?.position_m[2] ?? 0;
  const { event, time_s } = await pursued(run, condition.goal);
  const block = run.block('red');
  const lifted = block?.held === true && block.position_m[2] - lies_m > LIFTED_M;
  const violations = run.violations().length;
  const asked = condition.goal !== null;
  return {
    seed,
    condition: condition.name,
    planner,
    success: asked ? event?.status === 'satisfied' && lifted : violations === 0,
    outcome: asked ? `${event?.status ?? 'no end'}${event?.code == null ? '' : ` ${event.code}`}` : 'idle',
    time_s: Math.round(1000 * (time_s - begun_s)) / 1000,
    spent_atp: Math.round(spent_matp - before_matp) / 1000,
    planning_atp: Math.round(1000 * planning_atp) / 1000,
    looks,
    guest_answers: tally.answers,
    violations,
    hold_after_ms: hand.hold_after_ms,
  };
}

/** Pursues the goal to its end; without one, ten seconds pass. */
async function pursued(
  run: SimulatedRun,
  goal: string | null,
): Promise<Pick<RunOutcome, 'event' | 'time_s'>> {
  if (goal !== null) return run.pursue(goal, TIME_MAX_S);
  await run.advance(SETTLED_S + IDLE_S);
  return { event: null, time_s: run.elapsed_s };
}

/** Sends a hand in once the arm moves, and times the hold. */
class HandWatch {
  private called = false;
  private seen_s: number | null = null;
  private held_s: number | null = null;

  constructor(private readonly wanted: boolean) {}

  readonly script: Script = (world, time_s) => {
    if (this.wanted && !this.called && time_s > 2 && world.truth().moving) {
      this.called = true;
      world.hand(HAND_S);
    }
    if (this.called && this.seen_s === null && world.hand_visible) this.seen_s = time_s;
  };

  held(time_s: number): void {
    if (this.seen_s !== null) this.held_s ??= time_s;
  }

  get hold_after_ms(): number | null {
    return this.seen_s === null || this.held_s === null
      ? null
      : Math.round((this.held_s - this.seen_s) * 1000);
  }
}
