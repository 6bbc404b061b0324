import type { ErrorCode } from '../../contracts/errors.js';
import type { BelievedObject, Goal } from '../../contracts/goal.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { fits } from '../beliefs.js';
import { gripState } from './grip.js';
import { place } from './reach.js';
import type { GoalMemory, GoalStep, Need, StepView } from './step.js';
import { type HandContents, stepsFor } from './steps.js';

/** If vision has not answered for this long, the time does not count against the search, ms. */
const BLIND_AFTER_MS = 5000;
/** This many interruptions in a row without progress end the goal. */
const INTERRUPTIONS_MAX = 20;
/** How often the target may be moved while the arm approaches it. */
const MOVES_MAX = 5;

/** Status of a pursuit after one cycle. */
export interface PursuitStatus {
  readonly step: string;
  readonly progress: number;
  readonly need: Need | null;
  /** Identifies the motion of this step and attempt; plans and executions for another key do not count. */
  readonly motion_key: string;
  /** The last verdict in words. */
  readonly evidence: string;
  /** The step satisfied in this cycle, or null. */
  readonly done: string | null;
  /** Id of the object found in this cycle to be gone from its believed place, or null. */
  readonly gone: string | null;
  readonly end: {
    readonly outcome: 'satisfied' | 'failed';
    readonly code: ErrorCode | null;
    readonly reason: string;
  } | null;
}

type End = NonNullable<PursuitStatus['end']>;

/** Why a pursuit was interrupted: the arm was held, or served another goal. */
type Interruption = 'held' | 'preempted';

/**
 * Pursues one goal step by step: requests what the step needs, and advances when observations satisfy it. It
 * always terminates: attempts, interruptions and the time spent waiting for any one thing are bounded.
 */
export class Pursuit {
  private readonly steps: readonly GoalStep[];
  private readonly memory: GoalMemory;
  private index = 0;
  private attempt = 0;
  private retries = 0;
  private evidence = '';
  private looking_since_ms: number;
  /** Since when the goal has been blocked; null while it is not. */
  private waiting_since_ms: number | null = null;
  private interruptions = 0;
  private moves = 0;
  private gone: string | null = null;
  /** The furthest step reached so far. */
  private furthest = 0;
  /** Highest progress within the current step, 0..1. */
  private step_progress = 0;

  /** @param hand what is between the fingers at the start. */
  constructor(
    readonly goal: Goal,
    private readonly parameters: Parameters,
    now_ms: number,
    hand: HandContents,
  ) {
    this.steps = stepsFor(goal, parameters, hand);
    const begun = { started_ms: now_ms, step_started_ms: now_ms, far: 0 };
    this.memory = { target: null, grasp_m: null, above_m: null, place_m: null, tried: [], ...begun };
    this.looking_since_ms = now_ms;
  }

  get step(): string {
    return this.steps[this.index]?.name ?? 'done';
  }

  /** 0..1; decreases only when an attempt failed, or an interruption forces a restart. */
  get progress(): number {
    return this.steps.length === 0 ? 1 : Math.min(1, (this.index + this.step_progress) / this.steps.length);
  }

  /**
   * True where something may be between the fingers: from the grasp on, and until the held object is put
   * down.
   */
  get mayHold(): boolean {
    const { verb } = this.goal;
    return verb === 'place' || this.carries || this.index < this.locate;
  }

  get motionKey(): string {
    return `${this.goal.goal_id}/${this.step}/${this.attempt}`;
  }

  get target(): BelievedObject | null {
    return this.memory.target;
  }

