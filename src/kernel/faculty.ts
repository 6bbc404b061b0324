import type { JobOffer, RefinementResult } from '../contracts/plan.js';
import type { Situation } from './situation.js';

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
  /** Takes over a result, each cycle while it runs and once with `finished`. */
  integrate(result: RefinementResult, situation: Situation): void;
}
