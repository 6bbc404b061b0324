import { type Fault, fault } from '../contracts/errors.js';
import type { Action, ArmState } from '../contracts/motion.js';
import { whyHeld } from '../contracts/readable.js';
import { Execution } from './execution.js';
import type { MotionFaculty, PlannedMotion } from './faculties/motion.js';
import { gate } from './gate.js';
import type { Situation } from './situation.js';

/** What one cycle commands the robot to do, and what the gate refused. */
export interface ActResult {
  readonly actions: readonly Action[];
  readonly rejected: readonly Fault[];
  /** For the decision record; empty if nothing was considered. */
  readonly summary: string;
}

const NOTHING: ActResult = { actions: [], rejected: [], summary: '' };
/** Minimum interval between repeats of a gripper command while its step waits, ms. */
const GRIPPER_REPEAT_MS = 1000;
/**
 * A hold that the arm has not reached is resent at this interval, a bounded number of times: others may be
 * moving it.
 */
const HOLD_REPEAT_MS = 1000;
const HOLD_REPEATS_MAX = 3;
/** Longest extrapolation of a measured posture, ms. */
const EXTRAPOLATION_MAX_MS = 250;

/** Turns what the goal step needs and what was refined into actions, and passes each through the gate. */
export class Actor {
  private gripper: { key: string; sent_ms: number } | null = null;
  /** True once a hold was sent for the current reason, so that it is not sent every cycle. */
  private holding = false;
  /** Resends of the hold left; 0 once the arm has come to rest at it. */
  private repeats_left = 0;
  /** Cached result of the last clearance check against keep-out regions. */
  private clearance_check: { ready: PlannedMotion; version: number; across: boolean } | null = null;

  constructor(private readonly motion: MotionFaculty) {}

  act(situation: Situation): ActResult {
    if (situation.held !== null) return this.hold(situation);
    this.holding = false;
    const need = situation.need?.need ?? null;
    if (need === null) return this.idle(situation);
    if (need.kind === 'motion') return this.move(situation);
    if (need.kind === 'gripper') return this.grip(situation, need.open, need.purpose);
    return this.idle(situation);
  }

  /**
   * Stops the arm as fast as its limits allow; the gate always passes a hold. Sent once, and again from the
   * measured posture if the arm never came to rest there: the hold was lost, or an older trajectory arrived
   * after it.
   */
  private hold(situation: Situation): ActResult {
    const reason = situation.held === null ? 'hold' : `hold: ${whyHeld(situation.held)}`;
    this.gripper = null;
    this.motion.clear();
    if (this.holding && !this.repeats(situation)) return NOTHING;
    // An arm that was sent nothing is where it was: a hold at the wrong one of two postures would move it.
    if (situation.execution === null && !situation.joints_agree) return NOTHING;
    if (!this.holding) this.repeats_left = HOLD_REPEATS_MAX;
    this.holding = true;
    // Do not stop what another SAGE moves, unless this one was moving it as well.
    if (situation.active_faults.rival !== null && !moving(situation)) return NOTHING;
    return this.stop(situation, reason);
  }

  private repeats({ execution, arm, not_following, joints_fresh, now_ms }: Situation): boolean {
    if (this.repeats_left === 0 || execution === null || arm === null || !joints_fresh) return false;
    if (execution.status(arm, now_ms) === 'done') this.repeats_left = 0;
    if (!execution.hold || not_following === null || now_ms - execution.sent_ms < HOLD_REPEAT_MS)
      return false;
    this.repeats_left -= 1;
    return true;
  }

  /** A goal that ended or was cancelled during a motion must not leave the arm moving. */
  private idle(situation: Situation): ActResult {
    const orphaned = situation.execution?.key !== situation.need?.motion_key;
    if (!orphaned || !moving(situation)) return NOTHING;
    return this.stop(situation, 'hold: the reason for this motion is gone');
  }

  private stop(situation: Situation, purpose: string): ActResult {
    const { arm, body, execution, now_ms } = situation;
    if (arm === null || body === null) return NOTHING;
    const state =
      situation.joints_fresh || execution === null
        ? extrapolated(arm, now_ms)
        : planned(execution, arm, now_ms);
    const astray = situation.joints_fresh && situation.not_following !== null && execution !== null;
    const trajectory = astray
      ? body.settle(arm, execution.expectedAt(now_ms))
      : situation.joints_fresh
        ? body.brake(state)
        : body.brakeUnseen(state, arm);
    const verdict = gate({ kind: 'hold', trajectory, purpose }, this.context(situation));
    if (verdict.action === null) return { actions: [], rejected: verdict.rejected, summary: purpose };
    situation.execution = new Execution(
      'hold',
      trajectory,
      purpose,
      now_ms,
      true,
      state,
      ...executionOptions(situation),
    );
    return { actions: [verdict.action], rejected: [], summary: purpose };
  }

