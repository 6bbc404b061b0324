/** Standing of one plugin: its latest refinement, running or ended. */
export interface Standing {
  readonly plugin: string;
  readonly trust: number;
  /** Share of the initial energy that is left, 0..1. */
  readonly energy: number;
  /** Share of steps that did not raise the energy, 0..1. */
  readonly monotonicity: number;
}

const unit = (value: number) => (value > 0 ? Math.min(1, value) : 0);

/**
 * Share of its initial energy that a refinement has left, 0..1: best / initial, for a distance from a good
 * answer. 0 is a perfect answer, not a missing one. Negative energies fall by their initial magnitude.
 */
export function normalisedEnergy(initial: number, best: number): number {
  if (initial === 0) return best > 0 ? 1 : 0;
  return unit(1 - (initial / Math.abs(initial) - best / Math.abs(initial)));
}

export interface Convergence {
  /** Share of steps that did not raise the energy, 0..1; 1 without steps. */
  readonly monotonicity_ratio: number;
  readonly dE_variance: number;
}

/**
 * Incremental convergence metrics of a running refinement: looks at each energy once, however often it is
 * called. Source: seeds/002.
 */
export class ConvergenceMeter {
  private steps = 0;
  private raised = 0;
  private mean = 0;
  private squares = 0;

  /** @param energies all so far, the initial one first; must extend those of the previous call. */
  update(energies: readonly number[]): Convergence {
    for (let step = this.steps + 1; step < energies.length; step++) {
      const dE = energies[step]! - energies[step - 1]!;
      if (dE > 0) this.raised++;
      const off = dE - this.mean;
      this.mean += off / step;
      this.squares += off * (dE - this.mean);
    }
    this.steps = Math.max(this.steps, energies.length - 1);
    if (this.steps < 1) return { monotonicity_ratio: 1, dE_variance: 0 };
    const variance = this.squares / this.steps;
    // Differences of energies near ±1e308 have no finite variance, but telemetry requires a number.
    const dE_variance = Number.isFinite(variance) ? Math.max(0, variance) : Number.MAX_VALUE;
    return { monotonicity_ratio: (this.steps - this.raised) / this.steps, dE_variance };
  }
}

/** Share of steps that did not raise the energy, and the variance of dE. */
export const convergence = (energies: readonly number[]): Convergence =>
  new ConvergenceMeter().update(energies);

/** H-energy: trust-weighted mean of the normalised energy of all plugins, 0..1; 0 without plugins. */
export function hEnergy(standings: readonly Standing[]): number {
  return weightedMean(standings, ({ energy }) => energy);
}

/**
 * System coherence, 0..1: trust-weighted mean of how far each plugin's energy has fallen times how steadily.
 * 1 when every plugin has converged monotonically, 0 when none has moved.
 */
export function coherenceOf(standings: readonly Standing[]): number {
  return weightedMean(standings, ({ energy, monotonicity }) => (1 - energy) * monotonicity);
}

/**
 * Contribution of each plugin by leave-one-out: the H-energy of the others alone, minus that of all. Positive
 * where the system is better off with it. A single plugin is compared with no refinement at all (1).
 */
export function contributions(standings: readonly Standing[]): ReadonlyMap<string, number> {
  const trusts = standings.reduce((sum, { trust }) => sum + trust, 0);
  const energies = standings.reduce((sum, { trust, energy }) => sum + trust * energy, 0);
  const all = trusts > 0 ? energies / trusts : 0;
  return new Map(
    standings.map(({ plugin, trust, energy }) => {
      const others = trusts - trust;
      const without = standings.length > 1 && others > 0 ? (energies - trust * energy) / others : 1;
      return [plugin, without - all];
    }),
  );
}

function weightedMean(standings: readonly Standing[], value: (standing: Standing) => number): number {
  let sum = 0;
  let weights = 0;
  for (const standing of standings) {
    sum += standing.trust * value(standing);
    weights += standing.trust;
  }
  return weights > 0 ? unit(sum / weights) : 0;
}
