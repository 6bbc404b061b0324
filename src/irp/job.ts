import { type ErrorCode, fault, messageOf, SageError } from '../contracts/errors.js';
import type { AnyIrpPlugin, JobReport, StepContext } from '../contracts/irp.js';
import { seededRandom } from '../contracts/ports.js';
import { type Allowance, Budget } from './budget.js';
import { DETAIL_MAX, GuardedPlugin } from './guarded-plugin.js';
import { type Halt, haltAfterStep } from './halt.js';
import { StateHistory, type StateRecord } from './state-history.js';
import { JobContext, LazyAbortController } from './step-context.js';

/** What initState allocated, shared by a job and its branches; the last to end disposes of it. */
interface SharedInit {
  open: number;
}

interface JobSpec {
  readonly job_id: string;
  readonly plugin: AnyIrpPlugin;
  readonly task: unknown;
  readonly grant_matp: number;
  readonly max_steps: number;
  readonly seed: number;
  /** Earlier states kept beside the latest. */
  readonly keep_states: number;
  readonly allowance: Allowance;
}

/**
 * A step that has taken this share of the whole deadline when it expires counts as hung; a shorter one was
 * just unlucky.
 */
const HANG_SHARE = 0.5;

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function';

/**
 * One refinement: initState, then steps, each followed by projection and a finite energy, until a halt, a
 * failure, a cancellation or the end of its grant. Has no clock and no scheduling of its own; times are
 * passed in.
 */
export class Job {
  readonly job_id: string;
  readonly plugin: AnyIrpPlugin;
  status: JobReport['status'] = 'running';
  /** True if something changed since the last report. */
  dirty = true;
  /** Clock reading after the latest piece of work. */
  last_ms: number;
  steps = 0;

  private readonly spec: JobSpec;
  private readonly shared: SharedInit;
  private readonly abort_controller = new LazyAbortController();
  private readonly random: () => number;
  private readonly max_steps: number;
  private readonly first_step: number;
  private readonly origin: JobReport['origin'];
  private readonly budget: Budget;
  private readonly history: StateHistory;
  private readonly guarded: GuardedPlugin;
  private initialised = false;
  private state: unknown;
  private feasibility: number | null = null;
  private random_draws = 0;
  private ended_ms: number | null = null;
  /** When the pending asynchronous piece of work started; null if none is. */
  private pending_since_ms: number | null = null;
  private halted: Halt | null = null;
  private detail = '';

  private constructor(
    spec: JobSpec,
    private readonly started_ms: number,
    family: SharedInit,
    origin: (StateRecord & NonNullable<JobReport['origin']>) | null,
  ) {
    this.spec = spec;
    this.job_id = spec.job_id;
    this.plugin = spec.plugin;
    this.shared = family;
    this.last_ms = started_ms;
    this.max_steps = Math.min(spec.max_steps, spec.plugin.limits.max_steps);
    this.budget = new Budget(spec.plugin.cost, spec.grant_matp, spec.allowance);
    this.history = new StateHistory(spec.keep_states);
    this.guarded = new GuardedPlugin(spec.plugin, `plugin ${spec.plugin.id}, ${spec.job_id}`);
    this.first_step = origin?.step ?? 0;
    if (origin !== null) {
      this.origin = { job_id: origin.job_id, step: origin.step, after_ms: origin.after_ms };
    }
    const random = seededRandom(spec.seed);
    this.random = () => {
      this.random_draws++;
      return random.next();
    };
    if (origin) this.record(origin.state, origin.energy);
    this.starveUnlessAffordable();
  }

  static start(spec: JobSpec, now_ms: number): Job {
    return new Job(spec, now_ms, { open: 1 }, null);
  }

  /** A job that continues from the state `back_steps` before the latest; null if that state is not kept. */
  branch(spec: Omit<JobSpec, 'plugin' | 'task'>, back_steps: number, now_ms: number): Job | null {
    const origin = this.history.back(back_steps);
    if (origin === undefined) return null;
    this.shared.open++;
    const from = { ...origin, job_id: this.job_id, after_ms: Math.max(0, now_ms - this.started_ms) };
    return new Job({ ...spec, plugin: this.plugin, task: this.spec.task }, now_ms, this.shared, from);
  }

