import type { InferencePort } from '../../contracts/inference.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { SimulatedRun } from './simulated-run.js';

/** One episode: a hand reaches in while the arm moves for a goal. */
export interface HandEpisode {
  readonly seed: number;
  /** From the first frame that shows the hand to the hold being sent, ms; null when none was sent. */
  readonly hold_after_ms: number | null;
  /** Whether a crisis began before the hand was to be seen. */
  readonly false_alarm: boolean;
  readonly moved_in_crisis: boolean;
  readonly outcome: string;
}

const TIME_MAX_S = 60;
const HAND_S = 2;
/** The arm has to be at rest this long after the hold, s: the slowest stop at the acceleration limit. */
const STOP_S = 0.5;

/** In virtual time, one cycle every 50 ms; what a real camera and middleware add is in `sage bench graph`. */
export async function handOnce(
  seed: number,
  parameters: Parameters,
  inference: InferencePort,
): Promise<HandEpisode> {
  let called_s: number | null = null;
  let seen_s: number | null = null;
  let held_s: number | null = null;
  let false_alarm = false;
  let moved_in_crisis = false;
  const run = new SimulatedRun(
    seed,
    parameters,
    inference,
    (world, time_s) => {
      if (called_s === null && time_s > 2 && world.truth().moving) {
        called_s = time_s;
        world.hand(HAND_S);
      }
      if (seen_s === null && world.hand_visible) seen_s = time_s;
    },
    (effects, world, time_s) => {
      const crisis = effects.metabolic.state === 'CRISIS';
      if (crisis && seen_s === null) false_alarm = true;
      if (held_s === null && seen_s !== null && effects.actions.some(({ kind }) => kind === 'hold'))
        held_s = time_s;
      if (
        crisis &&
        held_s !== null &&
        time_s > held_s + STOP_S &&
        effects.metabolic.time_in_state_s > STOP_S
      ) {
        moved_in_crisis ||= world.truth().moving;
      }
    },
  );
  const { event } = await run.pursue('pick up the red block', TIME_MAX_S);
  return {
    seed,
    hold_after_ms: held_s === null || seen_s === null ? null : Math.round((held_s - seen_s) * 1000),
    false_alarm,
    moved_in_crisis,
    outcome: event?.status ?? 'no end',
  };
}
