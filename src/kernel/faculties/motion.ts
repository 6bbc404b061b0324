import type { ArmState, MotionTarget, TrajectoryAnswer, TrajectoryTask } from '../../contracts/motion.js';
import type { JobOffer, RefinementResult } from '../../contracts/plan.js';
import { digits } from '../../contracts/readable.js';
import type { Faculty } from '../faculty.js';
import type { Situation } from '../situation.js';

/** The gate may reject this many plans for one motion before the motion counts as infeasible. */
const REFUSALS_MAX = 5;

/** Speed scale for motions where contact is possible. */
const GENTLY = 0.3;

/**
 * An arm faster than this is still braking, rad/s or m/s; bounded in time, because some drivers' velocities
 * are noisier, ms.
 */
const BRAKING = 0.05;
const BRAKING_MAX_MS = 1500;

/** A planned motion waiting for the gate. */
export interface PlannedMotion {
  readonly key: string;
  readonly answer: TrajectoryAnswer;
  readonly purpose: string;
}

/** Plans the trajectory that the goal step needs, from the measured state. */
export class MotionFaculty implements Faculty {
  readonly plugin = 'trajectory';
  private planned: PlannedMotion | null = null;
  private requested: { key: string; purpose: string; target: MotionTarget } | null = null;
  private failed: { key: string; why: string } | null = null;
  private finished_ms: number | null = null;
  private refusals = { key: '', count: 0 };

  offer(situation: Situation, running: boolean): JobOffer | null {
    const need = situation.need?.need;
    const { arm, body, held, parameters } = situation;
    if (need?.kind !== 'motion' || arm === null || body === null || held !== null || !situation.joints_fresh)
      return null;
    const key = situation.need?.motion_key ?? '';
    if (this.planned?.key === key || this.failed?.key === key) return null;
    if (situation.execution?.key === key) return null;
    // A plan from a posture the arm is about to leave would be rejected by the time it is ready.
    if (situation.execution?.status(arm, situation.now_ms) === 'running') return null;
    if (stillBraking(situation, arm)) return null;
    // The running refinement serves another step; not offering it for one cycle ends it.
    if (running && this.requested?.key !== key) return null;
    const target: MotionTarget =
      need.target.kind === 'joints' && need.target.position.length === 0
        ? { kind: 'joints', position: body.homeFrom(arm.position) }
        : need.target;
    const task: TrajectoryTask = {
      start: arm,
      target,
      speed_scale:
        parameters.robot.speed_scale *
        (situation.pursuit?.goal.constraints.speed ?? 1) *
        (target.kind === 'tip' && target.gently === true ? GENTLY : 1),
      table_height_m: parameters.robot.table_height_m,
      held_below_tip_m: situation.may_hold ? parameters.robot.object_height_m / 2 : 0,
    };
    if (!running) this.requested = { key, purpose: need.purpose, target };
    return {
      plugin: this.plugin,
      resource: 'effector',
      sources: [],
      task,
      goal_need: 1,
      running,
      last_result_ms: this.finished_ms,
    };
  }

  integrate(result: RefinementResult, situation: Situation): void {
    if (!result.finished || this.requested === null) return;
    this.finished_ms = situation.now_ms;
    const { key, purpose, target } = this.requested;
    const answer = result.report.best as TrajectoryAnswer | undefined;
    if (result.report.status === 'cancelled' || situation.execution?.key === key) return;
    situation.noteRefinement(this.plugin, result.report.fault);
    if (answer !== undefined && reaches(answer, target, situation)) {
      this.planned = { key, answer, purpose };
      return;
    }
    const why =
      answer === undefined ? (result.report.fault?.text ?? 'no trajectory found') : howFar(answer, target);
    this.failed = { key, why };
  }

  /** The planned motion for this key, without consuming it. */
  peek(key: string): PlannedMotion | null {
    return this.planned?.key === key ? this.planned : null;
  }

  /** Consumes the planned motion for this key. */
  take(key: string): PlannedMotion | null {
    const ready = this.planned?.key === key ? this.planned : null;
    if (ready !== null) this.planned = null;
    return ready;
  }

  /**
   * Records that the gate rejected the motion with this key. It is replanned a bounded number of times; true
   * after the last.
   */
  refused(key: string, why: string): boolean {
    this.refusals = { key, count: this.refusals.key === key ? this.refusals.count + 1 : 1 };
    const last = this.refusals.count >= REFUSALS_MAX;
    if (last) this.failed = { key, why };
    return last;
  }

  /** Why the motion with this key could not be planned, or null. */
  unreachable(key: string): string | null {
    return this.failed?.key === key ? this.failed.why : null;
  }

  /** Discards plans that no longer fit: a crisis, another goal, an arm that moved. */
  clear(): void {
    this.planned = null;
    this.failed = null;
  }
}

/** The arm is still moving after a stop: the controller acted on it later than it was sent. */
function stillBraking({ execution, now_ms }: Situation, { velocity }: ArmState): boolean {
  if (execution?.hold !== true || now_ms - execution.sent_ms > BRAKING_MAX_MS) return false;
  return velocity.some((rate) => Math.abs(rate) > BRAKING);
}

function howFar({ terminal_error, approach_error_rad }: TrajectoryAnswer, target: MotionTarget): string {
  // For joint targets, the unit of the largest error depends on the joint: rad, or m if prismatic.
  if (target.kind === 'joints')
    return `the best trajectory stops with a joint ${digits(terminal_error)} short`;
  return `the best trajectory ends ${(terminal_error * 1000).toFixed(0)} mm and ${((approach_error_rad * 180) / Math.PI).toFixed(0)}° off`;
}

/** Feasible does not imply reached: only a trajectory that ends at the target counts. */
function reaches(answer: TrajectoryAnswer, target: MotionTarget, { parameters }: Situation): boolean {
  const { position_tolerance_m, approach_tolerance_rad } = parameters.trajectory;
  if (target.kind === 'joints') return answer.terminal_error <= 0.02;
  return answer.terminal_error <= position_tolerance_m && answer.approach_error_rad <= approach_tolerance_rad;
}
