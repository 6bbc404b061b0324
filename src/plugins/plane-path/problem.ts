/** A configuration: two joint angles, rad, or a position in the plane, m. */
export type Point = readonly [number, number];

/**
 * A motion in a two-dimensional configuration space: a two-link arm, or a point on a grid. Everything the
 * planner knows of the world.
 */
export interface PlaneProblem {
  readonly name: string;
  readonly start: Point;
  /** Configurations that reach the target, at least one; all are tried. */
  readonly goals: readonly Point[];
  readonly lower: Point;
  readonly upper: Point;
  /** Largest change of a coordinate between two path points: the velocity limit. */
  readonly step_max: number;
  /** Distance to the nearest obstacle, m, negative inside. */
  clearance(point: Point): number;
  /** Lipschitz constants of the clearance, m per unit of the first and the second coordinate. */
  readonly slope_m: Point;
  /** Distance of a configuration from the target, m. */
  remaining_m(point: Point): number;
}

export const between = (a: Point, b: Point, share: number): Point => [
  a[0] + share * (b[0] - a[0]),
  a[1] + share * (b[1] - a[1]),
];

export const distance = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

export function lengthOf(path: readonly Point[]): number {
  let length = 0;
  for (let index = 1; index < path.length; index++) length += distance(path[index - 1]!, path[index]!);
  return length;
}

export const clamped = ({ lower, upper }: PlaneProblem, [a, b]: Point): Point => [
  Math.min(upper[0], Math.max(lower[0], a)),
  Math.min(upper[1], Math.max(lower[1], b)),
];
