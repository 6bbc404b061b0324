import type { JobReport } from '../../../contracts/irp.js';
import { createVirtualRunner } from '../../../irp/index.js';
import {
  createPlanePathPlugin,
  type PlanePath,
  type PlaneProblem,
  type PlaneState,
  type Point,
} from '../../../plugins/plane-path/index.js';
import { armProblem, feasible, gridWorld, solvable } from './worlds.js';

/** A target counts as reached within this, m. */
const REACHED_M = 0.005;
const CONTROL_STEPS = [0, 1, 2, 5, 10, 20, 40, 80, 160, 240] as const;
const STEPS_MAX = CONTROL_STEPS.at(-1)!;
const STEP_MS = 1;

/** How the answers stand after so many steps, over all problems. */
export interface ControlPoint {
  readonly steps: number;
  /** Share of the answers that may be driven. */
  readonly feasible_share: number;
  /** The same for the band itself, sent without the projection: what a penalty alone gives. */
  readonly feasible_without_projection_share: number;
  /** Share that ends at the target. Feasible is not reached. */
  readonly reached_share: number;
  readonly remaining_m_median: number;
  readonly remaining_m_p90: number;
}

export interface ControlFigures {
  readonly world: string;
  readonly problems: number;
  /** Share of the problems that have a solution, by exhaustive search. */
  readonly solvable_share: number;
  /** Of those that have one, the share that was reached. */
  readonly reached_of_solvable_share: number;
  readonly points: readonly ControlPoint[];
}

interface Look {
  readonly feasible: boolean;
  readonly band_feasible: boolean;
  readonly remaining_m: number;
}

/** What stands after each of CONTROL_STEPS, on the real runner in virtual time. */
async function run(problem: PlaneProblem, seed: number): Promise<readonly Look[]> {
  let band: readonly Point[] = [];
  const plugin = createPlanePathPlugin({ max_steps: STEPS_MAX });
  const watched = {
    ...plugin,
    project: (state: PlaneState) => {
      ({ band } = state);
      return plugin.project(state);
    },
  };
  const runner = createVirtualRunner([watched], { cost_ms: {}, default_cost_ms: STEP_MS });
  const start = { kind: 'start', job_id: 'path', plugin: plugin.id, task: problem, seed } as const;
  runner.submit({ ...start, grant_matp: 1e9, max_steps: STEPS_MAX });
  const looks: Look[] = [];
  let report: JobReport | undefined;
  let done = -1;
  for (const steps of CONTROL_STEPS) {
    await runner.advance((steps - done) * STEP_MS + 1e-9);
    done = steps;
    report = runner.drain()[0] ?? report;
    if (report?.best === undefined) throw new RangeError(`no answer after ${steps} steps`);
    const { points, remaining_m } = report.best as PlanePath;
    looks.push({
      feasible: feasible(problem, points),
      band_feasible: feasible(problem, dense(problem, band)),
      remaining_m,
    });
  }
  runner.close();
  return looks;
}

/** The band in moves within the limit of velocity, so that it is judged by what it touches alone. */
function dense({ step_max }: PlaneProblem, band: readonly Point[]): readonly Point[] {
  return band.flatMap((point, index) => {
    const before = band[index - 1];
    if (before === undefined) return [point];
    const moves = Math.max(
      1,
      Math.ceil(Math.max(Math.abs(point[0] - before[0]), Math.abs(point[1] - before[1])) / step_max),
    );
    return Array.from({ length: moves }, (_, move): Point => {
      const share = (move + 1) / moves;
      return [before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1])];
    });
  });
}

const share = <T>(list: readonly T[], holds: (one: T) => boolean) =>
  list.filter(holds).length / Math.max(1, list.length);

function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))] ?? Number.NaN;
}

async function figures(
  world: string,
  make: (seed: number) => PlaneProblem,
  problems: number,
): Promise<ControlFigures> {
  const runs: { looks: readonly Look[]; solvable: boolean }[] = [];
  for (let seed = 1; seed <= problems; seed++) {
    const problem = make(seed);
    runs.push({ looks: await run(problem, seed), solvable: solvable(problem) });
  }
  const reached = ({ remaining_m }: Look) => remaining_m <= REACHED_M;
  return {
    world,
    problems,
    solvable_share: share(runs, (one) => one.solvable),
    reached_of_solvable_share: share(
      runs.filter((one) => one.solvable),
      ({ looks }) => reached(looks.at(-1)!),
    ),
    points: CONTROL_STEPS.map((steps, index) => {
      const looks = runs.map((one) => one.looks[index]!);
      const remaining = looks.map(({ remaining_m }) => remaining_m);
      return {
        steps,
        feasible_share: share(looks, (look) => look.feasible),
        feasible_without_projection_share: share(looks, (look) => look.band_feasible),
        reached_share: share(looks, reached),
        remaining_m_median: quantile(remaining, 0.5),
        remaining_m_p90: quantile(remaining, 0.9),
      };
    }),
  };
}

/** Proof 3 of seeds/002: feasibility against the number of steps, and apart from it the share that truly arrives. */
export async function benchControl(problems: number): Promise<readonly ControlFigures[]> {
  return [await figures('two-link arm', armProblem, problems), await figures('grid', gridWorld, problems)];
}
