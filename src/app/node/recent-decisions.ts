import type { Decision } from '../../contracts/decision.js';

const KEPT_MAX = 512;

/** The last decisions, for the service sage/explain. */
export class RecentDecisions {
  private readonly kept: Decision[] = [];

  add(decision: Decision): void {
    this.kept.push(decision);
    if (this.kept.length > KEPT_MAX) this.kept.shift();
  }

  /** The decision of this cycle, or the last one before it; cycle 0 = the latest. Null when none is kept. */
  find(cycle: number): Decision | null {
    if (cycle === 0) return this.kept.at(-1) ?? null;
    return this.kept.findLast((decision) => decision.cycle <= cycle) ?? null;
  }
}
