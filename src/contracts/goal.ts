import type { ErrorCode } from './errors.js';
import type { Vec3 } from './geometry.js';

export type GoalVerb = 'pick' | 'place' | 'point' | 'look' | 'home' | 'stop' | 'release';

/** A colour and a kind, as the user named it; null = any. */
export interface TargetDescription {
  readonly colour: string | null;
  readonly kind: string | null;
}

/** What a goal asks for besides its target: how it may be done, and where. */
export interface GoalConstraints {
  /** Share of the configured speed that motion for it may have, 0..1; 1 = all of it. */
  readonly speed: number;
  /** Only what lies on this side of the robot; left is +y of the base frame (REP-103). Null = anywhere. */
  readonly side: 'left' | 'right' | null;
  /** True: the arm may not move for it. */
  readonly still: boolean;
}

/** A goal that asks for nothing in particular. */
export const UNCONSTRAINED: GoalConstraints = { speed: 1, side: null, still: false };

export interface Goal {
  readonly goal_id: string;
  readonly text: string;
  readonly verb: GoalVerb;
  readonly target: TargetDescription | null;
  readonly constraints: GoalConstraints;
  /** 0..10, the highest is pursued first. */
  readonly priority: number;
  /** Absolute, in ms of the node's clock; null = none. */
  readonly deadline_ms: number | null;
  readonly accepted_ms: number;
}

/** What of a goal, or of an utterance that is not one yet, has to survive a restart. */
export type StandingGoal = Pick<Goal, 'goal_id' | 'text' | 'priority' | 'deadline_ms'>;

export type GoalOutcome = 'satisfied' | 'failed' | 'cancelled' | 'expired' | 'rejected';

/** What happens to a goal, for the action server, the decision record and the view. */
export interface GoalEvent {
  readonly goal_id: string;
  readonly text: string;
  readonly status: 'accepted' | 'active' | 'preempted' | 'resumed' | GoalOutcome;
  readonly step: string;
  /** 0..1. */
  readonly progress: number;
  readonly code: ErrorCode | null;
  readonly reason: string;
}

/** An object as the node believes it to be, fused over refinements. */
export interface BelievedObject {
  readonly id: string;
  readonly kind: string;
  readonly colour: string;
  readonly position_m: Vec3;
  readonly yaw_rad: number;
  readonly size_m: number;
  /** 0..1. */
  readonly confidence: number;
  readonly seen_ms: number;
  readonly first_seen_ms: number;
}