  get live(): boolean {
    return this.status === 'running' || this.status === 'starved';
  }

  /** True if `advance` may be called. */
  get ready(): boolean {
    return this.status === 'running' && this.pending_since_ms === null;
  }

  get deadline_at_ms(): number {
    return this.started_ms + this.plugin.limits.deadline_ms;
  }

  /** Whether a branch may still start from it after it ended: nothing was freed. */
  get keepsStates(): boolean {
    return this.plugin.dispose === undefined && !this.history.empty;
  }

  grant(grant_matp: number): void {
    if (!this.live) return;
    this.budget.grant(grant_matp);
    this.dirty = true;
    if (this.status === 'starved' && this.budget.affords(this.initialised)) this.status = 'running';
  }

  cancel(reason: string, now_ms: number): void {
    if (!this.live) return;
    this.detail = reason;
    const lie = this.guarded.irreproducible(this.history.best);
    if (lie === null) this.end('cancelled', now_ms);
    else this.fail('SAGE_605', lie, now_ms);
  }

  /**
   * Does the next piece of work: initState first, then one step at a time. Call only when `ready`. Returns a
   * promise while an asynchronous piece is pending; it never rejects.
   */
  advance(clock: () => number): Promise<void> | undefined {
    const begin_ms = clock();
    this.budget.pay(this.initialised);
    this.dirty = true;
    let next: unknown;
    try {
      next = this.initialised
        ? this.plugin.step(this.state, this.context())
        : this.plugin.initState(this.spec.task, this.context());
    } catch (thrown) {
      this.failWith(thrown, clock());
      return undefined;
    }
    if (isPromise(next)) return this.await(next, begin_ms, clock);
    this.finishStep(next, begin_ms, clock);
    return undefined;
  }

  /** Ends the job if its deadline has passed, even in the middle of a step. */
  checkDeadline(now_ms: number): void {
    if (!this.live || now_ms < this.deadline_at_ms) return;
    const { deadline_ms } = this.plugin.limits;
    const since_ms = this.pending_since_ms;
    const step_ms = since_ms === null ? 0 : now_ms - since_ms;
    if (since_ms !== null && (this.history.best === null || step_ms >= HANG_SHARE * deadline_ms)) {
      this.halted = { reason: 'timeout', detail: `deadline of ${deadline_ms} ms` };
      this.fail('SAGE_603', `step ${this.steps + 1} did not return for ${Math.round(step_ms)} ms`, now_ms);
    } else {
      this.halt(
        { reason: 'timeout', detail: `deadline of ${deadline_ms} ms after ${this.steps} steps` },
        now_ms,
      );
    }
  }

  report(now_ms: number): JobReport {
    if (this.live) {
      if (this.plugin.interim !== false) this.guarded.readAnswer(this.history.best);
      if (this.initialised) this.guarded.readTelemetry(this.state);
      if (this.guarded.fault !== null) this.end('failed', now_ms);
    }
    this.dirty = false;
    const { answer, telemetry: extra, fault } = this.guarded;
    const { best } = this.history;
    return {
      job_id: this.job_id,
      plugin: this.plugin.id,
      status: this.status,
      steps: this.steps,
      energies: this.history.energies.slice(),
      best_energy: best?.energy ?? null,
      best_step: best === null ? 0 : best.step - this.first_step,
      best: answer,
      feasibility: this.feasibility,
      spent_matp: this.budget.spent_matp,
      cpu_ms: this.budget.cpu_ms + Math.max(0, extra?.cpu_ms ?? 0),
      time_ms: Math.max(0, (this.ended_ms ?? now_ms) - this.started_ms),
      halt_reason: this.halted?.reason ?? null,
      halt_detail: this.halted?.detail ?? this.detail,
      fault: fault,
      random_draws: this.random_draws,
      ...(extra === undefined ? {} : { extra }),
      ...(this.origin === undefined ? {} : { origin: this.origin }),
    };
  }

  private context(): StepContext {
    return new JobContext(this.first_step + this.steps, this.random, this.abort_controller);
  }

  private starveUnlessAffordable(): void {
    if (this.status === 'running' && !this.budget.affords(this.initialised)) this.status = 'starved';
  }

