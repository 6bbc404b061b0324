import type { JobOffer, RefinementResult } from '../contracts/plan.js';
import type { Situation } from './situation.js';

/** Doubt about what one source shows. */
export interface Doubt {
  readonly source: string;
  /** How unsure the plugin is of its answer, 0..1. */
  readonly uncertainty: number;
  /** How much its answer differs from what was believed, 0..1. */
  readonly disagreement: number;
}

/**
 * Ties one IRP plugin to the cycle: when it is worth running and on what, and what its result changes. A user's own
 * plugin joins the loop by a faculty of its own; the kernel knows no plugin by name.
 */
export interface Faculty {
  readonly plugin: string;
  /**
   * What could be refined now, or null. A running refinement goes on only while its faculty keeps offering it.
   * @param running whether a refinement of this plugin is under way.
   */
  offer(situation: Situation, running: boolean): JobOffer | null;
  /** How far the plugin's last answer is to be doubted, per source that it read; left out where there is none. */
  doubts?(situation: Situation): readonly Doubt[];
  /** Takes over a result, each cycle while it runs and once with `finished`. */
  integrate(result: RefinementResult, situation: Situation): void;
}
