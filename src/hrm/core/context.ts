import { RESOURCES } from '../../contracts/irp.js';
import { METABOLIC_STATES } from '../../contracts/metabolism.js';
import type { RefinementResult } from '../../contracts/plan.js';
import type { Snarc } from '../../contracts/salience.js';
import { normalisedEnergy } from '../integration.js';

/** Tokens of the core: one for the whole situation, and up to 15 offers. */
export const CORE_TOKENS = 16;

/** Features per offer, each about 0..1. Their order and number are part of the trained model. */
export const OFFER_FEATURES = [
  'offer',
  ...RESOURCES.map((resource) => `resource_${resource}`),
  'goal_need',
  'salience',
  'has_sources',
  'running',
  'staleness',
  'never_ran',
  'waited',
  'trust',
  'need_age',
  'salient_age',
  'energy_left',
  'fall_3',
  'fall_10',
  'steps',
  'spent',
  'starved',
  'failed',
  'last_energy_left',
  'done_since_need',
  'done_since_salient',
  'init_cost',
  'step_cost',
  'steps_max',
  'heuristic_value',
  'heuristic_chosen',
  'source_watchers',
  'source_done',
  'source_running',
] as const;

/** Features of the whole situation. */
const GLOBAL_FEATURES = [
  'whole',
  ...METABOLIC_STATES.map((state) => `state_${state}`),
  'energy',
  'attention_breadth',
  'refinement_depth',
  'exploration_rate',
  'atp_income',
  'atp_reserve',
  'atp_allocated',
  'h_energy',
  'coherence',
  'offers',
  'goal',
  'goal_priority',
  'goal_left',
  'goal_progress',
  'goal_waits',
] as const;

/** Features per token: those of offers, then the global ones; a token leaves the others at 0. */
export const CORE_CONTEXT = OFFER_FEATURES.length + GLOBAL_FEATURES.length;

/** Input of one reasoning cycle beside the recurrent states. Row-major: token × feature. */
export interface CoreContext {
  /** CORE_TOKENS × CORE_CONTEXT. */
  readonly context: Float32Array;
  /** CORE_TOKENS × 5: surprise, novelty, arousal, reward, conflict, each 0..1. */
  readonly salience: Float32Array;
  /** CORE_TOKENS: 1 for a token in use. */
  readonly present: Float32Array;
  /** Plugin of each token; null for the global token and for unused ones. */
  readonly plugins: readonly (string | null)[];
}

/** Ages saturate at this, ms. */
const AGE_MAX_MS = 4000;

/** Clamps to 0..1; NaN gives 0. */
export const unit = (value: number) => (value > 0 ? Math.min(1, value) : 0);

/** SNARC terms in the order of the salience input. */
export const snarcTerms = (snarc: Snarc) => [
  unit(snarc.surprise),
  unit(snarc.novelty),
  unit(snarc.arousal),
  unit(snarc.reward),
  unit(snarc.conflict),
];

export const oneHot = <T>(all: readonly T[], one: T) => all.map((each) => Number(each === one));

/** Time since a moment as a share of AGE_MAX_MS, 0..1; 0 for null. */
export const age = (begin_ms: number | null, now_ms: number) =>
  begin_ms === null ? 0 : unit((now_ms - begin_ms) / AGE_MAX_MS);

/** Share of the initial energy that is left, 0..1. */
export function energyLeft({ report }: RefinementResult): number {
  const first = report.energies[0];
  if (first === undefined || report.best_energy === null) return 1;
  return normalisedEnergy(first, report.best_energy);
}

/** Features energy_left, fall_3, fall_10, steps, spent, starved, failed of the running refinement. */
export function progress(result: RefinementResult | null): number[] {
  if (result === null) return [1, 0, 0, 0, 0, 0, 0];
  const { energies, steps, spent_matp, status } = result.report;
  const last = energies.length - 1;
  const scale = Math.abs(energies[0] ?? 0) || 1;
  const fall = (back: number) =>
    last < 1 ? 0 : unit(0.5 + (energies[Math.max(0, last - back)]! - energies[last]!) / scale / 2);
  return [
    energyLeft(result),
    fall(3),
    fall(10),
    unit(steps / 100),
    unit(spent_matp / 500_000),
    Number(status === 'starved'),
    Number(status === 'failed'),
  ];
}
