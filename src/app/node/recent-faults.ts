import type { Fault } from '../../contracts/errors.js';

/** A fault stays visible on /diagnostics for this long after it is over, ms. */
const SHOWN_MS = 5000;
const KEPT_MAX = 64;

/**
 * The faults of the last seconds. Some stand for a single cycle (a goal that was not understood); /diagnostics goes out
 * once a second and must not miss them.
 */
export class RecentFaults {
  private readonly seen = new Map<string, { readonly fault: Fault; readonly seen_ms: number }>();

  /** Takes the faults that stand in a cycle. */
  add(faults: readonly Fault[], now_ms: number): void {
    for (const fault of faults) {
      const key = `${fault.code} ${fault.where}`;
      this.seen.delete(key);
      this.seen.set(key, { fault, seen_ms: now_ms });
    }
    for (const [key, { seen_ms }] of this.seen) {
      if (now_ms - seen_ms > SHOWN_MS || this.seen.size > KEPT_MAX) this.seen.delete(key);
    }
  }

  /** Those that stood lately and are not among the ones that stand now. */
  over(standing: readonly Fault[]): readonly Fault[] {
    return [...this.seen.values()]
      .map(({ fault }) => fault)
      .filter(({ code, where }) => !standing.some((now) => now.code === code && now.where === where));
  }
}
