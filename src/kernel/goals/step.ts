import type { ErrorCode } from '../../contracts/errors.js';
import type { Vec3 } from '../../contracts/geometry.js';
import type { BelievedObject, GoalConstraints, TargetDescription } from '../../contracts/goal.js';
import type { MotionTarget } from '../../contracts/motion.js';
import type { SeenObject } from '../../contracts/vision.js';

/** The object the fingers closed on, as seen before. */
export type InHand = Pick<BelievedObject, 'colour' | 'kind'> & Partial<Pick<BelievedObject, 'size_m'>>;

/** What a goal step knows of the world: measurements and beliefs, never intentions. */
export interface StepView {
  readonly now_ms: number;
  readonly tip_m: Vec3 | null;
  /** Largest joint distance from the home posture, rad or m; null without joint states. */
  readonly home_error: number | null;
  /** 0 closed .. 1 open as measured by the finger joints; null if not measured. */
  readonly opening: number | null;
  /** True if the fingers were measured and no longer are: their state is unknown. */
  readonly fingers_lost: boolean;
  readonly fingers_moving: boolean;
  /** The object the fingers closed on and still hold; null for none, or if the grasp was not observed. */
  readonly in_hand: InHand | null;
  /** True once the trajectory for the current motion key has been executed. */
  readonly motion_done: boolean;
  /** Which joint came to rest off the plan of that trajectory, in words; null where none did. */
  readonly astray: string | null;
  /** True while the arm executes the current motion key. */
  readonly moving: boolean;
  /** How far the tip is held above its descending path by a contact, m; null without contact. */
  readonly contact_m: number | null;
  /** Origin of the arm in the base frame, m. */
  readonly shoulder_m: Vec3;
  /** True where there is a camera. */
  readonly sees: boolean;
  /** Whether a position in the base frame is visible: in the image, and not behind the arm. */
  readonly visible: (position_m: Vec3) => boolean;
  /** Stamp of the last image that vision answered for, ms; null before the first. */
  readonly vision_ms: number | null;
  /** Objects believed to be on the table. */
  readonly believed: readonly BelievedObject[];
  /** Objects vision last saw outside the workspace. */
  readonly outside_workspace: readonly SeenObject[];
  readonly find: (target: TargetDescription, side: GoalConstraints['side']) => BelievedObject | null;
}

/** What a step asks for; the kernel turns it into refinements and actions. */
export type Need =
  | { readonly kind: 'look' }
  | { readonly kind: 'motion'; readonly target: MotionTarget; readonly purpose: string }
  | { readonly kind: 'gripper'; readonly open: boolean; readonly purpose: string };

/** State that a goal carries from step to step. */
export interface GoalMemory {
  target: BelievedObject | null;
  /** Position of the target when the fingers went down to it, m. */
  grasp_m: Vec3 | null;
  /** Tip position at the start of that descent, if it was not straight above, m; otherwise null. */
  above_m: Vec3 | null;
  /** Where to put down the held object, on the table, m. */
  place_m: Vec3 | null;
  /** Places where that failed. */
  readonly tried: Vec3[];
  started_ms: number;
  step_started_ms: number;
  /** Largest distance so far of the tip (m) or joints (rad) from the end of this step; 0 at its start. */
  far: number;
}

export type StepVerdict =
  | { readonly kind: 'going' }
  | { readonly kind: 'satisfied'; readonly evidence: string }
  | { readonly kind: 'retry'; readonly why: string; readonly code?: ErrorCode }
  /**
   * The target is gone from its place and is located again. `gone`: the belief that no longer holds, or null.
   */
  | { readonly kind: 'moved'; readonly why: string; readonly gone: string | null }
  /** No attempt can satisfy it under the present conditions: the goal ends. */
  | { readonly kind: 'impossible'; readonly why: string };

export interface GoalStep {
  readonly name: string;
  /** True if an interruption of this step requires another look at the scene. */
  readonly relook: boolean;
  need(view: StepView, memory: GoalMemory): Need;
  judge(view: StepView, memory: GoalMemory): StepVerdict;
  /** Measured progress of the step, 0..1; a step without it is done or not. */
  progress?(view: StepView, memory: GoalMemory): number;
}
