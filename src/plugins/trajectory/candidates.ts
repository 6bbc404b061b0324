import type { TipError } from './inverse-kinematics.js';
import { clearanceAt } from './path-safety.js';
import type { Problem } from './problem.js';
import { canContinue } from './straight-line.js';

/** A candidate for the trajectory's final posture. */
export interface Candidate {
  readonly id: number;
  readonly posture: readonly number[];
  readonly error: TipError;
  readonly iterations: number;
  /** Iterations since the error last fell. */
  readonly idle: number;
  /** Live: still moving; reached: at the target; stuck: at a local minimum. */
  readonly status: 'live' | 'reached' | 'stuck';
  /** True if the posture itself is in contact. */
  readonly in_contact: boolean;
  /** Whether the straight motion that follows is feasible from it; false until tried. */
  readonly continuable: boolean;
  /** Interior control postures of its route, relative to the straight line; empty = straight. */
  readonly bend: readonly (readonly number[])[];
  /** Where its route is blocked; null = free or not checked. */
  readonly blocked_s: number | null;
  /** How often its route was bent away from obstacles, and how many other routes were tried. */
  readonly pushes: number;
  readonly vias: number;
  /** True once a trajectory along its current route was evaluated. */
  readonly evaluated: boolean;
}

/** Error scales: these errors weigh 1 in the energy. */
const POSITION_UNIT_M = 0.1;
const APPROACH_UNIT_RAD = 0.5;
const JOINT_UNIT = 0.5;
/** Soft preference: an eighth of a turn, the maximum, weighs as much as 8 mm. */
const YAW_UNIT_RAD = 10;
/**
 * Closer than this to the preferred closing direction is good enough, and so is the result after this many
 * iterations.
 */
const YAW_NEAR_RAD = 0.03;
const YAW_ITERATIONS = 30;
/** Candidates are refined down to this share of the tolerance. */
const REACHED_SHARE = 0.1;
/** Seeds at the start beside the current and the home posture, and at most this many random ones later. */
const SEEDS = 4;
export const RESTARTS_MAX = 10;
/** Iteration limits of one candidate: in total, and without progress. */
const ITERATIONS_MAX = 60;
const IDLE_MAX = 8;
/** A smaller relative decrease of the error is no progress. */
const PROGRESS = 0.02;
/** Iterations per step: shared by all live candidates, and per candidate. */
const ITERATIONS_PER_STEP = 16;
const ITERATIONS_EACH = 5;
/** Decay of the secondary task per iteration. */
const FADING = 0.88;

/** Distance from the target and from the preferences, in units of the energy. */
export function terminalEnergy(problem: Problem, error: TipError): number {
  if (problem.tip === null) return error.position_m / JOINT_UNIT;
  const away = Math.hypot(error.position_m / POSITION_UNIT_M, error.approach_rad / APPROACH_UNIT_RAD);
  return away + error.yaw_rad / YAW_UNIT_RAD;
}

/**
 * Error of a posture with respect to the target; for a joint target, `position_m` is the largest joint error.
 */
export function targetError(problem: Problem, posture: readonly number[]): TipError {
  if (problem.tip !== null) return problem.solver.error(posture, problem.tip);
  const wanted = wantedPosture(problem);
  return {
    position_m: Math.max(...posture.map((value, joint) => Math.abs(value - wanted[joint]!))),
    approach_rad: 0,
    yaw_rad: 0,
  };
}

/** The requested joint target before clamping: whatever is out of limits counts as error. */
function wantedPosture(problem: Problem): readonly number[] {
  const { target } = problem.task;
  const asked = target.kind === 'joints' ? target.position : [];
  return asked.length > 0 ? asked : problem.arm.chain.home;
}

export function fresh(problem: Problem, id: number, posture: readonly number[]): Candidate {
  return {
    id,
    posture,
    error: targetError(problem, posture),
    iterations: 0,
    idle: 0,
    status: 'live',
    in_contact: false,
    continuable: problem.onward === null,
    bend: [],
    blocked_s: null,
    pushes: 0,
    vias: 0,
    evaluated: false,
  };
}

/**
 * Initial candidates: a joint target has one, the target itself; a tip target starts from several postures.
 */
