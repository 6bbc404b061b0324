import type { Fault } from '../contracts/errors.js';
import type { BelievedObject, Goal } from '../contracts/goal.js';
import { digits, whyHeld } from '../contracts/readable.js';
import { fits } from './beliefs.js';
import { gripState } from './goals/grip.js';
import { Pursuit, type PursuitStatus } from './goals/pursuit.js';
import type { StepView } from './goals/step.js';
import type { HandContents } from './goals/steps.js';
import type { Mind } from './mind.js';
import type { Situation } from './situation.js';

/**
 * Selects the goal and advances it by one cycle. While the robot is held, a goal waits for a bounded time and
 * nothing is judged.
 */
export function pursue(mind: Mind): { readonly stepped: boolean } {
  const { situation } = mind;
  updateHolding(situation);
  situation.contact.update(situation.arm, situation.execution, situation.body);
  const { goals, now_ms } = situation;
  goals.choose(now_ms);
  if (goals.active?.goal_id !== situation.pursuit?.goal.goal_id) switchGoal(mind);
  const pursuit = situation.pursuit;
  if (pursuit === null) {
    situation.need = null;
    return { stepped: false };
  }
  if (situation.held !== null) {
    mind.interrupted = true;
    // Only a motion of this goal counts against it, not one of a previous goal, nor the hold itself.
    if (situation.execution?.key === pursuit.motionKey) mind.blame ??= situation.not_following;
    situation.need = null;
    // Otherwise it would run a second time once the other SAGE, which received it too, is gone.
    const waited =
      situation.held === situation.active_faults.rival
        ? pursuit.refused('SAGE_808', situation.held.text)
        : pursuit.held(`held: ${withCode(situation.held)}`, now_ms);
    if (waited !== null) applyStatus(mind, pursuit, waited, undefined);
    return { stepped: false };
  }
  const before = situation.need?.step;
  const status = judgeInterruption(mind, pursuit) ?? pursuit.advance(viewOf(situation, pursuit));
  applyStatus(mind, pursuit, status, before);
  return { stepped: status.done !== null };
}

/** Applies an interruption to the goal before it continues; ends it if that was one attempt too many. */
function judgeInterruption(mind: Mind, pursuit: Pursuit): PursuitStatus | null {
  const { now_ms, opening, execution, active_faults } = mind.situation;
  const { interrupted, blame } = mind;
  mind.interrupted = false;
  mind.blame = null;
  if (blame !== null) return pursuit.attempted('SAGE_708', `the arm did not follow: ${blame}`, now_ms);
  if (interrupted) {
    const end = pursuit.resume('held', opening, now_ms);
    if (end !== null) return end;
  }
  const { refusal } = active_faults;
  if (refusal !== null && execution?.key === pursuit.motionKey)
    return pursuit.attempted(refusal.code, refusal.text, now_ms);
  const unplanned = mind.motion.unreachable(pursuit.motionKey);
  return unplanned === null ? null : pursuit.attempted('SAGE_403', unplanned, now_ms);
}

/** The active goal changed: a preempted goal keeps its pursuit and resumes it later. */
function switchGoal(mind: Mind): void {
  const { situation } = mind;
  const goal = situation.goals.active;
  if (
    situation.pursuit !== null &&
    situation.goals.standing.some(({ goal_id }) => goal_id === situation.pursuit?.goal.goal_id)
  ) {
    mind.preempted.set(situation.pursuit.goal.goal_id, situation.pursuit);
  }
  for (const goal_id of mind.preempted.keys()) {
    if (!situation.goals.standing.some((standing) => standing.goal_id === goal_id))
      mind.preempted.delete(goal_id);
  }
  mind.motion.clear();
  // What interrupted the previous goal, and why, does not concern this one.
  mind.interrupted = false;
  mind.blame = null;
  situation.need = null;
  if (goal === null) {
    situation.pursuit = null;
    return;
  }
  const shelved = mind.preempted.get(goal.goal_id);
  mind.preempted.delete(goal.goal_id);
  shelved?.resume('preempted', situation.opening, situation.now_ms);
  situation.pursuit =
    shelved ?? new Pursuit(goal, situation.parameters, situation.now_ms, handContents(goal, situation));
}

/**
 * What the hand holds when the goal starts. It can only count as the target if the fingers are measured, and
 * nothing on the table matches as well.
 */
