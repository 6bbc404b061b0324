import type { ErrorCode } from '../../contracts/errors.js';
import type { Goal } from '../../contracts/goal.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { type GoalMemory, type GoalStep, type Need, type StepView, stepsFor } from './steps.js';

/** Without an answer of vision for this long nothing has been looked at: the search does not count, ms. */
const BLIND_AFTER_MS = 5000;

/** How the pursuit of a goal stands after one cycle. */
export interface PursuitStatus {
  readonly step: string;
  readonly progress: number;
  readonly need: Need | null;
  /** Names the motion of this step and attempt: a plan or an execution for another key does not count. */
  readonly motion_key: string;
  /** The last judgement in words. */
  readonly evidence: string;
  /** True in the cycle in which a step was satisfied. */
  readonly stepped: boolean;
  readonly end: {
    readonly outcome: 'satisfied' | 'failed';
    readonly code: ErrorCode | null;
    readonly reason: string;
  } | null;
}

/** Pursues one goal step by step: asks for what the step needs, goes on when observations satisfy it. */
export class Pursuit {
  private readonly steps: readonly GoalStep[];
  private readonly memory: GoalMemory;
  private index = 0;
  private attempt = 0;
  private retries = 0;
  private evidence = '';
  private looking_since_ms: number;

  constructor(
    readonly goal: Goal,
    private readonly parameters: Parameters,
    now_ms: number,
  ) {
    this.steps = stepsFor(goal, parameters);
    this.memory = { target: null, grasp_m: null, started_ms: now_ms, step_started_ms: now_ms };
    this.looking_since_ms = now_ms;
  }

  get step(): string {
    return this.steps[this.index]?.name ?? 'done';
  }

  get progress(): number {
    return this.steps.length === 0 ? 1 : this.index / this.steps.length;
  }

  /** True from the grasp on: something may be between the fingers. */
  get mayHold(): boolean {
    return this.goal.verb === 'place' || this.steps.slice(0, this.index).some(({ name }) => name === 'grasp');
  }

  get motionKey(): string {
    return `${this.goal.goal_id}/${this.step}/${this.attempt}`;
  }

  get targetId(): string | null {
    return this.memory.target?.id ?? null;
  }

  advance(view: StepView): PursuitStatus {
    if (view.vision_ms === null || view.now_ms - view.vision_ms > BLIND_AFTER_MS)
      this.looking_since_ms = view.now_ms;
    let stepped = false;
    let step = this.steps[this.index];
    if (step !== undefined) {
      const verdict = step.judge(view, this.memory);
      if (verdict.kind === 'satisfied') {
        stepped = true;
        this.evidence = verdict.evidence;
        this.enter(this.index + 1, view.now_ms);
      } else if (verdict.kind === 'retry') {
        const end = this.retry(verdict.why, view.now_ms);
        if (end !== null) return this.status(null, false, end);
      }
      step = this.steps[this.index];
    }
    if (step === undefined) {
      return this.status(null, stepped, { outcome: 'satisfied', code: null, reason: this.evidence });
    }
    if (
      step.name === 'locate' &&
      view.now_ms - this.looking_since_ms > this.parameters.kernel.search_timeout_s * 1000
    ) {
      const wanted = [this.goal.target?.colour, this.goal.target?.kind].filter(Boolean).join(' ');
      return this.status(null, false, {
        outcome: 'failed',
        code: 'SAGE_402',
        reason: `no ${wanted || 'target'} seen for ${this.parameters.kernel.search_timeout_s} s`,
      });
    }
    return this.status(step.need(view, this.memory), stepped, null);
  }

  /**
   * This attempt has come to nothing: the motion cannot be planned, or the arm did not follow it. Tries again; after the
   * allowed attempts the goal ends with the code, otherwise null.
   */
  attempted(code: ErrorCode, why: string, now_ms: number): PursuitStatus | null {
    const end = this.retry(why, now_ms, code);
    return end === null ? null : this.status(null, false, end);
  }

  /** After a crisis, a loss of data or a preemption: plan anew from what is measured, and look again where that matters. */
  resume(now_ms: number): void {
    const relook = this.steps[this.index]?.relook === true;
    const locate = this.steps.findIndex(({ name }) => name === 'locate');
    this.attempt += 1;
    this.enter(relook && locate >= 0 ? locate : this.index, now_ms);
  }

  private retry(why: string, now_ms: number, code: ErrorCode = 'SAGE_404'): PursuitStatus['end'] {
    this.evidence = why;
    this.retries += 1;
    this.attempt += 1;
    if (this.retries > this.parameters.kernel.goal_retries) {
      return { outcome: 'failed', code, reason: `${why}, after ${this.retries} attempts` };
    }
    const locate = this.steps.findIndex(({ name }) => name === 'locate');
    this.enter(Math.max(0, locate), now_ms);
    return null;
  }

  private enter(index: number, now_ms: number): void {
    this.index = index;
    this.memory.step_started_ms = now_ms;
    if (this.steps[index]?.name === 'locate') this.looking_since_ms = now_ms;
  }

  private status(need: Need | null, stepped: boolean, end: PursuitStatus['end']): PursuitStatus {
    return {
      step: this.step,
      progress: end?.outcome === 'satisfied' ? 1 : this.progress,
      need,
      motion_key: this.motionKey,
      evidence: this.evidence,
      stepped,
      end,
    };
  }
}
