import type { Resource } from '../../contracts/irp.js';
import type { CoreContext } from './context.js';

/** Plugin id of the core's own refinements; one step is one reasoning cycle of the network. */
export const CORE = 'core';

/** Task of a core refinement: the situation as of planning time. */
export interface CoreTask {
  readonly stamp_ms: number;
  readonly seen: CoreContext;
}

/** What the core would run, after a number of reasoning cycles. */
export interface CoreAdvice {
  /** Time of the situation it is based on, ms. */
  readonly stamp_ms: number;
  /** Probability that a plugin is worth running now, for each plugin on offer. */
  readonly wanted: Readonly<Record<string, number>>;
  /** Share of the budget per resource; they add up to 1. */
  readonly shares: Readonly<Record<Resource, number>>;
  /** Confidence that further cycles would not change the advice, 0..1. */
  readonly halt: number;
  readonly cycles: number;
}
