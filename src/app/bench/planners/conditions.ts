import type { Parameters } from '../../../contracts/parameters/index.js';

/** What a run on the simulated table is made harder by. */
export interface Condition {
  readonly name: string;
  /** ATP per second; null = as configured. */
  readonly atp_per_s: number | null;
  /** Plugins that serve no goal compete for places and ATP. */
  readonly crowded: boolean;
  /** A hand reaches in while the arm moves. */
  readonly hand: boolean;
  /** Null where nothing is asked for ten seconds. */
  readonly goal: string | null;
}

const PLAIN = 'pick up the red block';
/** The rules of speech do not understand it: the language plugin has to read it. */
const NOISY = 'pik up teh red blok please';

export const CONDITIONS: readonly Condition[] = [
  { name: 'calm', atp_per_s: null, crowded: false, hand: false, goal: PLAIN },
  { name: 'tight', atp_per_s: 60, crowded: false, hand: false, goal: PLAIN },
  { name: 'crowded', atp_per_s: 100, crowded: true, hand: false, goal: NOISY },
  { name: 'hand', atp_per_s: 100, crowded: true, hand: true, goal: PLAIN },
  { name: 'idle', atp_per_s: null, crowded: true, hand: false, goal: null },
];

export const PLANNERS = ['heuristic', 'core'] as const;
export type PlannerName = (typeof PLANNERS)[number];

/** The parameters of a run under a condition, planned by one of the two. */
export function parametersFor(
  parameters: Parameters,
  { atp_per_s }: Condition,
  implementation: PlannerName,
): Parameters {
  return {
    ...parameters,
    language: { ...parameters.language, enabled: true },
    hrm: { ...parameters.hrm, atp_per_s: atp_per_s ?? parameters.hrm.atp_per_s },
    plan: { ...parameters.plan, implementation },
  };
}
