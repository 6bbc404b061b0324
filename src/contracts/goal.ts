import type { ErrorCode } from './errors.js';
import type { Vec3 } from './geometry.js';

export type GoalVerb = 'pick' | 'place' | 'point' | 'look' | 'home' | 'stop' | 'release';

/** A colour and a kind as named by the user; null = any. */
export interface TargetDescription {
  readonly colour: string | null;
  readonly kind: string | null;
}

/** Constraints of a goal on how and where it is pursued. */
export interface GoalConstraints {
  /** Speed scale for its motions, 0..1; 1 = as configured. */
  readonly speed: number;
  /** Only objects on this side of the robot; left is +y of the base frame (REP-103). Null = anywhere. */
  readonly side: 'left' | 'right' | null;
  /** True: the arm must not move for it. */
  readonly still: boolean;
}

/** No constraints. */
export const UNCONSTRAINED: GoalConstraints = { speed: 1, side: null, still: false };

export interface Goal {
  readonly goal_id: string;
  readonly text: string;
  readonly verb: GoalVerb;
  readonly target: TargetDescription | null;
  readonly constraints: GoalConstraints;
  /** 0..10, the highest first. */
  readonly priority: number;
  /** Absolute, ms of the node's clock; null = none. */
  readonly deadline_ms: number | null;
  readonly accepted_ms: number;
}

/** The part of a goal, or of an utterance that is not one yet, that must survive a restart. */
export type StandingGoal = Pick<Goal, 'goal_id' | 'text' | 'priority' | 'deadline_ms'>;

export type GoalOutcome = 'satisfied' | 'failed' | 'cancelled' | 'expired' | 'rejected';

/** Progress or end of a goal, for the action server, the decision record and the view. */
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
