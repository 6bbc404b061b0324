import type { AtpLedger } from '../contracts/plan.js';

/**
 * The ATP ledger, in integer milli-ATP so that nothing is lost to rounding. Invariant after every operation:
 * total = allocated + reserve + spent. The total is all income minus what expired.
 */
export class AtpAccount {
  private total_matp = 0;
  private allocated_matp = 0;
  private reserve_matp = 0;
  private spent_matp = 0;
  private expired_matp = 0;
  /** Fraction of a milli-ATP carried over from the income, 0..1. */
  private fraction_matp = 0;

  /** Deposits atp_per_s over dt_s into the reserve. */
  deposit(atp_per_s: number, dt_s: number): void {
    const income_matp = atp_per_s * 1000 * dt_s + this.fraction_matp;
    const whole_matp = Math.floor(income_matp);
    this.fraction_matp = income_matp - whole_matp;
    this.total_matp += whole_matp;
    this.reserve_matp += whole_matp;
  }

  /** Caps the reserve; the excess expires. */
  expireAbove(limit_matp: number): void {
    const excess_matp = Math.max(0, this.reserve_matp - Math.floor(limit_matp));
    this.reserve_matp -= excess_matp;
    this.total_matp -= excess_matp;
    this.expired_matp += excess_matp;
  }

  get reserve(): number {
    return this.reserve_matp;
  }

  /** Moves up to `wanted_matp` from the reserve to a job; returns what was moved. */
  allocate(wanted_matp: number): number {
    const moved_matp = Math.min(Math.max(0, Math.floor(wanted_matp)), this.reserve_matp);
    this.reserve_matp -= moved_matp;
    this.allocated_matp += moved_matp;
    return moved_matp;
  }

  /** Books what a job spent of its allocation. */
  spend(matp: number): void {
    this.allocated_matp -= matp;
    this.spent_matp += matp;
  }

  /** Returns the unspent allocation of an ended job to the reserve. */
  release(matp: number): void {
    this.allocated_matp -= matp;
    this.reserve_matp += matp;
  }

  snapshot(): AtpLedger {
    return {
      total_matp: this.total_matp,
      allocated_matp: this.allocated_matp,
      reserve_matp: this.reserve_matp,
      spent_matp: this.spent_matp,
      expired_matp: this.expired_matp,
    };
  }
}