function handContents({ target, constraints }: Goal, situation: Situation): HandContents {
  const { holding, in_hand, opening, beliefs, parameters, pullAt } = situation;
  if (!holding) return 'empty';
  if (in_hand === null || opening === null || target === null || constraints.side !== null) return 'another';
  const other = beliefs.find(target, pullAt);
  const meant = other !== null && other.confidence >= parameters.vision.confidence;
  return fits(in_hand, target) && !meant ? 'target' : 'another';
}

/** A fault to be mended is named by its code and place, since the goal that waits for that will fail. */
function withCode(held: Fault): string {
  const why = whyHeld(held);
  return why === held.text ? `${held.code} ${held.where}: ${why}` : why;
}

/**
 * Updates `holding` from the fingers: they hold something if they were closing and stopped short, even if the
 * goal that closed them has ended since. Without measurement, the steps' own account stands.
 */
function updateHolding(situation: Situation): void {
  const { opening, fingers_moving, parameters } = situation;
  if (opening === null || fingers_moving) return;
  if (gripState(opening, parameters.robot) !== 'holding') clearGrip(situation);
  else if (situation.closing) situation.holding = true;
}

function clearGrip(situation: Situation): void {
  situation.holding = false;
  situation.in_hand = null;
}

function applyStatus(mind: Mind, pursuit: Pursuit, status: PursuitStatus, before: string | undefined): void {
  const { situation } = mind;
  const { goals } = situation;
  situation.need = status;
  grip(situation, status, pursuit.target);
  if (status.done !== null && pursuit.target !== null && status.step === 'lift')
    situation.beliefs.remove(pursuit.target.id);
  if (status.gone !== null) situation.beliefs.remove(status.gone);
  if (status.end !== null) {
    const { outcome, code, reason } = status.end;
    goals.note(outcome === 'satisfied' ? '' : status.step, status.progress);
    goals.end(pursuit.goal.goal_id, outcome, code, reason);
    situation.pursuit = null;
    situation.need = null;
    return;
  }
  goals.note(status.step, status.progress);
  if (status.done !== null || status.step !== before) goals.report(status.evidence);
}

/** After a grasp the hand holds something until the fingers say otherwise; after a release, nothing. */
function grip(situation: Situation, { done }: PursuitStatus, target: BelievedObject | null): void {
  if (done === 'grasp') {
    situation.holding = true;
    situation.in_hand = target;
  }
  if (done === 'open') clearGrip(situation);
}

function viewOf(situation: Situation, pursuit: Pursuit): StepView {
  const { arm, body, beliefs, execution, now_ms } = situation;
  const homeError =
    arm === null || body === null
      ? null
      : largestDifference(arm.position, body.homeFrom(arm.position), body.tolerance_scales);
  const status =
    arm !== null && execution !== null && execution.key === pursuit.motionKey
      ? execution.status(arm, now_ms)
      : null;
  return {
    now_ms,
    tip_m: arm === null || body === null ? null : body.tip(arm.position),
    home_error: homeError,
    opening: situation.opening,
    fingers_lost: situation.fingers_lost,
    fingers_moving: situation.fingers_moving,
    in_hand: situation.in_hand,
    motion_done: status !== null && status !== 'running',
    astray: status === 'late' ? farthestJoint(situation) : null,
    moving: status === 'running',
    contact_m: execution?.key === pursuit.motionKey ? situation.contact.contact_m : null,
    shoulder_m: body?.shoulder_m ?? [0, 0, 0],
    sees: situation.camera !== null,
    visible: (position_m) => situation.sees(position_m),
    vision_ms: situation.vision_ms,
    believed: beliefs.all,
    outside_workspace: situation.outside_workspace,
    find: (target, side) => beliefs.find(target, situation.pullAt, side),
  };
}

/** The joint that came to rest the farthest from its plan, in words; null where it is not the arm that stopped short. */
function farthestJoint({ arm, body, execution }: Situation): string | null {
  if (arm === null || body === null || execution === null) return null;
  const { joint, off } = execution.largestDeviation(arm);
  return off === 0 ? null : `${arm.joints[joint]} is ${digits(off)} ${body.unitOf(joint)} off its plan`;
}

function largestDifference(a: readonly number[], b: readonly number[], counts: readonly number[]): number {
  return a.reduce(
    (most, value, index) => Math.max(most, (counts[index] ?? 1) * Math.abs(value - (b[index] ?? value))),
    0,
  );
}
