import type { Resource } from '../../contracts/irp.js';
import type { CoreContext } from './context.js';

/** Id of the core's own refinements: one step is one reasoning cycle of the network. */
export const CORE = 'core';

/** What a refinement of the core is given: the situation as it was when the plan was made. */
export interface CoreTask {
  readonly stamp_ms: number;
  readonly seen: CoreContext;
}

/** What the core would run, after so many reasoning cycles. */
export interface CoreAdvice {
  /** When the situation was as the core saw it. */
  readonly stamp_ms: number;
  /** Probability that a plugin is worth running now, per plugin that was offered. */
  readonly wanted: Readonly<Record<string, number>>;
  /** Share of the budget per resource; they add up to 1. */
  readonly shares: Readonly<Record<Resource, number>>;
  /** How sure the core is that more cycles would not change its mind, 0..1. */
  readonly halt: number;
  readonly cycles: number;
}
