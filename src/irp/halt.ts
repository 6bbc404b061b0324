import { SageError } from '../contracts/errors.js';
import { type AnyIrpPlugin, HALT_REASONS, type HaltReason } from '../contracts/irp.js';
import { digits } from '../contracts/readable.js';

export interface Halt {
  readonly reason: HaltReason;
  readonly detail: string;
}

/**
 * Range of the last k+1 energies; Infinity while there are fewer. The range, not the end-to-end difference:
 * 5, 1, 9, 5 oscillates and has not converged (seeds/003).
 */
function energyRange(energies: readonly number[], k: number): number {
  const first = energies.length - k - 1;
  if (first < 0) return Number.POSITIVE_INFINITY;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let index = first; index < energies.length; index++) {
    const energy = energies[index]!;
    if (energy < low) low = energy;
    if (energy > high) high = energy;
  }
  return high - low;
}

/**
 * Whether a refinement is over after its latest step, and why: feasible with margin, converged, by the
 * plugin's own rule, or at its step limit. The deadline is left to the runner, because it needs a clock.
 */
export function haltAfterStep(
  plugin: AnyIrpPlugin,
  energies: readonly number[],
  state: unknown,
  feasibility: number | null,
  steps: number,
  max_steps: number,
): Halt | null {
  const { feasible_margin, halt_eps, halt_k } = plugin.limits;
  if (feasible_margin !== null && feasibility !== null && feasibility >= feasible_margin) {
    return { reason: 'feasible', detail: `feasibility ${digits(feasibility)} ≥ margin ${feasible_margin}` };
  }
  const range = energyRange(energies, halt_k);
  if (range < halt_eps) {
    return {
      reason: 'slope<eps',
      detail: `range ${digits(range)} of the last ${halt_k + 1} energies < ${halt_eps}`,
    };
  }
  // Only after a step: the output of initState has not been refined yet.
  const own = steps > 0 ? plugin.halt?.(energies, state) : null;
  if (own) return checked(own, plugin.id);
  if (steps >= max_steps) return { reason: 'max_steps', detail: `${steps} of ${max_steps} steps` };
  return null;
}

/** A plugin's reason is truncated to this many characters. */
const DETAIL_MAX = 500;

/** Validates what a plugin's own rule returned, because it goes into telemetry. */
function checked({ reason, detail }: Halt, plugin: string): Halt {
  if (HALT_REASONS.includes(reason)) return { reason, detail: String(detail).slice(0, DETAIL_MAX) };
  throw new SageError(
    'SAGE_607',
    `plugin ${plugin}`,
    `halt(): reason "${reason}", not ${HALT_REASONS.join(', ')}`,
  );
}
