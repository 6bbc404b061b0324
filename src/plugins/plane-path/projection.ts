import { between, clamped, type PlaneProblem, type Point } from './problem.js';

/** Segments are not bisected below this length; what is not proven free by then counts as blocked. */
const PIECE_MIN = 1e-4;
/** Longest path, in points; a longer one ends early. */
const POINTS_MAX = 2000;

/**
 * Whether the segment between two points is free. Proven, not sampled: if the clearances of both ends
 * together exceed what the clearance can change in between, nothing can touch; otherwise the segment is
 * bisected.
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

interface Projection {
  /** Moves within step_max, from the start. */
  readonly points: readonly Point[];
  /** The corners among them: the same path in fewer points. */
  readonly corners: readonly Point[];
}

/**
 * The constraint projection: the drivable part of a path. Follows it from the start in moves within step_max
 * and the limits, and ends at the last point before the first segment that is not proven free. Feasible
 * whatever the path; how far it gets is another matter.
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