  advance(view: StepView): PursuitStatus {
    const blind = view.vision_ms === null || view.now_ms - view.vision_ms > BLIND_AFTER_MS;
    if (blind) this.looking_since_ms = view.now_ms;
    const judged = this.judge(view);
    const step = this.steps[this.index];
    if (judged.end !== null) return this.status(null, judged.done, judged.end);
    if (step === undefined) {
      return this.status(null, judged.done, { outcome: 'satisfied', code: null, reason: this.evidence });
    }
    const need = step.need(view, this.memory);
    const end = this.searchTimeout(step, view) ?? this.waitTimeout(waitsFor(need, view, blind), view.now_ms);
    if (end !== null) return this.status(null, judged.done, end);
    this.step_progress = Math.max(this.step_progress, unit(step.progress?.(view, this.memory) ?? 0));
    return this.status(need, judged.done, null);
  }

  /** The robot is held, so nothing is judged. Null, or the end of a goal that has waited too long. */
  held(why: string, now_ms: number): PursuitStatus | null {
    const end = this.waitTimeout(why, now_ms);
    return end === null ? null : this.status(null, null, end);
  }

  /** Ends the goal: it cannot be pursued at all under the present conditions. */
  refused(code: ErrorCode, reason: string): PursuitStatus {
    return this.status(null, null, { outcome: 'failed', code, reason });
  }

  /**
   * Records a failed attempt: the motion could not be planned, or the arm did not follow it. Retries; once
   * the allowed attempts are used up, the goal ends with the code. Null while it continues.
   */
  attempted(code: ErrorCode, why: string, now_ms: number): PursuitStatus | null {
    const end = this.retry(why, now_ms, code);
    return end === null ? null : this.status(null, null, end);
  }

  /**
   * Continues after a hold or a preemption, replanning from what is measured. What is carried stays carried
   * if the fingers still have it; otherwise the target is located again if it may have moved or the arm was
   * away.
   * @returns the end of a goal that was interrupted too often, otherwise null.
   */
  resume(what: Interruption, opening: number | null, now_ms: number): PursuitStatus | null {
    this.attempt += 1;
    this.waiting_since_ms = null;
    this.enter(this.resumeIndex(what, opening), now_ms);
    if (what === 'preempted') return null;
    this.interruptions += 1;
    if (this.interruptions <= INTERRUPTIONS_MAX) return null;
    const reason = `interrupted ${this.interruptions} times at ${this.step}`;
    return this.status(null, null, { outcome: 'failed', code: 'SAGE_404', reason });
  }

  /** Index of the step that locates the target; -1 if there is none. */
  private get locate(): number {
    return this.steps.findIndex(({ name }) => name === 'locate');
  }

  private get carries(): boolean {
    return this.steps.slice(0, this.index).some(({ name }) => name === 'grasp');
  }

  /** Step to resume at after an interruption. */
  private resumeIndex(what: Interruption, opening: number | null): number {
    const { locate } = this;
    // Before putting something down, the place is looked at again.
    const beforehand = this.steps[this.index]?.relook === true ? 0 : this.index;
    if (locate < 0) return beforehand;
    const lost = opening !== null && gripState(opening, this.parameters.robot) !== 'holding';
    if (this.index < locate) return lost ? locate : beforehand;
    if (this.carries) return lost ? locate : this.index;
    return what === 'preempted' || this.steps[this.index]?.relook === true ? locate : this.index;
  }

  private judge(view: StepView): { readonly done: string | null; readonly end: End | null } {
    const { step } = this;
    const verdict = this.steps[this.index]?.judge(view, this.memory);
    switch (verdict?.kind) {
      case 'satisfied':
        this.evidence = verdict.evidence;
        this.enter(this.index + 1, view.now_ms);
        return { done: step, end: null };
      case 'retry':
        return { done: null, end: this.retry(verdict.why, view.now_ms, verdict.code) };
      case 'moved':
        this.gone = verdict.gone;
        return { done: null, end: this.relocate(verdict.why, view.now_ms) };
      case 'impossible':
        return { done: null, end: { outcome: 'failed', code: 'SAGE_409', reason: verdict.why } };
      default:
        return { done: null, end: null };
    }
  }

