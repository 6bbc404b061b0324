/** Steps that every running refinement must have made within the window: waiting is not convergence. */
const STEPS_IN_WINDOW = 10;

interface Entry {
  readonly h_energy: number;
  /** Steps of each running job, in the order of their ids. */
  readonly steps: readonly number[];
}

/**
 * Detects that the H-energy has stopped falling although everything running makes steps. Source: seeds/002.
 */
export class Plateau {
  private entries: Entry[] = [];
  private jobs = '';

  constructor(
    private readonly window: number,
    private readonly eps: number,
  ) {}

  /** True once it has plateaued. The window restarts whenever the set of running jobs changes. */
  reached(
    h_energy: number,
    running: readonly { readonly job_id: string; readonly steps: number }[],
  ): boolean {
    const jobs = running.map(({ job_id }) => job_id).join();
    if (jobs !== this.jobs || running.length === 0) this.entries = [];
    this.jobs = jobs;
    if (running.length === 0) return false;
    this.entries.push({ h_energy, steps: running.map(({ steps }) => steps) });
    if (this.entries.length > this.window) this.entries.shift();
    if (this.entries.length < this.window) return false;
    const energies = this.entries.map((entry) => entry.h_energy);
    if (Math.max(...energies) - Math.min(...energies) >= this.eps) return false;
    const oldest = this.entries[0]!.steps;
    return running.every(({ steps }, index) => steps - oldest[index]! >= STEPS_IN_WINDOW);
  }
}
