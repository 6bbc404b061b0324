import { type Candidate, randomPosture } from './candidates.js';
import { JointPath } from './joint-path.js';
import { freeMargin } from './path-safety.js';
import type { Problem } from './problem.js';

/** Segments of a route to a candidate. */
const ROUTE_SEGMENTS = 8;
/** Bending a route: knots per step, and margin to aim for beyond the required one, m. */
const KNOTS_PER_STEP = 3;
const EXTRA_M = 0.015;
/** Largest move of a knot per step, rad or m. */
const PUSH_MAX = 0.3;
const PROBE = 1e-3;
/** Smoothing of knots that are not pushed: share of the difference from their neighbours' mean removed. */
const SMOOTHING = 0.3;
/** Bends of one route before another is tried, and alternative routes per candidate. */
export const PUSHES_MAX = 10;
export const VIAS_MAX = 4;

/** Control postures from the origin to a candidate. */
export function routePostures(problem: Problem, candidate: Candidate): number[][] {
  const { origin } = problem;
  return Array.from({ length: ROUTE_SEGMENTS + 1 }, (_, knot) => {
    const bend = candidate.bend[knot - 1];
    return origin.map(
      (from, joint) => straight(problem, candidate, knot, joint, from) + (bend?.[joint] ?? 0),
    );
  });
}

function straight(problem: Problem, candidate: Candidate, knot: number, joint: number, from: number): number {
  const to = candidate.posture[joint]!;
  if (knot === 0) return problem.origin[joint]!;
  return knot === ROUTE_SEGMENTS ? to : from + ((to - from) * knot) / ROUTE_SEGMENTS;
}

/** Bends the candidate's route away from the obstacle; after enough bends, tries another route. */
export function bendRoute(problem: Problem, candidate: Candidate, random: () => number): Candidate {
  const next = { ...candidate, blocked_s: null, evaluated: false };
  if (candidate.pushes >= PUSHES_MAX) {
    const via = candidate.vias === 0 ? problem.arm.chain.home : randomPosture(problem, random);
    return { ...next, bend: bendOver(problem, candidate, via), pushes: 0, vias: candidate.vias + 1 };
  }
  return { ...next, bend: pushed(problem, candidate), pushes: candidate.pushes + 1 };
}

/** Makes the candidate's route straighter; null if it is straight. */
export function straightened(candidate: Candidate): Candidate | null {
  if (candidate.bend.length === 0) return null;
  return {
    ...candidate,
    bend: candidate.bend.map((knot) => knot.map((value) => value * 0.8)),
    evaluated: false,
  };
}

/** A route that arches via another posture. */
function bendOver(problem: Problem, candidate: Candidate, via: readonly number[]): number[][] {
  const line = routePostures(problem, { ...candidate, bend: [] });
  return Array.from({ length: ROUTE_SEGMENTS - 1 }, (_, index) => {
    const arch = Math.sin((Math.PI * (index + 1)) / ROUTE_SEGMENTS);
    return line[index + 1]!.map((value, joint) => arch * (via[joint]! - value));
  });
}

function pushed(problem: Problem, candidate: Candidate): number[][] {
  const postures = routePostures(problem, candidate);
  const path = new JointPath(postures);
  const worst = worstKnots(problem, path, candidate.blocked_s ?? 0);
  for (const knot of worst) pushKnot(problem, postures[knot]!);
  const line = routePostures(problem, { ...candidate, bend: [] });
  const bend = line.map((posture, knot) => posture.map((value, joint) => postures[knot]![joint]! - value));
  return bend.slice(1, -1).map((own, index) => {
    if (worst.includes(index + 1)) return own;
    return own.map((value, joint) => {
      const mean = (bend[index]![joint]! + bend[index + 2]![joint]!) / 2;
      return value + SMOOTHING * (mean - value);
    });
  });
}

/** Interior knots with the least margin, those next to the blocked point first. */
function worstKnots(problem: Problem, path: JointPath, blocked_s: number): number[] {
  const at = new Float64Array(path.joints);
  const beside = [Math.floor(blocked_s), Math.ceil(blocked_s)];
  const knots: { knot: number; margin: number }[] = [];
  for (let knot = 1; knot < path.segments; knot++) {
    path.at(knot, at);
    const margin = freeMargin(problem, at);
    const near = beside.includes(knot);
    if (near || margin < EXTRA_M) knots.push({ knot, margin: near ? margin - EXTRA_M : margin });
  }
  knots.sort((a, b) => a.margin - b.margin);
  return knots.slice(0, KNOTS_PER_STEP).map(({ knot }) => knot);
}

/** Moves a posture up the gradient of its margin, by the missing margin but no more than PUSH_MAX. */
function pushKnot(problem: Problem, posture: number[]): void {
  const margin = freeMargin(problem, posture);
  const gradient = posture.map((value, joint) => {
    posture[joint] = value + PROBE;
    const slope = (freeMargin(problem, posture) - margin) / PROBE;
    posture[joint] = value;
    return slope;
  });
  const square = gradient.reduce((sum, slope) => sum + slope * slope, 0);
  if (square < 1e-8) return;
  const wanted = Math.max(EXTRA_M / 2, EXTRA_M - margin) / square;
  const step = Math.min(wanted, PUSH_MAX / Math.sqrt(square));
  for (let joint = 0; joint < posture.length; joint++) {
    const moved = posture[joint]! + step * gradient[joint]!;
    posture[joint] = Math.min(Math.max(moved, problem.lower[joint]!), problem.upper[joint]!);
  }
}
