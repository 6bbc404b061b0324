import type { IrpPlugin, StepContext } from '../../contracts/irp.js';
import { newBand, relaxed } from './band.js';
import { lengthOf, type PlaneProblem, type Point } from './problem.js';
import { projectPath } from './projection.js';

/** Relaxations of a band per step. */
const RELAXATIONS = 4;
/** Steps per band before another is tried. */
const STEPS_PER_BAND = 3;
/** Random candidates per new band; the one ending closest to the goal is taken. */
const TRIES = 4;
/**
 * Largest weight of the length, in m of distance to the target: a path that arrives never loses to a shorter
 * one.
 */
const LENGTH_WEIGHT_M = 0.004;
const VIAS_MAX = 2;
/** Free ways that new bands may branch from; when full, the oldest is dropped. */
const KNOWN_MAX = 128;

/** A drivable path and where it ends. */
export interface PlanePath {
  readonly points: readonly Point[];
  /** Distance of its end from the target, m. Feasible does not imply reached: this tells. */
  readonly remaining_m: number;
}

/** One state of a refinement; immutable. */
export interface PlaneState {
  readonly problem: PlaneProblem;
  /** The band being refined; it may cut through obstacles. */
  readonly band: readonly Point[];
  /** Bands started so far, and steps of the current one. */
  readonly bands: number;
  readonly band_steps: number;
  /** The best projection of all bands so far. */
  readonly best: PlanePath | null;
  /** Free ways, oldest first. */
  readonly known: readonly (readonly Point[])[];
  readonly energy: number;
}

function begun(
  problem: PlaneProblem,
  bands: number,
  known: PlaneState['known'],
  random: () => number,
): readonly Point[] {
  const goal = problem.goals[bands % problem.goals.length];
  // Without a reachable goal there is nowhere to go.
  if (goal === undefined) return [problem.start];
  // The first band to each goal is straight; later ones branch from the end of a known way.
  if (bands < problem.goals.length) return newBand(problem, [problem.start], 0, goal, random);
  const from = known[Math.floor(random() * known.length)] ?? [problem.start];
  return newBand(problem, from, 1 + Math.floor(random() * VIAS_MAX), goal, random);
}

/** Length that converts orientation errors to m: one radian weighs as much. */
function nearestOf(
  { problem, bands, known }: PlaneState,
  random: () => number,
): Pick<PlaneState, 'band' | 'known'> {
  const tries = Array.from({ length: TRIES }, (_, index) => {
    const band = begun(problem, bands * TRIES + index, known, random);
    const { points, corners } = projectPath(problem, band);
    return { band, corners, remaining_m: problem.remaining_m(points.at(-1)!) };
  });
  const [nearest] = [...tries].sort((a, b) => a.remaining_m - b.remaining_m);
  const added = tries.map(({ corners }) => corners).filter(({ length }) => length > 1);
  return { band: nearest!.band, known: [...known, ...added].slice(-KNOWN_MAX) };
}

function stepped(before: PlaneState, random: () => number): PlaneState {
  const { problem, band_steps, bands } = before;
  if (band_steps >= STEPS_PER_BAND) {
    return { ...before, ...nearestOf(before, random), bands: bands + 1, band_steps: 0 };
  }
  let { band } = before;
  for (let count = 0; count < RELAXATIONS; count++) band = relaxed(problem, band);
  return { ...before, band, band_steps: band_steps + 1 };
}

function projected(state: PlaneState): PlaneState {
  const { problem, band } = state;
  const { points, corners } = projectPath(problem, band);
  const remaining_m = problem.remaining_m(points.at(-1)!);
  const length = lengthOf(points);
  const energy = remaining_m + (LENGTH_WEIGHT_M * length) / (1 + length);
  if (energy >= state.energy) return state;
  const known = [...state.known, corners].slice(-KNOWN_MAX);
  return { ...state, known, best: { points, remaining_m }, energy };
}

/** Smallest clearance along a path, m. */
function marginOf({ problem, best }: PlaneState): number {
  return (best?.points ?? [problem.start]).reduce(
    (least, point) => Math.min(least, problem.clearance(point)),
    Number.POSITIVE_INFINITY,
  );
}

interface PlanePathOptions {
  /** Step limit of a refinement; default 240. */
  readonly max_steps?: number;
}

/**
 * A two-dimensional planner small enough to read: an elastic band as the state, random detours as the noise,
 * and a constraint projection that makes every intermediate answer drivable. The pattern of
 * `src/plugins/trajectory`, without its size. Source: seeds/002, proof 3.
 */
export function createPlanePathPlugin(
  options: PlanePathOptions = {},
): IrpPlugin<PlaneProblem, PlaneState, PlanePath> {
  return {
    id: 'plane-path',
    declaration: {
      state_space: 'elastic band of configurations of two dimensions; the best path that can be driven',
      noise_model:
        'random ways around: a new band goes on from a way known to be free by one or two random places',
      energy: 'distance of the end from the target, m, and a few millimetres more the longer the path is',
      coherence_contribution: 'whether a target can be reached, and how nearly',
    },
    resource: 'effector',
    cost: { init_atp: 1, step_atp: 0.5 },
    limits: {
      max_steps: options.max_steps ?? 240,
      deadline_ms: 10_000,
      halt_eps: 1e-6,
      halt_k: 100,
      feasible_margin: null,
    },
    initState: (problem: PlaneProblem, { random }: StepContext): PlaneState => ({
      problem,
      band: begun(problem, 0, [], random),
      known: [],
      bands: 1,
      band_steps: 0,
      best: null,
      energy: Number.POSITIVE_INFINITY,
    }),
    energy: ({ energy }) => energy,
    step: (state, { random }) => stepped(state, random),
    project: projected,
    feasibility: marginOf,
    answer: ({ best, problem }) => best ?? { points: [problem.start], remaining_m: Number.POSITIVE_INFINITY },
    emitTelemetry: ({ best, bands }) => ({ remaining_m: best?.remaining_m ?? Number.NaN, bands }),
  };
}