export function firstCandidates(problem: Problem, random: () => number): Candidate[] {
  if (problem.posture !== null) {
    return [settle(problem, { ...fresh(problem, 0, problem.posture), status: 'reached' })];
  }
  const { home } = problem.arm.chain;
  const seeds = [[...problem.origin], within(problem, home)];
  for (let seed = 0; seed < SEEDS; seed++) seeds.push(randomPosture(problem, random));
  return seeds.map((posture, id) => fresh(problem, id, posture));
}

/** Uniform within limits, and within half a turn of the origin for joints that may turn further. */
export function randomPosture(problem: Problem, random: () => number): number[] {
  return problem.origin.map((value, joint) => {
    const low = Math.max(problem.lower[joint]!, value - Math.PI);
    const high = Math.min(problem.upper[joint]!, value + Math.PI);
    return low + random() * (high - low);
  });
}

const within = (problem: Problem, posture: readonly number[]): number[] =>
  posture.map((value, joint) => Math.min(Math.max(value, problem.lower[joint]!), problem.upper[joint]!));

/** Advances every live candidate by a few iterations. */
export function refineCandidates(problem: Problem, candidates: readonly Candidate[]): Candidate[] {
  const live = candidates.filter((candidate) => candidate.status === 'live').length;
  const each = Math.min(ITERATIONS_EACH, Math.max(1, Math.floor(ITERATIONS_PER_STEP / Math.max(1, live))));
  return candidates.map((candidate) =>
    candidate.status === 'live' ? refineOne(problem, candidate, each) : candidate,
  );
}

function refineOne(problem: Problem, candidate: Candidate, count: number): Candidate {
  const goal = problem.tip!;
  const posture = [...candidate.posture];
  let { iterations, idle, error } = candidate;
  let energy = terminalEnergy(problem, error);
  for (let turn = 0; turn < count; turn++) {
    problem.solver.iterate(posture, goal, FADING ** iterations);
    iterations++;
    const now = problem.solver.error(posture, goal);
    const reached = terminalEnergy(problem, now);
    idle = reached < energy * (1 - PROGRESS) ? 0 : idle + 1;
    energy = reached;
    error = now;
    if (atTarget(problem, error, iterations) || idle >= IDLE_MAX || iterations >= ITERATIONS_MAX) break;
  }
  const moved = { ...candidate, posture, error, iterations, idle, evaluated: false };
  if (atTarget(problem, error, iterations)) return settle(problem, { ...moved, status: 'reached' });
  const over = idle >= IDLE_MAX || iterations >= ITERATIONS_MAX;
  return over ? settle(problem, { ...moved, status: 'stuck' }) : moved;
}

/** Accurate enough to be sent. */
export function withinTolerance(problem: Problem, error: TipError): boolean {
  const { position, approach_rad } = problem.tolerance;
  return error.position_m <= position && error.approach_rad <= approach_rad;
}

function atTarget(problem: Problem, error: TipError, iterations: number): boolean {
  const { position, approach_rad } = problem.tolerance;
  const aligned = error.yaw_rad <= YAW_NEAR_RAD || iterations >= YAW_ITERATIONS;
  const there =
    error.position_m <= REACHED_SHARE * position && error.approach_rad <= REACHED_SHARE * approach_rad;
  return there && aligned;
}

/** Finalises a candidate: unwinds it towards the origin, and checks it for contact. */
function settle(problem: Problem, candidate: Candidate): Candidate {
  const posture =
    problem.tip === null
      ? candidate.posture
      : candidate.posture.map((value, j) => unwound(problem, value, j));
  const in_contact = clearanceAt(problem, posture) < problem.need_m;
  const there = withinTolerance(problem, candidate.error);
  const continuable = there && !in_contact ? canContinue(problem, posture) : candidate.continuable;
  return { ...candidate, posture, in_contact, continuable };
}

/** The equivalent angle nearest to the origin, if whole turns fit into the limits. */
function unwound(problem: Problem, value: number, joint: number): number {
  const name = problem.arm.chain.joints[joint]!;
  if (problem.arm.chain.model.joints.get(name)!.kind === 'prismatic') return value;
  const turn = 2 * Math.PI;
  const near = value - turn * Math.round((value - problem.origin[joint]!) / turn);
  return near >= problem.lower[joint]! && near <= problem.upper[joint]! ? near : value;
}
