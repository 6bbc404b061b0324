import { between, clamped, type PlaneProblem, type Point } from './problem.js';

/** Shorter pieces than this are not divided further: what is not proven free by then counts as blocked. */
const PIECE_MIN = 1e-4;
/** Points of a path at most; a longer one ends early. */
const POINTS_MAX = 2000;

/**
 * Whether everything between two points is free. Proven, not sampled: where the clearances of both ends together
 * exceed what the clearance can change between them, nothing in between can touch; otherwise the piece is halved.
 */
function pieceFree(problem: PlaneProblem, a: Point, b: Point, atA_m: number, atB_m: number): boolean {
  if (atA_m <= 0 || atB_m <= 0) return false;
  const [s0, s1] = problem.slope_m;
  const change_m = s0 * Math.abs(a[0] - b[0]) + s1 * Math.abs(a[1] - b[1]);
  if (atA_m + atB_m > change_m) return true;
  if (Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])) < PIECE_MIN) return false;
  const middle = between(a, b, 0.5);
  const at_m = problem.clearance(middle);
  return pieceFree(problem, a, middle, atA_m, at_m) && pieceFree(problem, middle, b, at_m, atB_m);
}

export interface Projection {
  /** Moves within step_max, from the start. */
  readonly points: readonly Point[];
  /** The corners among them: the same way in fewer points. */
  readonly corners: readonly Point[];
}

/**
 * The constraint projection: the part of a path that can be driven. Walks along it from the start in moves within
 * step_max, within the limits, and ends at the last point before the first piece that is not proven free. Feasible
 * whatever the path; how far it comes is another matter.
 */
export function projectPath(problem: PlaneProblem, path: readonly Point[]): Projection {
  let here = problem.start;
  let here_m = problem.clearance(here);
  const safe: Point[] = [here];
  const corners: Point[] = [here];
  for (const corner of path) {
    const next = clamped(problem, corner);
    const from = here;
    const widest = Math.max(Math.abs(next[0] - from[0]), Math.abs(next[1] - from[1]));
    const moves = Math.ceil(widest / problem.step_max);
    for (let move = 1; move <= moves; move++) {
      const to = between(from, next, move / moves);
      const to_m = problem.clearance(to);
      if (safe.length >= POINTS_MAX || !pieceFree(problem, here, to, here_m, to_m)) {
        return { points: safe, corners: [...corners, here] };
      }
      safe.push(to);
      [here, here_m] = [to, to_m];
    }
    if (moves > 0) corners.push(here);
  }
  return { points: safe, corners };
}
