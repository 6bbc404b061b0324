import type { Parameters } from '../contracts/parameters/index.js';

export type HrmParameters = Parameters['hrm'];

/** What a finished refinement says about its plugin. */
interface TrustEvidence {
  /** 0..1. */
  readonly monotonicity: number;
  /** Rise of the H-energy when the plugin is left out; positive is good. */
  readonly contribution: number;
  /** System coherence, 0..1. */
  readonly coherence: number;
  /** Share of a full run's ATP that was not needed, 0..1. */
  readonly efficiency: number;
  /** It threw, hung, returned a non-number or lied: it earns nothing. */
  readonly failed: boolean;
}

/**
 * Trust after one refinement (seeds/000 §3.3): 0.7 of the old trust + 0.2 monotonicity × modifier + 0.1
 * efficiency, approached at trust_rate and clamped.
 *
 * The modifier is 2 · sigmoid(contribution / (coherence + 1e-6)): 1 for a plugin that makes no difference, up
 * to 2 for one that carries the system, towards 0 for one that holds it back. The seed's plain sigmoid gives
 * one half for no difference and took a perfect plugin from 1 to 0.667. A plugin that makes no difference
 * settles at (2 · monotonicity + efficiency) / 3, one that carries the system at up to 5/3.
 */
export function updatedTrust(old: number, evidence: TrustEvidence, parameters: HrmParameters): number {
  const { monotonicity, contribution, coherence, efficiency, failed } = evidence;
  const modifier = 2 / (1 + Math.exp(-contribution / (coherence + 1e-6)));
  const earned = failed ? 0 : 0.2 * monotonicity * modifier + 0.1 * efficiency;
  const next = old + parameters.trust_rate * (0.7 * old + earned - old);
  return Math.min(parameters.trust_max, Math.max(parameters.trust_min, next));
}
