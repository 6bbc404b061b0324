import { type IrpLimits, type JobReport, milliAtp, type Resource } from '../contracts/irp.js';
import { type Convergence, ConvergenceMeter, convergence } from './integration.js';

/** What the orchestrator knows of a plugin; every IrpPlugin fits. */
export interface PluginCapability {
  readonly id: string;
  readonly resource: Resource;
  readonly cost: { readonly init_atp: number; readonly step_atp: number };
  readonly limits: Pick<IrpLimits, 'max_steps' | 'halt_k'>;
  /** Where it frees something at its end, its states cannot be continued after that. */
  readonly dispose?: unknown;
}

/** Order of plugin ids, for sort. */
export const byPlugin = (a: { readonly plugin: string }, b: { readonly plugin: string }) =>
  a.plugin < b.plugin ? -1 : Number(a.plugin > b.plugin);

export const hasEnded = ({ status }: JobReport) =>
  status === 'halted' || status === 'failed' || status === 'cancelled';

/** A job as the orchestrator follows it, from its start to its last report. */
export class TrackedJob {
  granted_matp = 0;
  spent_matp = 0;
  report: JobReport | null = null;
  /** Why it was told to end; it stays open until its last report. */
  cancel_reason: string | null = null;
  private readonly init_matp: number;
  private readonly step_matp: number;

  /** @param begun true for a branch: it pays for no initState. */
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

  /** It neither has ended nor was told to. */
  get running(): boolean {
    return this.cancel_reason === null && !this.ended;
  }

  /** Granted and not spent. */
  get outstanding_matp(): number {
    return this.granted_matp - this.spent_matp;
  }

  /** Cost of the whole run, if it goes to its last step. */
  get full_matp(): number {
    return this.init_matp + this.max_steps * this.step_matp;
  }

  /** What it could still use beyond what it holds. */
  get need_matp(): number {
    return Math.max(0, this.full_matp - this.granted_matp);
  }

  /** What the next piece of work costs: less than this is of no use to it. */
  get next_matp(): number {
    return this.spent_matp < this.init_matp ? this.init_matp + this.step_matp : this.step_matp;
  }
}

/** One refinement of a plugin: its first job, and the branches that go on from states of that one. */
export class Refinement {
  readonly branches: TrackedJob[] = [];
  /** Branches that were ordered, also those that could not begin. */
  branches_tried = 0;
  /** Why the whole was told to end. */
  cancel_reason: string | null = null;
  /** Of the path to the best end so far. */
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

  /** A branch has given a report. */
  get branched(): boolean {
    return this.branches.some(({ report }) => report !== null);
  }

  get ended(): boolean {
    return this.jobs.every(({ ended }) => ended);
  }

  get spent_matp(): number {
    return this.jobs.reduce((sum, { spent_matp }) => sum + spent_matp, 0);
  }

  /** Takes in the energies of the best path; where it branched they may be others than before. */
  updateConvergence(energies: readonly number[]): void {
    this.convergence = this.branched ? convergence(energies) : this.meter.update(energies);
  }

  add(branch: TrackedJob): void {
    this.branches.push(branch);
    this.branches_tried++;
  }

  /** The runner could not begin this branch. */
  remove(job: TrackedJob): void {
    const place = this.branches.indexOf(job);
    if (place >= 0) this.branches.splice(place, 1);
  }
}
