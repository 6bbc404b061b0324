import type { Fault } from './errors.js';
import type { LogModelEvent } from './log.js';
import type { EmergencyStopReading, GoalReading, OperatorReading } from './observation.js';

/** Changes to the kernel or its resources, other than readings and completions. */
export type RunChange =
  /** A live parameter. `path` is `group.name`. */
  | { readonly kind: 'parameter'; readonly path: string; readonly value: unknown }
  | Readonly<Omit<LogModelEvent, 'cycle'>>
  | { readonly kind: 'lifecycle'; readonly state: string };

/** A reading that comes from people rather than sensors. */
export type SaidReading = GoalReading | OperatorReading | EmergencyStopReading;

/** Input to the kernel that is on none of the robot's topics, as carried by sage/msg/Input. */
export type RunInput =
  | { readonly kind: 'said'; readonly reading: SaidReading }
  /** A goal ended: one from before the recording need not be pursued in its replay. */
  | { readonly kind: 'ended'; readonly goal_id: string; readonly outcome: string }
  /** A source's fault from now on; null when it clears. */
  | { readonly kind: 'fault'; readonly source: string; readonly fault: Fault | null }
  | { readonly kind: 'change'; readonly change: RunChange };

/** Time of arrival, ms of the node's clock, and the cycle that processed it. */
export interface InputMoment {
  readonly stamp_ms: number;
  readonly cycle: number;
}
