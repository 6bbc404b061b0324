import type { ErrorCode } from '../../contracts/errors.js';
import type { Vec3 } from '../../contracts/geometry.js';
import type { BelievedObject, GoalConstraints, TargetDescription } from '../../contracts/goal.js';
import type { MotionTarget } from '../../contracts/motion.js';
import type { SeenObject } from '../../contracts/vision.js';

/** What the fingers were closed on, as it was seen. */
export type InHand = Pick<BelievedObject, 'colour' | 'kind'> & Partial<Pick<BelievedObject, 'size_m'>>;

/** What a goal step sees of the world: measurements and beliefs, never intentions. */
export interface StepView {
  readonly now_ms: number;
  readonly tip_m: Vec3 | null;
  /** Largest distance of a joint from the home posture, rad or m; null without joint states. */
  readonly home_error: number | null;
  /** 0 closed .. 1 open as the finger joints measure it; null where they are not measured. */
  readonly opening: number | null;
  /** True when the fingers were measured and are not any more: then nothing can be said of what they do. */
  readonly fingers_lost: boolean;
  readonly fingers_moving: boolean;
  /** What the fingers were closed on and still have; null for nothing, and for what nobody saw them close on. */
  readonly in_hand: InHand | null;
  /** True when the trajectory sent for the current motion key has been followed to its end. */
  readonly motion_done: boolean;
  /** True while the arm is under way for the current motion key. */
  readonly moving: boolean;
  /** How far above its way the tip is held on its way down by something it met, m; null where it comes down freely. */
  readonly contact_m: number | null;
  /** Where the arm stands, in the base frame. */
  readonly shoulder_m: Vec3;
  /** True where there is a camera. */
  readonly sees: boolean;
  /** Whether a place of the base frame can be seen now: in the picture, and not behind the arm. */
  readonly visible: (position_m: Vec3) => boolean;
  /** Stamp of the last image that vision has answered for; null before the first. */
  readonly vision_ms: number | null;
  /** What is believed to lie on the table. */
  readonly believed: readonly BelievedObject[];
  /** What vision saw last that lies outside of the workspace. */
  readonly outside_workspace: readonly SeenObject[];
  readonly find: (target: TargetDescription, side: GoalConstraints['side']) => BelievedObject | null;
}

/** What a step asks for. The kernel turns it into refinements and actions. */
export type Need =
  | { readonly kind: 'look' }
  | { readonly kind: 'motion'; readonly target: MotionTarget; readonly purpose: string }
  | { readonly kind: 'gripper'; readonly open: boolean; readonly purpose: string };

/** What a goal carries from step to step. */
export interface GoalMemory {
  target: BelievedObject | null;
  /** Where the target was when the fingers went down for it. */
  grasp_m: Vec3 | null;
  /** Where the tip was when it began to go down to there, where that was not right above it; null = it was. */
  above_m: Vec3 | null;
  /** Where what is held is to be put down, on the table. */
  place_m: Vec3 | null;
  /** Where that was tried in vain. */
  readonly tried: Vec3[];
  started_ms: number;
  step_started_ms: number;
  /** How far the tip (m) or the joints (rad) were from the end of this step at most; 0 when it begins. */
  far: number;
}

export type StepVerdict =
  | { readonly kind: 'going' }
  | { readonly kind: 'satisfied'; readonly evidence: string }
  | { readonly kind: 'retry'; readonly why: string; readonly code?: ErrorCode }
  /** The target is not there any more: it is looked for anew. `gone`: the belief that no longer holds, or null. */
  | { readonly kind: 'moved'; readonly why: string; readonly gone: string | null }
  /** No attempt can satisfy it as things are: the goal ends. */
  | { readonly kind: 'impossible'; readonly why: string };

export interface GoalStep {
  readonly name: string;
  /** True when an interruption of this step means that the scene must be looked at again before going on. */
  readonly relook: boolean;
  need(view: StepView, memory: GoalMemory): Need;
  judge(view: StepView, memory: GoalMemory): StepVerdict;
  /** How much of the step is done, 0..1, as measured; a step without it is done or not. */
  progress?(view: StepView, memory: GoalMemory): number;
}
