import { SageError } from '../../contracts/errors.js';
import type { IrpPlugin } from '../../contracts/irp.js';
import type { TrajectoryAnswer, TrajectoryTask } from '../../contracts/motion.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { digits } from '../../contracts/readable.js';
import type { ArmContext } from '../../robot/arm-context.js';
import { problemOf } from './problem.js';
import { firstState, projected, type RefinementState, refined } from './refinement.js';

export type { RefinementState } from './refinement.js';

interface TrajectoryDeps {
  /** The current arm from description and parameters; null without one. */
  readonly robot: () => ArmContext | null;
  readonly parameters: Pick<Parameters, 'trajectory'>;
}

/** Longer than the usual window, because energies are flat while a blocked route is being bent. */
const HALT_K = 40;
const HALT_EPS = 1e-4;
const DEADLINE_MS = 4000;

/**
 * Refines a joint trajectory to a tip or joint target. Every state holds a trajectory that satisfies the
 * limits on position, velocity and acceleration and the clearance from table and self, starts at the measured
 * state and ends at rest: it is safe to send after any step, including none. Whether it reaches the target is
 * another matter; see `terminal_error`.
 */
export function createTrajectoryPlugin(
  deps: TrajectoryDeps,
): IrpPlugin<TrajectoryTask, RefinementState, TrajectoryAnswer> {
  const settings = deps.parameters.trajectory;
  return {
    id: 'trajectory',
    declaration: {
      state_space:
        'candidate final postures and one path per candidate, as B-splines in joint space; the best safe trajectory',
      noise_model: 'random restarts of the final posture and of the way around an obstacle',
      energy:
        'distance of the end from the target (0.1 m or 0.5 rad weigh 1), and a little for time, bends and a crowded end',
      coherence_contribution: 'whether what was decided can be done by this arm, and how nearly',
    },
    resource: 'effector',
    cost: { init_atp: 2, step_atp: 0.5 },
    limits: {
      max_steps: settings.max_steps,
      deadline_ms: DEADLINE_MS,
      halt_eps: HALT_EPS,
      halt_k: HALT_K,
      feasible_margin: null,
    },
    initState(task, context) {
      const arm = deps.robot();
      if (arm === null) throw new SageError('SAGE_301', 'trajectory', 'no motion can be planned without it');
      return firstState(problemOf(arm, task, settings), context.random);
    },
    energy: (state) => state.best.energy,
    step: (state, context) => refined(state, context.random),
    project: projected,
    feasibility: marginOf,
    halt(_energies, state) {
      if (!state.exhausted) return null;
      const { reached, terminal_error } = state.best;
      return reached
        ? { reason: 'feasible', detail: 'reached, and no other posture or way is better' }
        : {
            reason: 'slope<eps',
            detail: `ends ${away(state.problem.tip === null, terminal_error)} away; nothing is left to try`,
          };
    },
    answer: ({ best }) => ({
      trajectory: best.trajectory,
      terminal_error: best.terminal_error,
      approach_error_rad: best.approach_error_rad,
      clearance_m: best.clearance_m,
    }),
    emitTelemetry: ({ best, candidates }) => ({
      terminal_error: best.terminal_error,
      approach_error_rad: best.approach_error_rad,
      clearance_m: best.clearance_m,
      duration_s: best.duration_s,
      candidates: candidates.length,
    }),
  };
}

/** Formats the terminal error: largest joint error of a posture, or distance of the tip. */
function away(posture: boolean, terminal_error: number): string {
  return posture ? `${digits(terminal_error)} rad` : `${digits(terminal_error * 1000)} mm`;
}

/**
 * Margin of the end within the tolerance: 1 at the target, negative outside. All other constraints hold in
 * every state: feasible does not imply reached, so both are required.
 */
function marginOf({ best, problem }: RefinementState): number {
  const { position, approach_rad } = problem.tolerance;
  return Math.min(1 - best.terminal_error / position, 1 - best.approach_error_rad / approach_rad);
}
