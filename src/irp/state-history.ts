/** An earlier state, kept for rewinding and branching. */
export interface StateRecord {
  readonly state: unknown;
  readonly energy: number;
  readonly step: number;
}

/** History of a refinement: every energy, the latest states for rewinding and branching, and the best one. */
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
    // Strictly less: a tie keeps the earlier state, so the answer only changes when it improves.
    if (this.best === null || energy < this.best.energy) this.best = kept;
  }

  /** The state this many steps before the latest; undefined if it is not kept. */
  back(steps: number): StateRecord | undefined {
    return this.kept[this.kept.length - 1 - steps];
  }

  get empty(): boolean {
    return this.kept.length === 0;
  }
}
