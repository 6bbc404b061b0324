import { type AnyIrpPlugin, milliAtp } from '../contracts/irp.js';

/** CPU time a refinement may use for its declared cost: a rate per ATP spent, plus slack. */
export interface Allowance {
  readonly ms_per_atp: number;
  readonly slack_ms: number;
}

/** ATP budget of a refinement: granted, spent by declared cost, and the CPU time actually used. */
export class Budget {
  spent_matp = 0;
  /** CPU time on the thread, ms. */
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

  /** Whether the grant covers the next piece of work: initState, or a step once that is done. */
  affords(initialised: boolean): boolean {
    return this.spent_matp + this.priceOf(initialised) <= this.granted_matp;
  }

  pay(initialised: boolean): void {
    this.spent_matp += this.priceOf(initialised);
  }

  /**
   * A plugin is charged what it declares. If it uses far more CPU than that, says so in words; otherwise
   * null.
   */
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
