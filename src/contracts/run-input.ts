import type { Fault } from './errors.js';
import type { LogModelEvent } from './log.js';
import type { EmergencyStopReading, GoalReading, OperatorReading } from './observation.js';

/** What changes the mind, or what it works with, beside readings and completions. */
export type RunChange =
  /** A live parameter. `path` is `group.name`. */
  | { readonly kind: 'parameter'; readonly path: string; readonly value: unknown }
  | Readonly<Omit<LogModelEvent, 'cycle'>>
  | { readonly kind: 'lifecycle'; readonly state: string };

/** A reading that somebody said, and not a sensor. */
export type SaidReading = GoalReading | OperatorReading | EmergencyStopReading;

/** What came into the mind and no topic of the robot says, as sage/msg/Input carries it. */
export type RunInput =
  | { readonly kind: 'said'; readonly reading: SaidReading }
  /** A goal is over: one that came before a recording began need not be pursued in its replay. */
  | { readonly kind: 'ended'; readonly goal_id: string; readonly outcome: string }
  /** The fault that stands against a source from now on; null where it is over. */
  | { readonly kind: 'fault'; readonly source: string; readonly fault: Fault | null }
  | { readonly kind: 'change'; readonly change: RunChange };

/** When it came, ms of the node's clock, and the cycle that took it. */
export interface InputMoment {
  readonly stamp_ms: number;
  readonly cycle: number;
}
