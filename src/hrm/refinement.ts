import { type IrpLimits, type JobReport, milliAtp, type Resource } from '../contracts/irp.js';
import { type Convergence, ConvergenceMeter, convergence } from './integration.js';

/** What the orchestrator knows of a plugin; every IrpPlugin conforms. */
export interface PluginCapability {
  readonly id: string;
  readonly resource: Resource;
  readonly cost: { readonly init_atp: number; readonly step_atp: number };
  readonly limits: Pick<IrpLimits, 'max_steps' | 'halt_k'>;
  /** A plugin that frees resources when a job ends; its states cannot be continued afterwards. */
  readonly dispose?: unknown;
}

/** Comparator: by plugin id. */
export const byPlugin = (a: { readonly plugin: string }, b: { readonly plugin: string }) =>
  a.plugin < b.plugin ? -1 : Number(a.plugin > b.plugin);

export const hasEnded = ({ status }: JobReport) =>
  status === 'halted' || status === 'failed' || status === 'cancelled';

/** The orchestrator's record of a job, from its start to its last report. */
export class TrackedJob {
  granted_matp = 0;
  spent_matp = 0;
  report: JobReport | null = null;
  /** Why it was cancelled; the job stays open until its last report. */
  cancel_reason: string | null = null;
  private readonly init_matp: number;
  private readonly step_matp: number;

  /** @param begun true for a branch, which does not pay for initState. */
  constructor(
    readonly job_id: string,
    readonly plugin: string,
    capability: PluginCapability | undefined,
    readonly max_steps: number,
    begun: boolean,
  ) {
    this.init_matp = begun ? 0 : milliAtp(capability?.cost.init_atp ?? 0);
    this.step_matp = milliAtp(capability?.cost.step_atp ?? 0);
  }

  get ended(): boolean {
    return this.report !== null && hasEnded(this.report);
  }

  /** Neither ended nor cancelled. */
  get running(): boolean {
    return this.cancel_reason === null && !this.ended;
  }

  /** Granted but not spent. */
  get outstanding_matp(): number {
    return this.granted_matp - this.spent_matp;
  }

  /** Cost of a full run to its step limit. */
  get full_matp(): number {
    return this.init_matp + this.max_steps * this.step_matp;
  }

  /** What it could still use beyond its grant. */
  get need_matp(): number {
    return Math.max(0, this.full_matp - this.granted_matp);
  }

  /** Cost of the next piece of work; a smaller grant is of no use. */
  get next_matp(): number {
    return this.spent_matp < this.init_matp ? this.init_matp + this.step_matp : this.step_matp;
  }
}

/** One refinement of a plugin: its first job, and the branches from that job's states. */
export class Refinement {
  readonly branches: TrackedJob[] = [];
  /** Branches ordered, including those that failed to start. */
  branches_tried = 0;
  /** Why the refinement as a whole was cancelled. */
  cancel_reason: string | null = null;
  /** Along the path to the best end so far. */
  convergence: Convergence = { monotonicity_ratio: 1, dE_variance: 0 };
  private readonly meter = new ConvergenceMeter();

  constructor(
    readonly root: TrackedJob,
    readonly resource: Resource,
  ) {}

  get job_id(): string {
    return this.root.job_id;
  }

  get plugin(): string {
    return this.root.plugin;
  }

  get jobs(): readonly TrackedJob[] {
    return this.branches.length === 0 ? [this.root] : [this.root, ...this.branches];
  }

  /** True once a branch has reported. */
  get branched(): boolean {
    return this.branches.some(({ report }) => report !== null);
  }

  get ended(): boolean {
    return this.jobs.every(({ ended }) => ended);
  }

  get spent_matp(): number {
    return this.jobs.reduce((sum, { spent_matp }) => sum + spent_matp, 0);
  }

  /** Updates the metrics from the best path; with branches, that path may have changed. */
  updateConvergence(energies: readonly number[]): void {
    this.convergence = this.branched ? convergence(energies) : this.meter.update(energies);
  }

  add(branch: TrackedJob): void {
    this.branches.push(branch);
    this.branches_tried++;
  }

  /** Removes a branch that the runner could not start. */
  remove(job: TrackedJob): void {
    const place = this.branches.indexOf(job);
    if (place >= 0) this.branches.splice(place, 1);
  }
}
