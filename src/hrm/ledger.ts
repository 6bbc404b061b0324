import type { AtpLedger } from '../contracts/plan.js';

/**
 * The books of ATP, in integer milli-ATP, so that nothing is lost to rounding: after every operation
 * total = allocated + reserve + spent. The total is what came in less what expired.
 */
export class AtpAccount {
  private total_matp = 0;
  private allocated_matp = 0;
  private reserve_matp = 0;
  private spent_matp = 0;
  private expired_matp = 0;
  /** The part of a milli-ATP that income has left over so far, 0..1. */
  private fraction_matp = 0;

  /** Income of atp_per_s over dt_s. */
  deposit(atp_per_s: number, dt_s: number): void {
    const income_matp = atp_per_s * 1000 * dt_s + this.fraction_matp;
    const whole_matp = Math.floor(income_matp);
    this.fraction_matp = income_matp - whole_matp;
    this.total_matp += whole_matp;
    this.reserve_matp += whole_matp;
  }

  /** What the reserve holds beyond `limit_matp` is gone. */
  expireAbove(limit_matp: number): void {
    const excess_matp = Math.max(0, this.reserve_matp - Math.floor(limit_matp));
    this.reserve_matp -= excess_matp;
    this.total_matp -= excess_matp;
    this.expired_matp += excess_matp;
  }

  get reserve(): number {
    return this.reserve_matp;
  }

  /** From the reserve to a job; at most what there is. Returns what was moved. */
  allocate(wanted_matp: number): number {
    const moved_matp = Math.min(Math.max(0, Math.floor(wanted_matp)), this.reserve_matp);
    this.reserve_matp -= moved_matp;
    this.allocated_matp += moved_matp;
    return moved_matp;
  }

  /** A job has spent what was allocated to it. */
  spend(matp: number): void {
    this.allocated_matp -= matp;
    this.spent_matp += matp;
  }

  /** A job has ended; what was allocated to it and not spent is free again. */
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
