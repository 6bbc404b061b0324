import type { IrpPlugin } from '../../../contracts/irp.js';
import type { Curve, ScenarioPlugin } from './scenario.js';

/** What a synthetic refinement is given: the curve that its energy follows. */
export interface CurveTask {
  readonly curve: Curve;
}

interface CurveState {
  readonly curve: Curve;
  readonly step: number;
}

/** The energy after `step` steps, 1 at first. */
export function energyAfter({ rate, floor, delay }: Curve, step: number): number {
  return floor + (1 - floor) * Math.exp(-rate * Math.max(0, step - delay));
}

/** Steps after which a curve is at or below an energy; Infinity where it never gets there. */
export function stepsTo({ rate, floor, delay }: Curve, energy: number): number {
  if (energy >= 1) return 0;
  if (energy <= floor) return Number.POSITIVE_INFINITY;
  return delay + Math.ceil(Math.log((1 - floor) / (energy - floor)) / rate - 1e-9);
}

/** A plugin of a scenario as the runner takes it: its energy falls by the curve of its task. */
export function curvePlugin(plugin: ScenarioPlugin): IrpPlugin<CurveTask, CurveState, number> {
  return {
    id: plugin.id,
    declaration: {
      state_space: 'number of steps',
      noise_model: 'none',
      energy: 'share of the initial distance that is left',
      coherence_contribution: 'none',
    },
    resource: plugin.resource,
    cost: { init_atp: plugin.init_atp, step_atp: plugin.step_atp },
    limits: {
      max_steps: plugin.max_steps,
      deadline_ms: 60_000,
      halt_eps: 1e-3,
      halt_k: 5,
      feasible_margin: null,
    },
    initState: ({ curve }) => ({ curve, step: 0 }),
    energy: ({ curve, step }) => energyAfter(curve, step),
    step: ({ curve, step }) => ({ curve, step: step + 1 }),
    project: (state) => state,
    answer: ({ curve, step }) => energyAfter(curve, step),
  };
}
