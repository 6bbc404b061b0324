import {
  type Candidate,
  firstCandidates,
  fresh,
  RESTARTS_MAX,
  randomPosture,
  refineCandidates,
} from './candidates.js';
import { throughPostures } from './joint-path.js';
import type { Problem } from './problem.js';
import { bendRoute, PUSHES_MAX, routePostures, straightened, VIAS_MAX } from './routes.js';
import { energyLowerBound, holdSolution, type Proposal, projectProposal, type Solution } from './solution.js';
import { type Line, lineOf, lineSettled, onLine, refineLine } from './straight-line.js';

/** One state of the refinement; immutable, each step makes a new one. */
export interface RefinementState {
  readonly problem: Problem;
  /** Final postures of a free motion; empty for a straight one. */
  readonly candidates: readonly Candidate[];
  readonly line: Line | null;
  readonly restarts: number;
  /** What the next projection evaluates. */
  readonly proposal: Proposal | null;
  /** The best trajectory that satisfies every constraint. */
  readonly best: Solution;
  /** Consecutive failures to straighten the best route. */
  readonly tightened: number;
  /** Steps since the best reached the target. */
  readonly polished: number;
  /** True when nothing can improve it any more. */
  readonly exhausted: boolean;
}

/** Energy penalty of a candidate with a blocked route when choosing what to evaluate next. */
const BLOCKED_PENALTY = 0.04;
const TOUCH_PENALTY = 0.5;
/** Live candidates to maintain while the target is not reached. */
const LIVE_MIN = 2;
/** Smaller possible gains are not worth another route. */
const GAIN_MIN = 0.004;
const TIGHTEN_MAX = 2;
/** Steps spent improving a trajectory that reaches the target. */
const POLISH_MAX = 12;
const LINE_IDLE_MAX = 4;
const LINE_SWEEPS_MAX = 40;

export function firstState(problem: Problem, random: () => number): RefinementState {
  const straight = problem.task.target.kind === 'tip' && problem.task.target.straight;
  return {
    problem,
    candidates: straight ? [] : firstCandidates(problem, random),
    line: straight ? lineOf(problem, problem.origin, problem.tip!) : null,
    restarts: 0,
    proposal: null,
    best: holdSolution(problem),
    tightened: 0,
    polished: 0,
    exhausted: false,
  };
}

/** One refinement: moves the postures closer to the target, and proposes one path. */
export function refined(state: RefinementState, random: () => number): RefinementState {
  return state.line === null ? refinedFree(state, random) : refinedLine(state, state.line);
}

/** Enforces every constraint on the proposal, and keeps it if it is better; unchanged without a proposal. */
export function projected(state: RefinementState): RefinementState {
  const { proposal, problem } = state;
  if (proposal === null) return state;
  const { solution, blocked_s } = projectProposal(problem, proposal);
  const better = solution.energy < state.best.energy;
  const tightening = proposal.candidate !== null && proposal.candidate.id === state.best.candidate?.id;
  const candidates = state.candidates.map((candidate) =>
    candidate.id === proposal.candidate?.id && !(tightening && state.best.good && !better)
      ? { ...proposal.candidate, blocked_s, evaluated: true }
      : candidate,
  );
  return {
    ...state,
    candidates,
    proposal: null,
    best: better ? solution : state.best,
    tightened: better ? 0 : state.tightened + (state.best.good ? 1 : 0),
    polished: state.best.good ? state.polished + 1 : 0,
  };
}

function refinedLine(state: RefinementState, before: Line): RefinementState {
  const { problem } = state;
  const line = refineLine(problem, before);
  const proposal: Proposal = {
    postures: throughPostures([problem.origin, ...line.postures], problem.lower, problem.upper),
    end_s: onLine(problem, line),
    candidate: null,
  };
  const exhausted =
    lineSettled(problem, line) || line.idle >= LINE_IDLE_MAX || line.sweeps >= LINE_SWEEPS_MAX;
  return { ...state, line, proposal, exhausted };
}

