import { type Fault, fault } from '../contracts/errors.js';
import type { Action, ArmState } from '../contracts/motion.js';
import { whyHeld } from '../contracts/readable.js';
import { Execution } from './execution.js';
import type { MotionFaculty, PlannedMotion } from './faculties/motion.js';
import { gate } from './gate.js';
import type { Situation } from './situation.js';

/** What one cycle does to the robot, and what the gate refused. */
export interface ActResult {
  readonly actions: readonly Action[];
  readonly rejected: readonly Fault[];
  /** In words, for the decision record; empty when nothing was considered. */
  readonly summary: string;
}

const NOTHING: ActResult = { actions: [], rejected: [], summary: '' };
/** A gripper command is repeated at most this often while its step waits, ms. */
const GRIPPER_REPEAT_MS = 1000;
/** A hold that the arm never came to is sent again after this time, ms, and so often at most: others may move it. */
const HOLD_REPEAT_MS = 1000;
const HOLD_REPEATS_MAX = 3;
/** A measurement is carried on by at most this long, ms. */
const EXTRAPOLATION_MAX_MS = 250;

/** Turns what the goal step needs and what was refined into actions, and passes each through the gate. */
export class Actor {
  private gripper: { key: string; sent_ms: number } | null = null;
  /** True while a hold was sent for the reason that stands: it is not sent each cycle. */
  private holding = false;
  /** How often the hold may still be sent again; 0 once the arm came to rest at it. */
  private repeats_left = 0;
  /** The motion that was looked at last for things that are left alone. */
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
   * Stops the arm by the fastest stop within its limits; the gate lets a hold always pass. Sent once, and again from
   * where the arm is by then if it never came to rest at it: the hold was lost, or an older trajectory came after it.
   */
  private hold(situation: Situation): ActResult {
    const reason = situation.held === null ? 'hold' : `hold: ${whyHeld(situation.held)}`;
    this.gripper = null;
    this.motion.clear();
    if (this.holding && !this.repeats(situation)) return NOTHING;
    if (!this.holding) this.repeats_left = HOLD_REPEATS_MAX;
    this.holding = true;
    // What another SAGE moves is not ours to stop, unless this one was moving it as well.
    if (situation.active_faults.rival !== null && !moving(situation)) return NOTHING;
    // Nobody knows where it is: a hold at either place could move it.
    if (situation.contradiction !== null && situation.execution === null) return NOTHING;
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

  /** A goal that ended or was cancelled under way must not leave the arm moving. */
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
      // A plan for where the arm was a moment ago is no fault: it is planned anew, and only where that does not help told.
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

  /** A motion across something unknown that is left alone waits until that is gone, or known; null where none is. */
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

/** True while a motion of ours is under way. */
function moving({ execution, arm, now_ms }: Situation): boolean {
  return execution !== null && !execution.hold && arm !== null && execution.status(arm, now_ms) === 'running';
}

/** How slow the arm may be on its way, which of its joints turn endlessly, and what each counts for. */
const executionOptions = ({
  parameters,
  body,
}: Situation): [number, readonly boolean[], readonly number[]] => [
  parameters.safety.slowest_scale,
  body?.continuous ?? [],
  body?.tolerance_scales ?? [],
];

/** Without fresh joint states the plan under way is the best knowledge of where the arm is. */
function planned(execution: Execution, arm: ArmState, now_ms: number): ArmState {
  return { ...arm, position: execution.expectedAt(now_ms), velocity: execution.velocityAt(now_ms) };
}

/** Where an arm is by now that was measured a moment ago: a stop from where it was would first go back. */
function extrapolated(arm: ArmState, now_ms: number): ArmState {
  const age_s = Math.min(EXTRAPOLATION_MAX_MS, Math.max(0, now_ms - arm.stamp_ms)) / 1000;
  return { ...arm, position: arm.position.map((value, joint) => value + age_s * (arm.velocity[joint] ?? 0)) };
}

type Body = NonNullable<Situation['body']>;
