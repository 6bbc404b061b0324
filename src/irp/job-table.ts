import { type ErrorCode, fault, SageError } from '../contracts/errors.js';
import type { AnyIrpPlugin, JobCommand, JobReport } from '../contracts/irp.js';
import type { Parameters } from '../contracts/parameters/index.js';
import type { Allowance } from './budget.js';
import { Job } from './job.js';
import { pluginsById } from './plugin-check.js';

export interface JobTableOptions {
  /** Earlier states kept per job to branch from; default 8. */
  readonly keep_states?: number;
  /** Overspending ends a refinement (SAGE_609); default no limit. */
  readonly allowance?: Allowance;
  /** Maximum number of live jobs; default 64. */
  readonly jobs_max?: number;
  /** Ended jobs whose states are kept for branches, if their plugin has no `dispose`; default 8. */
  readonly retained_max?: number;
}

/** Job table options from the node's parameters. */
export function jobOptions({ hrm, irp }: Pick<Parameters, 'hrm' | 'irp'>): JobTableOptions {
  return {
    keep_states: hrm.branch_back_steps,
    allowance: { ms_per_atp: irp.overspend_ms_per_atp, slack_ms: irp.overspend_slack_ms },
  };
}

const NO_LIMIT: Allowance = { ms_per_atp: 0, slack_ms: Number.POSITIVE_INFINITY };

type Start = Extract<JobCommand, { kind: 'start' }>;
type Branch = Extract<JobCommand, { kind: 'branch' }>;

/** The jobs of a runner: commands in, reports out. Scheduling their steps is up to the runner. */
export class JobTable {
  private readonly plugins: ReadonlyMap<string, AnyIrpPlugin>;
  private readonly jobs = new Map<string, Job>();
  private readonly retained = new Map<string, Job>();
  private refused: JobReport[] = [];
  private readonly keep_states: number;
  private readonly allowance: Allowance;
  private readonly jobs_max: number;
  private readonly retained_max: number;

  constructor(plugins: readonly AnyIrpPlugin[], options: JobTableOptions) {
    this.plugins = pluginsById(plugins);
    this.keep_states = options.keep_states ?? 8;
    this.allowance = options.allowance ?? NO_LIMIT;
    this.jobs_max = options.jobs_max ?? 64;
    this.retained_max = options.retained_max ?? 8;
  }

  get live_jobs(): number {
    let live = 0;
    for (const job of this.jobs.values()) if (job.live) live++;
    return live;
  }

  /** Jobs waiting for their next piece of work. */
  *ready(): Iterable<Job> {
    for (const job of this.jobs.values()) if (job.ready) yield job;
  }

  /**
   * Applies a command; returns the job to schedule, or null if there is nothing to do. A command for an ended
   * job is not an error.
   */
  submit(command: JobCommand, now_ms: number): Job | null {
    switch (command.kind) {
      case 'start':
        return this.start(command, now_ms);
      case 'branch':
        return this.branch(command, now_ms);
      case 'grant': {
        checkGrant(command.job_id, command.grant_matp);
        const job = this.jobs.get(command.job_id) ?? null;
        job?.grant(command.grant_matp);
        return job;
      }
      case 'cancel':
        this.jobs.get(command.job_id)?.cancel(command.reason, now_ms);
        return null;
    }
  }

  /**
   * Reports of everything that changed since the last drain, by job id. An ended job is reported once, then
   * forgotten.
   */
  drain(now_ms: number): readonly JobReport[] {
    return this.reports(now_ms, false);
  }

  /** Like `drain`, for ended jobs only. */
  drainEnded(now_ms: number): readonly JobReport[] {
    return this.reports(now_ms, true);
  }

  private reports(now_ms: number, ended: boolean): readonly JobReport[] {
    const reports = this.refused;
    this.refused = [];
    for (const [job_id, job] of this.jobs) {
      job.checkDeadline(now_ms);
      if (!job.dirty || (ended && job.live)) continue;
      reports.push(job.report(now_ms));
      if (!job.live) this.forget(job_id, job);
    }
    return reports.sort((a, b) => (a.job_id < b.job_id ? -1 : Number(a.job_id > b.job_id)));
  }

  cancelAll(reason: string, now_ms: number): void {
    for (const job of this.jobs.values()) job.cancel(reason, now_ms);
    this.retained.clear();
  }

  private start(command: Start, now_ms: number): Job | null {
    const plugin = this.plugins.get(command.plugin);
    const problem = this.admission(command);
    if (plugin === undefined)
      return this.refuse(command.job_id, command.plugin, 'SAGE_604', 'not registered');
    if (problem !== null) return this.refuse(command.job_id, command.plugin, 'SAGE_606', problem);
    const { keep_states, allowance } = this;
    const job = Job.start({ ...command, plugin, keep_states, allowance }, now_ms);
    this.jobs.set(job.job_id, job);
    return job;
  }

  private branch(command: Branch, now_ms: number): Job | null {
    const parent = this.jobs.get(command.from_job_id) ?? this.retained.get(command.from_job_id);
    const plugin = parent?.plugin.id ?? command.from_job_id;
    const problem = this.admission(command);
    if (problem !== null) return this.refuse(command.job_id, plugin, 'SAGE_606', problem);
    const usable = parent?.live || parent?.keepsStates ? parent : undefined;
    const { keep_states, allowance } = this;
    const job = usable?.branch({ ...command, keep_states, allowance }, command.back_steps, now_ms) ?? null;
    if (job === null) {
      const detail = `${command.from_job_id} has no state from ${command.back_steps} steps back`;
      return this.refuse(command.job_id, plugin, 'SAGE_606', detail);
    }
    this.jobs.set(job.job_id, job);
    return job;
  }

  /** Why a new job is refused, or null. Throws on a duplicate job id, which is a bug in the caller. */
  private admission(command: Start | Branch): string | null {
    checkGrant(command.job_id, command.grant_matp);
    if (this.jobs.has(command.job_id)) throw new SageError('SAGE_606', command.job_id, 'job id used twice');
    if (this.live_jobs >= this.jobs_max) return `${this.jobs_max} jobs are already running`;
    if (!(command.max_steps >= 0)) return `max_steps of ${command.max_steps}`;
    return null;
  }

  private refuse(job_id: string, plugin: string, code: ErrorCode, detail: string): null {
    this.refused.push(refusal(job_id, plugin, code, detail));
    return null;
  }

  private forget(job_id: string, job: Job): void {
    this.jobs.delete(job_id);
    if (!job.keepsStates || this.retained_max === 0) return;
    this.retained.set(job_id, job);
    // Maps iterate in insertion order: the first key is the oldest.
    if (this.retained.size > this.retained_max) this.retained.delete(this.retained.keys().next().value!);
  }
}

/** Throws SAGE_606 unless the grant is an integer ≥ 0, milli-ATP. */
function checkGrant(job_id: string, grant_matp: number): void {
  if (Number.isSafeInteger(grant_matp) && grant_matp >= 0) return;
  throw new SageError('SAGE_606', job_id, `grant of ${grant_matp} milli-ATP`);
}

/** Report of a job that could not start, or was lost before its first report. */
export function refusal(job_id: string, plugin: string, code: ErrorCode, detail: string): JobReport {
  return {
    job_id,
    plugin,
    status: 'failed',
    steps: 0,
    energies: [],
    best_energy: null,
    best_step: 0,
    best: undefined,
    feasibility: null,
    spent_matp: 0,
    cpu_ms: 0,
    time_ms: 0,
    halt_reason: null,
    halt_detail: detail,
    fault: fault(code, `plugin ${plugin}, ${job_id}`, detail),
  };
}