function refinedFree(state: RefinementState, random: () => number): RefinementState {
  const { problem, best } = state;
  let candidates = refineCandidates(problem, state.candidates);
  let { restarts } = state;
  // once the target is reached no more seeds are needed; drop what cannot beat the best any more
  candidates = candidates.filter(
    (candidate) =>
      !best.good || candidate.evaluated || optimisticBound(problem, candidate) < best.energy - GAIN_MIN,
  );
  const live = candidates.filter((candidate) => candidate.status === 'live').length;
  if (!best.good && problem.tip !== null && live < LIVE_MIN && restarts < RESTARTS_MAX) {
    const id = 1000 + restarts;
    candidates = [...dropWorst(problem, candidates), fresh(problem, id, randomPosture(problem, random))];
    restarts++;
  }
  const chosen = choose(problem, candidates, best);
  if (chosen === null) {
    const tighter = best.good && state.tightened < TIGHTEN_MAX ? tighten(best) : null;
    const proposal = tighter === null ? null : proposalOf(problem, tighter);
    const over = tighter === null && !candidates.some((candidate) => candidate.status === 'live');
    const exhausted = (over && restartsOver(state, restarts)) || state.polished >= POLISH_MAX;
    return { ...state, candidates, restarts, proposal, exhausted };
  }
  const next = chosen.blocked_s === null ? chosen : bendRoute(problem, chosen, random);
  return {
    ...state,
    candidates: candidates.map((candidate) => (candidate.id === next.id ? next : candidate)),
    restarts,
    proposal: proposalOf(problem, next),
    exhausted: state.polished >= POLISH_MAX,
  };
}

const AT_TARGET = { position_m: 0, approach_rad: 0, yaw_rad: 0 };

/** Lower bound on the energy of a candidate if it reached the target. */
const optimisticBound = (problem: Problem, candidate: Candidate): number =>
  energyLowerBound(problem, candidate.status === 'live' ? { ...candidate, error: AT_TARGET } : candidate);

const restartsOver = (state: RefinementState, restarts: number): boolean =>
  state.best.good || state.problem.tip === null || restarts >= RESTARTS_MAX;

const proposalOf = (problem: Problem, candidate: Candidate): Proposal => {
  const postures = routePostures(problem, candidate);
  return { postures, end_s: postures.length - 1, candidate };
};

function tighten(best: Solution): Candidate | null {
  return best.candidate === null ? null : straightened(best.candidate);
}

/** Most candidates kept. */
const CANDIDATES_MAX = 10;

/** Makes room for one more by dropping the worst settled candidate. */
function dropWorst(problem: Problem, candidates: readonly Candidate[]): readonly Candidate[] {
  if (candidates.length < CANDIDATES_MAX) return candidates;
  const settled = candidates.filter((candidate) => candidate.status !== 'live');
  const worst = settled.reduce<Candidate | null>(
    (most, candidate) => (most === null || cost(problem, candidate) > cost(problem, most) ? candidate : most),
    null,
  );
  return candidates.filter((candidate) => candidate !== worst);
}

/** The candidate whose route is worth evaluating next; null if none could improve the best. */
function choose(problem: Problem, candidates: readonly Candidate[], best: Solution): Candidate | null {
  let chosen: Candidate | null = null;
  for (const candidate of candidates) {
    if (candidate.evaluated && (candidate.blocked_s === null || !canBend(candidate))) continue;
    if (energyLowerBound(problem, candidate) >= best.energy - (best.good ? GAIN_MIN : 0)) continue;
    if (chosen === null || cost(problem, candidate) < cost(problem, chosen)) chosen = candidate;
  }
  return chosen;
}

const canBend = (candidate: Candidate): boolean =>
  candidate.status !== 'live' &&
  !candidate.in_contact &&
  (candidate.pushes < PUSHES_MAX || candidate.vias < VIAS_MAX);

function cost(problem: Problem, candidate: Candidate): number {
  const tries = candidate.pushes + PUSHES_MAX * candidate.vias;
  return (
    energyLowerBound(problem, candidate) +
    BLOCKED_PENALTY * tries +
    (candidate.in_contact ? TOUCH_PENALTY : 0)
  );
}
