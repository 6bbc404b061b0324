/** An earlier state, kept for rewind and branches. */
export interface StateRecord {
  readonly state: unknown;
  readonly energy: number;
  readonly step: number;
}

/** History of a refinement: every energy, the latest states for rewind and branches, and the best one. */
export class StateHistory {
  readonly energies: number[] = [];
  best: StateRecord | null = null;
  private readonly kept: StateRecord[] = [];

  /** @param keep_states earlier states kept beside the latest */
  constructor(private readonly keep_states: number) {}

  add(state: unknown, energy: number, step: number): void {
    this.energies.push(energy);
    const kept = { state, energy, step };
    this.kept.push(kept);
    if (this.kept.length > this.keep_states + 1) this.kept.shift();
    // Strictly less: of equals the earlier stays, so the answer does not change without being better.
    if (this.best === null || energy < this.best.energy) this.best = kept;
  }

  /** The state so many steps before the latest; undefined where it is not kept. */
  back(steps: number): StateRecord | undefined {
    return this.kept[this.kept.length - 1 - steps];
  }

  get empty(): boolean {
    return this.kept.length === 0;
  }
}