  private move(situation: Situation): ActResult {
    const key = situation.need?.motion_key ?? '';
    const waits = this.waitForUnknown(situation, key);
    if (waits !== null) return waits;
    const ready = this.motion.take(key);
    if (ready === null || situation.arm === null) return this.idle(situation);
    const action: Action = {
      kind: 'trajectory',
      trajectory: ready.answer.trajectory,
      purpose: ready.purpose,
    };
    const verdict = gate(action, this.context(situation));
    if (verdict.action === null) {
      const given_up = this.motion.refused(key, verdict.rejected[0]?.text ?? 'refused by the gate');
      // A plan from where the arm was a moment ago is not a fault: it is replanned, and only reported once
      // that keeps failing.
      if (!given_up && verdict.rejected.every(({ code }) => code === 'SAGE_704'))
        return { actions: [], rejected: [], summary: `replanned, since the arm has moved: ${ready.purpose}` };
      return { actions: [], rejected: verdict.rejected, summary: `refused: ${ready.purpose}` };
    }
    situation.execution = new Execution(
      key,
      ready.answer.trajectory,
      ready.purpose,
      situation.now_ms,
      false,
      situation.arm,
      ...executionOptions(situation),
    );
    return { actions: [verdict.action], rejected: [], summary: ready.purpose };
  }

  /**
   * Delays a motion across a keep-out region until the object is gone or identified; null if the motion is
   * clear.
   */
  private waitForUnknown(situation: Situation, key: string): ActResult | null {
    const ready = this.motion.peek(key);
    if (ready === null || !situation.benign_change.unknown_objects.any(situation.now_ms)) return null;
    const { version } = situation.benign_change.unknown_objects;
    if (this.clearance_check?.ready !== ready || this.clearance_check.version !== version) {
      const across = situation.crossesUnknown(ready.answer.trajectory);
      this.clearance_check = { ready, version, across };
    }
    if (!this.clearance_check.across) return null;
    const found = fault('SAGE_717', ready.purpose, 'the arm would cross it in the camera image');
    return { ...this.idle(situation), rejected: [found], summary: `waits: ${ready.purpose}` };
  }

  private grip(situation: Situation, open: boolean, purpose: string): ActResult {
    const { robot } = situation.parameters;
    const key = `${situation.need?.motion_key}/${open ? 'open' : 'close'}`;
    const recent =
      this.gripper !== null &&
      this.gripper.key === key &&
      situation.now_ms - this.gripper.sent_ms < GRIPPER_REPEAT_MS;
    if (recent) return NOTHING;
    const action: Action = {
      kind: 'gripper',
      values: open ? robot.gripper_open : robot.gripper_closed,
      purpose,
    };
    const verdict = gate(action, this.context(situation));
    if (verdict.action === null)
      return { actions: [], rejected: verdict.rejected, summary: `refused: ${purpose}` };
    const repeated = this.gripper?.key === key;
    this.gripper = { key, sent_ms: situation.now_ms };
    situation.closing = !open;
    return { actions: [verdict.action], rejected: [], summary: repeated ? '' : purpose };
  }

  private context(situation: Situation) {
    const { body, arm, held, joints_fresh, parameters } = situation;
    const held_below_tip_m = situation.may_hold ? parameters.robot.object_height_m / 2 : 0;
    return {
      held,
      joints_fresh,
      gripper_values: parameters.robot.gripper_open.length,
      check_gripper: (values: readonly number[]): readonly Fault[] => body?.checkGripper(values) ?? [],
      check: (trajectory: Parameters<Body['check']>[0]): readonly Fault[] =>
        body === null || arm === null
          ? [fault('SAGE_301', 'gate', 'no robot model to check against')]
          : body.check(trajectory, arm, held_below_tip_m),
    };
  }
}

/** True while a motion of ours is in progress. */
function moving({ execution, arm, now_ms }: Situation): boolean {
  return execution !== null && !execution.hold && arm !== null && execution.status(arm, now_ms) === 'running';
}

/**
 * How much slower than planned the arm may move, which joints are continuous, and the tolerance scale of
 * each.
 */
const executionOptions = ({
  parameters,
  body,
}: Situation): [number, readonly boolean[], readonly number[]] => [
  parameters.safety.slowest_scale,
  body?.continuous ?? [],
  body?.tolerance_scales ?? [],
];

/** Without fresh joint states the current plan is the best estimate of the arm's position. */
function planned(execution: Execution, arm: ArmState, now_ms: number): ArmState {
  return { ...arm, position: execution.expectedAt(now_ms), velocity: execution.velocityAt(now_ms) };
}

/** Extrapolates a slightly old posture to now: braking from a past one would first move the arm back. */
function extrapolated(arm: ArmState, now_ms: number): ArmState {
  const age_s = Math.min(EXTRAPOLATION_MAX_MS, Math.max(0, now_ms - arm.stamp_ms)) / 1000;
  return { ...arm, position: arm.position.map((value, joint) => value + age_s * (arm.velocity[joint] ?? 0)) };
}

type Body = NonNullable<Situation['body']>;
