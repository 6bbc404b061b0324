import type { IrpLimits, JobReport, Resource } from '../contracts/irp.js';
import { convergence } from './integration.js';

/** What the orchestrator knows of a plugin; every IrpPlugin fits. */
export interface PluginCapability {
  readonly id: string;
  readonly resource: Resource;
  readonly cost: { readonly init_atp: number; readonly step_atp: number };
  readonly limits: Pick<IrpLimits, 'max_steps'>;
}

/** Declared ATP as integer milli-ATP, rounded up, as the runner charges it. */
const milliAtp = (atp: number) => Math.ceil(atp * 1000 - 1e-6);

/** One refinement as the orchestrator follows it, from its start to its last report. */
export class OpenJob {
  granted_matp = 0;
  spent_matp = 0;
  report: JobReport | null = null;
  /** Of the energies of that report. */
  convergence = convergence([]);
  /** Why it was told to end; it stays open until its last report. */
  closing: string | null = null;
  private readonly init_matp: number;
  private readonly step_matp: number;

  constructor(
    readonly job_id: string,
    readonly plugin: string,
    readonly resource: Resource,
    capability: PluginCapability | undefined,
    readonly max_steps: number,
  ) {
    this.init_matp = milliAtp(capability?.cost.init_atp ?? 0);
    this.step_matp = milliAtp(capability?.cost.step_atp ?? 0);
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

export const hasEnded = ({ status }: JobReport) =>
  status === 'halted' || status === 'failed' || status === 'cancelled';
