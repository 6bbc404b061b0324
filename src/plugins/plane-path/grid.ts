import type { PlaneProblem, Point } from './problem.js';

/** Occupancy grid of square cells; row 0 is at y = 0. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly cell_m: number;
  /** 1 where blocked, row-major. */
  readonly blocked: Uint8Array;
}

const FAR_M = 10;

/** Centre of a cell, m. */
export const centreOf = ({ cell_m }: Grid, row: number, column: number): Point => [
  (column + 0.5) * cell_m,
  (row + 0.5) * cell_m,
];

/** Signed distance from a point to a square cell, m. */
function toCell([x, y]: Point, [cx, cy]: Point, half_m: number): number {
  const [dx, dy] = [Math.abs(x - cx) - half_m, Math.abs(y - cy) - half_m];
  if (dx <= 0 && dy <= 0) return Math.max(dx, dy);
  const [ox, oy] = [Math.max(0, dx), Math.max(0, dy)];
  return Math.sqrt(ox * ox + oy * oy);
}

/** Clearance of a disc: distance to the nearest blocked cell minus the radius, m; 10 m if none is blocked. */
export function gridClearance(grid: Grid, radius_m: number): (place: Point) => number {
  const centres = [...grid.blocked.keys()]
    .filter((cell) => grid.blocked[cell] !== 0)
    .map((cell) => centreOf(grid, Math.floor(cell / grid.columns), cell % grid.columns));
  return (place) => {
    let nearest = FAR_M;
    for (const centre of centres) nearest = Math.min(nearest, toCell(place, centre, grid.cell_m / 2));
    return nearest - radius_m;
  };
}

/** Moves a disc across a grid. The configuration is (x, y), m. */
export function gridProblem(
  grid: Grid,
  radius_m: number,
  start: Point,
  goal: Point,
  step_max: number,
): PlaneProblem {
  return {
    name: 'grid',
    start,
    goals: [goal],
    lower: [radius_m, radius_m],
    upper: [grid.columns * grid.cell_m - radius_m, grid.rows * grid.cell_m - radius_m],
    step_max,
    clearance: gridClearance(grid, radius_m),
    slope_m: [1, 1],
    remaining_m: ([x, y]) => Math.hypot(x - goal[0], y - goal[1]),
  };
}