  private await(work: Promise<unknown>, begin_ms: number, clock: () => number): Promise<void> {
    this.pending_since_ms = begin_ms;
    this.budget.cpu_ms += clock() - begin_ms;
    return work.then(
      (state) => {
        this.pending_since_ms = null;
        if (this.live) this.finishStep(state, clock(), clock);
        else this.disposeLate(state);
      },
      (thrown) => {
        this.pending_since_ms = null;
        if (this.live) this.failWith(thrown, clock());
      },
    );
  }

  /** A job that ended meanwhile keeps its best; a first state that arrives late must be freed here. */
  private disposeLate(state: unknown): void {
    if (!this.initialised) this.guarded.dispose(state);
  }

  /** Everything between two steps: projection, energy, best so far, halts. */
  private finishStep(raw: unknown, begin_ms: number, clock: () => number): void {
    try {
      const state = this.plugin.project(raw);
      const energy = this.plugin.energy(state);
      if (this.initialised) this.steps++;
      if (!Number.isFinite(energy)) {
        const after = this.initialised ? `step ${this.steps}` : 'initState';
        this.fail('SAGE_602', `${energy} after ${after}`, this.stopTimer(begin_ms, clock));
        return;
      }
      const feasibility = this.plugin.feasibility?.(state) ?? null;
      if (Number.isNaN(feasibility)) {
        this.fail(
          'SAGE_602',
          `feasibility() gave NaN after step ${this.steps}`,
          this.stopTimer(begin_ms, clock),
        );
        return;
      }
      this.feasibility = feasibility;
      this.record(state, energy);
      const { plugin, steps, max_steps } = this;
      const halt = haltAfterStep(plugin, this.history.energies, state, feasibility, steps, max_steps);
      const now_ms = this.stopTimer(begin_ms, clock);
      const overspent = this.budget.overspending();
      if (overspent !== null) this.fail('SAGE_609', overspent, now_ms);
      else if (halt !== null) this.halt(halt, now_ms);
      else if (now_ms >= this.deadline_at_ms) this.checkDeadline(now_ms);
      else this.starveUnlessAffordable();
    } catch (thrown) {
      this.failWith(thrown, this.stopTimer(begin_ms, clock));
    }
  }

  private stopTimer(begin_ms: number, clock: () => number): number {
    this.last_ms = clock();
    this.budget.cpu_ms += Math.max(0, this.last_ms - begin_ms);
    return this.last_ms;
  }

  private record(state: unknown, energy: number): void {
    this.initialised = true;
    this.state = state;
    this.history.add(state, energy, this.first_step + this.steps);
    this.dirty = true;
  }

  private halt(halt: Halt, now_ms: number): void {
    this.halted = halt;
    const lie = this.guarded.irreproducible(this.history.best);
    if (lie === null) this.end('halted', now_ms);
    else this.fail('SAGE_605', lie, now_ms);
  }

  /** An error that already has a code (a model host that died, say) keeps it. */
  private failWith(thrown: unknown, now_ms: number): void {
    if (thrown instanceof SageError) this.fail(thrown.code, `${thrown.where}: ${thrown.detail}`, now_ms);
    else this.fail('SAGE_601', messageOf(thrown), now_ms);
  }

  private fail(code: ErrorCode, detail: string, now_ms: number): void {
    if (!this.live) return;
    const short = detail.slice(0, DETAIL_MAX);
    this.guarded.fault = fault(code, `plugin ${this.plugin.id}, ${this.job_id}`, short);
    this.detail = short;
    this.end('failed', now_ms);
  }

  private end(status: 'halted' | 'failed' | 'cancelled', now_ms: number): void {
    this.guarded.readAnswer(this.history.best);
    if (this.initialised) this.guarded.readTelemetry(this.state);
    this.shared.open--;
    if (this.shared.open === 0 && this.initialised) this.guarded.dispose(this.state);
    this.status = this.guarded.fault === null ? status : 'failed';
    this.ended_ms = now_ms;
    this.dirty = true;
    this.abort_controller.abort(`refinement ${this.status}: ${this.detail || this.halted?.detail}`);
  }
}
