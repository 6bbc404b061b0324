import type { Vec3 } from '../../contracts/geometry.js';
import type { MotionTarget } from '../../contracts/motion.js';
import { digits } from '../../contracts/readable.js';
import { distance } from '../../robot/vector.js';
import type { GoalMemory, GoalStep, StepVerdict, StepView } from './step.js';

export const RUNNING: StepVerdict = { kind: 'going' };
/** A tip this close to its goal has arrived, m. */
export const ARRIVED_M = 0.015;
/** Differences to home below this are not reported: encoders are no finer. */
const HOME_TOLD_RAD = 0.001;
const DOWN: Vec3 = [0, 0, -1];

/** Target: the tip at a position, with the tool pointing down. */
export const tip = (position_m: Vec3, straight: boolean): MotionTarget & { readonly kind: 'tip' } => ({
  kind: 'tip',
  position_m,
  approach: DOWN,
  straight,
});

/** A step consisting of one motion, satisfied by where the arm is measured to have come to rest. */
export function reach(
  name: string,
  relook: boolean,
  purpose: string,
  where: (memory: GoalMemory, view: StepView) => MotionTarget,
): GoalStep {
  let goal: MotionTarget | null = null;
  return {
    name,
    relook,
    need: (view, memory) => {
      if (memory.step_started_ms === view.now_ms) goal = null;
      goal ??= where(memory, view);
      return { kind: 'motion', target: goal, purpose };
    },
    judge: (view) => (!view.motion_done || goal === null ? RUNNING : arrived(goal, view)),
    progress: (view, memory) => {
      const left = goal === null ? null : remainingDistance(goal, view);
      if (left === null) return 0;
      memory.far = Math.max(memory.far, left);
      return memory.far < ARRIVED_M ? 0 : 1 - left / memory.far;
    },
  };
}

/** A step straight up from the current tip position. @param above_m target height in the base frame */
export function straightUp(name: string, relook: boolean, purpose: string, above_m: number): GoalStep {
  return reach(name, relook, purpose, (_memory, view) => {
    const [x, y] = view.tip_m ?? [0, 0, 0];
    return tip([x, y, above_m], true);
  });
}

/** The same step, satisfied at once if the tip is already that high. */
export function skipIfRaised(step: GoalStep, above_m: number): GoalStep {
  return {
    ...step,
    judge: (view, memory) =>
      view.tip_m !== null && view.tip_m[2] > above_m - ARRIVED_M
        ? { kind: 'satisfied', evidence: `tip at ${place(view.tip_m)}` }
        : step.judge(view, memory),
  };
}

/** A descending step that ends on contact, i.e. when the arm stops descending although it should. */
export function stopOnContact(step: GoalStep): GoalStep {
  return {
    ...step,
    judge: (view, memory) =>
      view.contact_m === null ? step.judge(view, memory) : contactVerdict(view.contact_m),
  };
}

/** @param short_m how far the tip is held above its planned path */
function contactVerdict(short_m: number): StepVerdict {
  const why = `contact on the way down: the hand stopped ${digits(short_m * 1000)} mm too high`;
  return { kind: 'retry', why, code: 'SAGE_716' };
}

/** Checks how far from the motion's goal the arm came to rest. */
function arrived(goal: MotionTarget, view: StepView): StepVerdict {
  if (goal.kind === 'joints') {
    const near = view.home_error !== null && view.home_error < 0.05;
    if (!near) return stoppedShort('the arm stopped away from home', view);
    const told_rad = Math.max(HOME_TOLD_RAD, view.home_error ?? 0);
    return { kind: 'satisfied', evidence: `home within ${told_rad.toFixed(3)} rad` };
  }
  if (view.tip_m === null) return RUNNING;
  const error_m = distance(view.tip_m, goal.position_m);
  if (error_m >= ARRIVED_M)
    return stoppedShort(`the tip stopped ${(error_m * 1000).toFixed(0)} mm away`, view);
  const evidence = `tip ${(error_m * 1000).toFixed(1)} mm from ${place(goal.position_m)}`;
  return { kind: 'satisfied', evidence };
}

/** Distance to the motion's goal, m or rad; null if not measured. */
/** A joint that is stuck, or a controller that gives up, is what to look for; without one the arm could not come nearer. */
function stoppedShort(why: string, { astray }: StepView): StepVerdict {
  return astray === null
    ? { kind: 'retry', why }
    : { kind: 'retry', why: `${why}: ${astray}`, code: 'SAGE_708' };
}

function remainingDistance(target: MotionTarget, { tip_m, home_error }: StepView): number | null {
  if (target.kind === 'joints') return home_error;
  return tip_m === null ? null : distance(tip_m, target.position_m);
}

/** Formats a position. */
export function place(position_m: Vec3): string {
  return `(${position_m.map((value) => value.toFixed(3)).join(', ')}) m`;
}
