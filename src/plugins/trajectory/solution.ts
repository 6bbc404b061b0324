import type { ArmTrajectory, TrajectoryAnswer } from '../../contracts/motion.js';
import { type Candidate, targetError, terminalEnergy, withinTolerance } from './candidates.js';

import { JointPath } from './joint-path.js';
import { clearanceAt, safePart } from './path-safety.js';
import type { Problem } from './problem.js';
import { timedTrajectory } from './timing.js';

/** A path before the constraints are enforced. */
export interface Proposal {
  /** Control postures, starting with the origin. */
  readonly postures: readonly (readonly number[])[];
  /** How far along it may be followed: a straight line may end early. */
  readonly end_s: number;
  /** Null for a straight line. */
  readonly candidate: Candidate | null;
}

/** A trajectory that satisfies every constraint, with its energy. */
export interface Solution extends TrajectoryAnswer {
  readonly energy: number;
  readonly reached: boolean;
  /** Reached, and the motion that follows is feasible. */
  readonly good: boolean;
  readonly duration_s: number;
  /** The candidate whose route it follows; null for a hold or a straight line. */
  readonly candidate: Candidate | null;
}

/**
 * Weights of the small terms: per second of motion, per rad² of bend, and for an end without room around it.
 */
const DURATION_WEIGHT = 0.02;
const ROUGHNESS_WEIGHT = 0.01;
const CROWDED_WEIGHT = 0.16;
/** Clearance that an end should have beyond the required one, m, because the next motion starts there. */
const ROOM_M = 0.04;
/** Penalty for an end from which the straight motion that follows is infeasible. */
const DEAD_END = 0.2;

/** Stay where the arm is or comes to rest. */
export function holdSolution(problem: Problem): Solution {
  const trajectory = timedTrajectory(problem, null, 0);
  const clearance_m = clearanceAt(problem, problem.origin);
  return solutionOf(problem, trajectory, problem.origin, clearance_m, 0, null);
}

/**
 * The hard projection: truncates the path at its last free posture and times it within the limits.
 * @returns the solution, and where the path was blocked (null = free)
 */
export function projectProposal(
  problem: Problem,
  proposal: Proposal,
): { readonly solution: Solution; readonly blocked_s: number | null } {
  const path = new JointPath(proposal.postures);
  const safe = safePart(problem, path);
  const end_s = Math.min(safe.safe_s, proposal.end_s);
  const trajectory = timedTrajectory(problem, path, end_s);
  const end = trajectory.points.at(-1)!.position;
  const roughness = roughnessOf(proposal.postures);
  const solution = solutionOf(problem, trajectory, end, safe.clearance_m, roughness, proposal.candidate);
  return { solution, blocked_s: safe.blocked_s };
}

function solutionOf(
  problem: Problem,
  trajectory: ArmTrajectory,
  end: readonly number[],
  clearance_m: number,
  roughness: number,
  candidate: Candidate | null,
): Solution {
  const error = targetError(problem, end);
  const duration_s = trajectory.points.at(-1)!.time_s;
  const room = Math.min(1, Math.max(0, (clearanceAt(problem, end) - problem.need_m) / ROOM_M));
  const energy =
    terminalEnergy(problem, error) +
    DURATION_WEIGHT * duration_s +
    ROUGHNESS_WEIGHT * roughness +
    CROWDED_WEIGHT * (1 - room) +
    (candidate?.continuable === false ? DEAD_END : 0);
  const reached = withinTolerance(problem, error);
  return {
    trajectory,
    terminal_error: error.position_m,
    approach_error_rad: error.approach_rad,
    clearance_m,
    energy,
    reached,
    good: reached && candidate?.continuable !== false,
    duration_s,
    candidate,
  };
}

/** Energy of a trajectory straight to a candidate at full speed: a lower bound for every route to it. */
export function energyLowerBound(problem: Problem, candidate: Candidate): number {
  let duration_s = 0;
  for (const [joint, value] of candidate.posture.entries()) {
    duration_s = Math.max(duration_s, Math.abs(value - problem.origin[joint]!) / problem.velocity[joint]!);
  }
  const dead = candidate.continuable ? 0 : DEAD_END;
  return terminalEnergy(problem, candidate.error) + DURATION_WEIGHT * duration_s + dead;
}

/** Sum of the squared second differences of the control postures, rad². */
function roughnessOf(postures: readonly (readonly number[])[]): number {
  let sum = 0;
  for (let knot = 1; knot + 1 < postures.length; knot++) {
    for (const [joint, value] of postures[knot]!.entries()) {
      sum += (postures[knot - 1]![joint]! - 2 * value + postures[knot + 1]![joint]!) ** 2;
    }
  }
  return sum;
}
