/** Every running refinement must have done this many steps within the window: to wait is not to have arrived. */
const STEPS_IN_WINDOW = 10;

interface Entry {
  readonly h_energy: number;
  /** Steps of each running job, in the order of their ids. */
  readonly steps: readonly number[];
}

/** Tells when the H-energy has stopped falling although everything that runs makes steps. Source: seeds/002. */
export class Plateau {
  private entries: Entry[] = [];
  private jobs = '';

  constructor(
    private readonly window: number,
    private readonly eps: number,
  ) {}

  /** True when it has plateaued. The window starts anew whenever other jobs run than before. */
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
