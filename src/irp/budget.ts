import { type AnyIrpPlugin, milliAtp } from '../contracts/irp.js';

/** CPU time that a refinement may use for its declared cost: a rate per ATP spent, plus slack. */
export interface Allowance {
  readonly ms_per_atp: number;
  readonly slack_ms: number;
}

/** The ATP budget of a refinement: granted, spent by declared cost, and the CPU time really used. */
export class Budget {
  spent_matp = 0;
  /** Time of the thread, ms. */
  cpu_ms = 0;
  private readonly init_matp: number;
  private readonly step_matp: number;

  constructor(
    { init_atp, step_atp }: AnyIrpPlugin['cost'],
    private granted_matp: number,
    private readonly allowance: Allowance,
  ) {
    this.init_matp = milliAtp(init_atp);
    this.step_matp = milliAtp(step_atp);
  }

  grant(grant_matp: number): void {
    this.granted_matp += grant_matp;
  }

  /** Whether the next piece of work can be paid: initState, or a step once that is done. */
  affords(initialised: boolean): boolean {
    return this.spent_matp + this.priceOf(initialised) <= this.granted_matp;
  }

  pay(initialised: boolean): void {
    this.spent_matp += this.priceOf(initialised);
  }

  /** What a plugin declares is what it is charged; one that takes far more of the thread than that, in words, or null. */
  overspending(): string | null {
    const spent_atp = this.spent_matp / 1000;
    const { ms_per_atp, slack_ms } = this.allowance;
    if (this.cpu_ms <= slack_ms + ms_per_atp * spent_atp) return null;
    return `used ${Math.round(this.cpu_ms)} ms of thread time for ${spent_atp} ATP declared`;
  }

  private priceOf(initialised: boolean): number {
    return initialised ? this.step_matp : this.init_matp;
  }
}
