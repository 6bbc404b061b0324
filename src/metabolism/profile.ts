import { METABOLIC_STATES, type MetabolicStateName } from '../contracts/metabolism.js';
import type { Parameters } from '../contracts/parameters/index.js';

export type MetabolismParameters = Parameters['metabolism'];

/** What a state means for the rest of the system (seeds/000 §8.5). */
interface StatePolicy {
  readonly consumption_per_s: number;
  readonly attention_breadth: number;
  readonly refinement_depth: number;
  /** -0.5..0.5. */
  readonly exploration_rate: number;
  /** 0..1. */
  readonly consolidation_rate: number;
  /** Share of hrm.atp_per_s. */
  readonly atp_share: number;
  /** Infinity = no limit. */
  readonly maximum_s: number;
}

export interface Profile {
  readonly states: Readonly<Record<MetabolicStateName, StatePolicy>>;
  readonly recharge_per_s: number;
  /**
   * True: the energy is the battery's charge; a battery without a charge level decides only whether it
   * recharges.
   */
  readonly battery: boolean;
}

/** The table of the five states, from the parameters. */
export function profileOf(parameters: MetabolismParameters): Profile {
  const slowness = parameters.profile === 'endurance' ? parameters.endurance_factor : 1;
  const policy = (index: number): StatePolicy => ({
    consumption_per_s: parameters.consumption_per_s[index]! / slowness,
    attention_breadth: Math.round(parameters.attention_breadth[index]!),
    refinement_depth: Math.round(parameters.refinement_depth[index]!),
    exploration_rate: parameters.exploration_rate[index]!,
    consolidation_rate: parameters.consolidation_rate[index]!,
    atp_share: parameters.atp_share[index]!,
    maximum_s: parameters.maximum_s[index]! * slowness || Number.POSITIVE_INFINITY,
  });
  const states = METABOLIC_STATES.map((state, index) => [state, policy(index)] as const);
  return {
    states: Object.fromEntries(states) as Record<MetabolicStateName, StatePolicy>,
    recharge_per_s: parameters.recharge_per_s / slowness,
    battery: parameters.profile === 'battery',
  };
}
