import type { Fault } from '../../contracts/errors.js';

/** Distinct faults; a run has a handful. */
const KINDS_MAX = 20;

/** What stood against the data of a run, and for how many cycles. */
export interface CountedFault extends Fault {
  readonly cycles: number;
}

/** Counts what stood against the data cycle by cycle, by code and place; the words are those of the first one. */
export class FaultTally {
  private readonly found = new Map<string, { readonly fault: Fault; cycles: number }>();

  add(faults: readonly Fault[]): void {
    const seen = new Set<string>();
    for (const fault of faults) {
      const key = `${fault.code} ${fault.where}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const known = this.found.get(key);
      if (known !== undefined) known.cycles += 1;
      else if (this.found.size < KINDS_MAX) this.found.set(key, { fault, cycles: 1 });
    }
  }

  /** In order of their first cycle. */
  counted(): readonly CountedFault[] {
    return [...this.found.values()].map(({ fault: { code, where, text }, cycles }) => ({
      code,
      where,
      text,
      cycles,
    }));
  }
}
