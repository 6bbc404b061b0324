import type { GoalEvent } from '../../contracts/goal.js';
import type { InferencePort } from '../../contracts/inference.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { type RunOutcome, SimulatedRun } from './simulated-run.js';

/** One episode of the pick benchmark. */
export interface PickEpisode {
  readonly seed: number;
  readonly success: boolean;
  readonly outcome: string;
  readonly reason: string;
  readonly time_s: number;
  readonly violations: readonly string[];
  readonly states: readonly string[];
}

const TIME_MAX_S = 90;
/** A block counts as picked up when its centre is this far above where it lay, m. */
const LIFTED_M = 0.05;

/**
 * One pick in virtual time: the real kernel, plugins and model on a seeded world. Success is judged by the world's
 * ground truth, not by what the node says of itself.
 */
export async function pickOnce(
  seed: number,
  parameters: Parameters,
  inference: InferencePort,
): Promise<PickEpisode> {
  const run = new SimulatedRun(seed, parameters, inference);
  const goal = 'pick up the red block';
  const before = run.block('red')?.position_m[2] ?? 0;
  const outcome = await run.pursue(goal, TIME_MAX_S);
  const block = run.block('red');
  const lifted = block?.held === true && block.position_m[2] - before > LIFTED_M;
  return {
    seed,
    success: outcome.event?.status === 'satisfied' && lifted,
    outcome: describe(outcome, lifted),
    reason: outcome.event?.reason ?? '',
    time_s: outcome.time_s,
    violations: run.violations(),
    states: outcome.states,
  };
}

function describe({ event }: RunOutcome, lifted: boolean): string {
  const said: GoalEvent['status'] | 'no end' = event?.status ?? 'no end';
  return said === 'satisfied' && !lifted ? 'satisfied, but the block is not lifted' : said;
}
