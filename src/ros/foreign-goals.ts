import type { Fault } from '../contracts/errors.js';
import { GOAL_STATUS } from './action/goal-status.js';
import { foreignFault, TOLD_MS } from './foreign-commands.js';

export const STATUS_TYPE = 'action_msgs/msg/GoalStatusArray';
/** Goals of our own that are remembered; a new one ends the one before. */
const OWN_MAX = 64;
/** Goals of others whose ids are remembered, so that each counts once. */
const KNOWN_MAX = 64;
/** Of one message so many goals are looked at. */
const STATUSES_MAX = 1000;
/** It moves the arm, or brakes it. */
const MOVING: ReadonlySet<number> = new Set([GOAL_STATUS.executing, GOAL_STATUS.canceling]);

/** action_msgs/GoalStatusArray, as far as it is looked at. */
export interface StatusArray {
  readonly status_list: readonly {
    readonly goal_info: { readonly goal_id: { readonly uuid: ArrayLike<number> } };
    readonly status: number;
  }[];
}

/**
 * Tells goals of other nodes at the arm controller's action from ours, by their ids. The controller says which goals it
 * executes whenever that changes.
 */
export class ForeignGoals {
  private readonly own: string[] = [];
  private readonly known: string[] = [];
  private count = 0;
  private executing = false;
  private last_ms = Number.NEGATIVE_INFINITY;

  /** @param action its full name */
  constructor(private readonly action: string) {}

  /** Takes note of the id of a goal that is about to be sent. */
  sent(uuid: ArrayLike<number>): void {
    remember(this.own, hex(uuid), OWN_MAX);
  }

  /** Takes what the controller says; `now_ms` of a clock that only goes forward. */
  heard({ status_list }: StatusArray, now_ms: number): void {
    const foreign = status_list
      .slice(0, STATUSES_MAX)
      .filter(({ status }) => MOVING.has(status))
      .map(({ goal_info }) => hex(goal_info.goal_id.uuid))
      .filter((id) => !this.own.includes(id));
    // The moment of its end counts too.
    if (this.executing || foreign.length > 0) this.last_ms = now_ms;
    this.executing = foreign.length > 0;
    for (const id of foreign) {
      if (this.known.includes(id)) continue;
      remember(this.known, id, KNOWN_MAX);
      this.count += 1;
    }
  }

  /** The controller has gone: nobody will say that a goal has ended. */
  gone(): void {
    this.executing = false;
  }

  /** What is wrong with the action now, or null. */
  fault(now_ms: number): Fault | null {
    if (!this.executing && now_ms - this.last_ms > TOLD_MS) return null;
    return foreignFault(this.count, 'goal', `at ${this.action}`);
  }
}

function remember(ids: string[], id: string, most: number): void {
  ids.push(id);
  if (ids.length > most) ids.shift();
}

const hex = (uuid: ArrayLike<number>): string => Buffer.from(Uint8Array.from(uuid)).toString('hex');
