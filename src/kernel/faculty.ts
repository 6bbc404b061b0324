import type { JobOffer, RefinementResult } from '../contracts/plan.js';
import type { Situation } from './situation.js';

/** Doubt about one source. */
export interface Doubt {
  readonly source: string;
  /** The plugin's uncertainty in its answer, 0..1. */
  readonly uncertainty: number;
  /** How much its answer differs from the beliefs, 0..1. */
  readonly disagreement: number;
}

/**
 * Ties one IRP plugin to the cycle: when it is worth running and on what, and what its result changes. A
 * user's plugin joins the loop through its own faculty; the kernel knows no plugin by name.
 */
export interface Faculty {
  readonly plugin: string;
  /**
   * What could be refined now, or null. A running refinement continues only while its faculty keeps offering
   * it.
   * @param running whether a refinement of this plugin is in progress.
   */
  offer(situation: Situation, running: boolean): JobOffer | null;
  /** Doubt about the plugin's last answer, per source it read; sources without doubt are left out. */
  doubts?(situation: Situation): readonly Doubt[];
  /** Takes in a result: every cycle while it runs, and once with `finished`. */
  integrate(result: RefinementResult, situation: Situation): void;
}
