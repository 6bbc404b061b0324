import type { JobOffer, RefinementResult } from '../../../contracts/plan.js';
import type { Faculty } from '../../../kernel/faculty.js';
import type { Situation } from '../../../kernel/situation.js';
import { EVERY_MS, GOAL_NEED } from '../../../plugins/adapters/index.js';
import { curvePlugin } from '../core/plugin.js';
import type { Curve } from '../core/scenario.js';
import type { Guests } from '../simulated-run.js';

/** Time of one step, ms. */
const STEP_MS = 10;
const STEPS_MAX = 40;

/** A plugin of the user's that serves no goal, and looks as often and as urgently as an adapter of a user's model. */
interface Guest {
  readonly id: string;
  readonly step_atp: number;
  readonly curve: Curve;
}

/** Two that are done after some steps, one that is dear, and one that never gets anywhere. */
const GUESTS: readonly Guest[] = [
  { id: 'guest-places', step_atp: 10, curve: { rate: 1.2, floor: 0.05, delay: 0 } },
  { id: 'guest-people', step_atp: 10, curve: { rate: 0.8, floor: 0.1, delay: 1 } },
  { id: 'guest-depth', step_atp: 25, curve: { rate: 0.6, floor: 0.1, delay: 0 } },
  { id: 'guest-text', step_atp: 10, curve: { rate: 0.02, floor: 0.8, delay: 2 } },
];

/** Counts what the guests reach. */
export interface GuestTally {
  /** Refinements that ended with no more than half of their energy left. */
  answers: number;
}

/**
 * Four plugins that compete with those of the mind for places and ATP, as models of the user's do. Their energies
 * follow known curves; what they find changes nothing.
 */
export function guestsOf(tally: GuestTally): Guests {
  return {
    extensions: GUESTS.map((guest) => ({
      plugin: curvePlugin({
        id: guest.id,
        resource: 'vision',
        source: 'camera',
        init_atp: 1,
        step_atp: guest.step_atp,
        step_ms: STEP_MS,
        max_steps: STEPS_MAX,
        background_need: GOAL_NEED,
        period_ms: EVERY_MS,
        idle_curve: guest.curve,
      }),
      faculty: new GuestFaculty(guest, tally),
    })),
    cost_ms: Object.fromEntries(GUESTS.map(({ id }) => [id, STEP_MS])),
  };
}

class GuestFaculty implements Faculty {
  readonly plugin: string;
  private finished_ms: number | null = null;

  constructor(
    private readonly guest: Guest,
    private readonly tally: GuestTally,
  ) {
    this.plugin = guest.id;
  }

  offer({ camera, now_ms }: Situation, running: boolean): JobOffer | null {
    if (camera === null) return null;
    if (!running && this.finished_ms !== null && now_ms - this.finished_ms < EVERY_MS) return null;
    return {
      plugin: this.plugin,
      resource: 'vision',
      sources: [camera.source],
      task: { curve: this.guest.curve },
      goal_need: GOAL_NEED,
      running,
      last_result_ms: this.finished_ms,
    };
  }

  integrate({ finished, report }: RefinementResult, situation: Situation): void {
    if (!finished) return;
    this.finished_ms = situation.now_ms;
    if ((report.best_energy ?? 1) <= 0.5) this.tally.answers++;
  }
}