  /** Ends a search that took too long with working vision. */
  private searchTimeout(step: GoalStep, { now_ms, outside_workspace }: StepView): End | null {
    const { search_timeout_s } = this.parameters.kernel;
    if (step.name !== 'locate' || now_ms - this.looking_since_ms <= search_timeout_s * 1000) return null;
    const { target, constraints } = this.goal;
    const wanted = [target?.colour, target?.kind].filter(Boolean).join(' ') || 'target';
    const outside = target === null ? undefined : outside_workspace.find((seen) => fits(seen, target));
    if (outside !== undefined) {
      const reason = `the ${wanted} lies at ${place(outside.position_m)}, outside the workspace`;
      return { outcome: 'failed', code: 'SAGE_403', reason };
    }
    const where = constraints.side === null ? '' : ` on the ${constraints.side}`;
    return {
      outcome: 'failed',
      code: 'SAGE_402',
      reason: `no ${wanted} seen${where} for ${search_timeout_s} s`,
    };
  }

  /** Ends a goal that has waited too long; null while it proceeds (`why` null) or may still wait. */
  private waitTimeout(why: string | null, now_ms: number): End | null {
    if (why === null) {
      this.waiting_since_ms = null;
      return null;
    }
    this.waiting_since_ms ??= now_ms;
    const { wait_timeout_s } = this.parameters.kernel;
    if (now_ms - this.waiting_since_ms <= wait_timeout_s * 1000) return null;
    return { outcome: 'failed', code: 'SAGE_408', reason: `${wait_timeout_s} s at ${this.step}: ${why}` };
  }

  private retry(why: string, now_ms: number, code: ErrorCode = 'SAGE_404'): End | null {
    this.evidence = why;
    this.retries += 1;
    this.attempt += 1;
    if (this.memory.place_m !== null) this.memory.tried.push(this.memory.place_m);
    if (this.retries > this.parameters.kernel.goal_retries) {
      return { outcome: 'failed', code, reason: `${why}, after ${this.retries} attempts` };
    }
    this.enter(this.index < this.locate ? 0 : Math.max(0, this.locate), now_ms);
    return null;
  }

  /**
   * The target was moved: it is located again, and the arm stops meanwhile. Ends the goal if that keeps
   * happening.
   */
  private relocate(why: string, now_ms: number): End | null {
    this.evidence = why;
    this.moves += 1;
    this.attempt += 1;
    if (this.moves > MOVES_MAX) {
      return { outcome: 'failed', code: 'SAGE_411', reason: `${why}, for the ${this.moves}th time` };
    }
    this.enter(this.locate, now_ms);
    return null;
  }

  private enter(index: number, now_ms: number): void {
    if (index > this.furthest) {
      this.furthest = index;
      this.interruptions = 0;
    }
    this.index = index;
    this.step_progress = 0;
    this.waiting_since_ms = null;
    this.memory.step_started_ms = now_ms;
    this.memory.far = 0;
    if (this.steps[index]?.name === 'locate') this.looking_since_ms = now_ms;
  }

  private status(need: Need | null, done: string | null, end: PursuitStatus['end']): PursuitStatus {
    const { gone } = this;
    this.gone = null;
    return {
      step: this.step,
      progress: end?.outcome === 'satisfied' ? 1 : this.progress,
      need,
      motion_key: this.motionKey,
      evidence: this.evidence,
      done,
      gone,
      end,
    };
  }
}

/**
 * What a step waits for that may never come; null while there is progress, or if the step has its own
 * timeout.
 */
function waitsFor(need: Need, view: StepView, blind: boolean): string | null {
  if (need.kind === 'look') {
    if (blind) return 'vision does not answer';
    return view.fingers_lost ? FINGERS_LOST : null;
  }
  if (need.kind === 'gripper')
    return view.fingers_lost ? FINGERS_LOST : 'the gripper does not move as commanded';
  return view.moving ? null : 'no motion was planned and sent';
}

const FINGERS_LOST = 'the finger positions are no longer measured';

function unit(value: number): number {
  return value > 0 ? Math.min(1, value) : 0;
}
