import { between, clamped, distance, type PlaneProblem, type Point } from './problem.js';

/** Spacing of band points, in moves. */
const SPACING_MOVES = 3;
/** Longest band, in points; longer ones are not tried. */
const POINTS_MAX = 80;
const PULL = 0.45;
/** Share of the missing clearance made up per relaxation. */
const PUSH = 0.6;
/** Clearance that bands aim for, m: the projection needs some to prove anything. */
const KEEP_OFF_M = 0.02;
const DIFFERENCE = 1e-4;

/** Resamples a polyline, keeping all its corners. */
function spread(corners: readonly Point[], apart: number): Point[] {
  const points: Point[] = corners.slice(0, 1);
  for (let index = 1; index < corners.length; index++) {
    const [from, to] = [corners[index - 1]!, corners[index]!];
    const pieces = Math.max(1, Math.ceil(distance(from, to) / apart));
    for (let piece = 1; piece <= pieces; piece++) points.push(between(from, to, piece / pieces));
  }
  return points;
}

/** A new band: along a way known to be free, then through random points to a goal. */
export function newBand(
  problem: PlaneProblem,
  known: readonly Point[],
  vias: number,
  goal: Point,
  random: () => number,
): readonly Point[] {
  const { lower, upper, start, step_max } = problem;
  const around = Array.from({ length: vias }, (): Point => {
    const [a, b] = [random(), random()];
    return [lower[0] + a * (upper[0] - lower[0]), lower[1] + b * (upper[1] - lower[1])];
  });
  const apart = SPACING_MOVES * step_max;
  const band = spread([...known, ...around, goal], apart);
  return band.length <= POINTS_MAX ? band : spread([start, ...around, goal], apart).slice(0, POINTS_MAX);
}

/** Push away from obstacles: the gradient of the clearance, as far as the clearance falls short. */
function push(problem: PlaneProblem, point: Point): Point {
  const lacks_m = KEEP_OFF_M - problem.clearance(point);
  if (lacks_m <= 0) return [0, 0];
  const [a, b] = point;
  const da = problem.clearance([a + DIFFERENCE, b]) - problem.clearance([a - DIFFERENCE, b]);
  const db = problem.clearance([a, b + DIFFERENCE]) - problem.clearance([a, b - DIFFERENCE]);
  const squared = (da * da + db * db) / (4 * DIFFERENCE * DIFFERENCE);
  if (squared < 1e-12) return [0, 0];
  const scale = (PUSH * lacks_m) / (2 * DIFFERENCE * squared);
  return [scale * da, scale * db];
}

/**
 * One relaxation of an elastic band: each point moves towards the midpoint of its neighbours, and away from
 * obstacles. A penalty, not a constraint: the band may cut through obstacles at any time. Source: Quinlan and
 * Khatib 1993.
 */
export function relaxed(problem: PlaneProblem, band: readonly Point[]): readonly Point[] {
  return band.map((point, index) => {
    const [before, after] = [band[index - 1], band[index + 1]];
    if (before === undefined || after === undefined) return point;
    const [pa, pb] = push(problem, point);
    const middle = between(before, after, 0.5);
    const pull = pa === 0 && pb === 0 ? PULL : PULL / 4;
    return clamped(problem, [
      point[0] + pull * (middle[0] - point[0]) + pa,
      point[1] + pull * (middle[1] - point[1]) + pb,
    ]);
  });
}
