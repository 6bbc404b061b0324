import { seededRandom } from '../../../contracts/ports.js';
import {
  anglesFor,
  armClearance,
  centreOf,
  type Disc,
  type Grid,
  gridClearance,
  gridProblem,
  type PlaneProblem,
  type Point,
  type TwoLinkArm,
  tipOf,
  twoLinkProblem,
} from '../../../plugins/plane-path/index.js';

/** A random problem is redrawn at most this often until its ends are free. */
const DRAWS_MAX = 1000;
const MARGIN_M = 0.01;

const LINKS_M: Point = [0.5, 0.4];
const LINK_RADIUS_M = 0.025;
const JOINT_LIMIT: Point = [3, 2.7];
const JOINT_STEP = 0.08;
const DISCS = { least: 3, most: 6, radius_m: [0.05, 0.13] as const };

const GRID_CELLS = 20;
const CELL_M = 0.05;
const MOVER_M = 0.015;
const GRID_STEP_M = 0.04;
const RECTANGLES = { least: 6, most: 10, cells_max: 6 };

const whole = (random: () => number, least: number, most: number) =>
  least + Math.floor(random() * (most - least + 1));
const within = (random: () => number, low: number, high: number) => low + random() * (high - low);

/** An arm among three to six discs, a start and a target that are free, and not near each other. */
export function armProblem(seed: number): PlaneProblem {
  const source = seededRandom(seed);
  const random = () => source.next();
  for (let draw = 0; draw < DRAWS_MAX; draw++) {
    const discs: Disc[] = Array.from({ length: whole(random, DISCS.least, DISCS.most) }, () => {
      const [far_m, turn] = [within(random, 0.3, 0.95), within(random, -Math.PI, Math.PI)];
      return {
        centre_m: [far_m * Math.cos(turn), far_m * Math.sin(turn)],
        radius_m: within(random, ...DISCS.radius_m),
      };
    });
    const arm: TwoLinkArm = { links_m: LINKS_M, radius_m: LINK_RADIUS_M, limit: JOINT_LIMIT, discs };
    const posture = (): Point => [
      within(random, -JOINT_LIMIT[0], JOINT_LIMIT[0]),
      within(random, -JOINT_LIMIT[1], JOINT_LIMIT[1]),
    ];
    const start = posture();
    const target_m = tipOf(arm, posture());
    const problem = twoLinkProblem(arm, start, target_m, JOINT_STEP);
    const goals = anglesFor(arm, target_m).filter((goal) => armClearance(arm, goal) > MARGIN_M);
    const apart = problem.remaining_m(start) > 0.3;
    if (goals.length > 0 && apart && armClearance(arm, start) > MARGIN_M) return { ...problem, goals };
  }
  throw new RangeError(`no arm problem of seed ${seed} in ${DRAWS_MAX} draws`);
}

/** A disc on a map of 20 × 20 cells with six to ten blocked rectangles, its start and goal free and apart. */
export function gridWorld(seed: number): PlaneProblem {
  const source = seededRandom(seed);
  const random = () => source.next();
  for (let draw = 0; draw < DRAWS_MAX; draw++) {
    const blocked = new Uint8Array(GRID_CELLS * GRID_CELLS);
    for (let left = whole(random, RECTANGLES.least, RECTANGLES.most); left > 0; left--)
      block(blocked, random);
    const grid: Grid = { rows: GRID_CELLS, columns: GRID_CELLS, cell_m: CELL_M, blocked };
    const place = () => centreOf(grid, whole(random, 0, GRID_CELLS - 1), whole(random, 0, GRID_CELLS - 1));
    const [start, goal] = [place(), place()];
    const clearance = gridClearance(grid, MOVER_M);
    const free = (point: Point) => clearance(point) > MARGIN_M;
    const apart = Math.hypot(start[0] - goal[0], start[1] - goal[1]) > 0.4;
    if (apart && free(start) && free(goal)) return gridProblem(grid, MOVER_M, start, goal, GRID_STEP_M);
  }
  throw new RangeError(`no grid problem of seed ${seed} in ${DRAWS_MAX} draws`);
}

function block(blocked: Uint8Array, random: () => number): void {
  const [height, width] = [whole(random, 1, RECTANGLES.cells_max), whole(random, 1, RECTANGLES.cells_max)];
  const row = whole(random, 0, GRID_CELLS - height);
  const column = whole(random, 0, GRID_CELLS - width);
  for (let y = row; y < row + height; y++)
    blocked.fill(1, y * GRID_CELLS + column, y * GRID_CELLS + column + width);
}

const FLOOD_CELLS = 240;

/**
 * Whether a target can be reached at all, by flooding a lattice of 240 × 240 configurations from the start. It knows
 * nothing of the planner; a way narrower than the lattice it does not find.
 */
export function solvable(problem: PlaneProblem): boolean {
  const { lower, upper } = problem;
  const at = (a: number, b: number): Point => [
    lower[0] + (a / (FLOOD_CELLS - 1)) * (upper[0] - lower[0]),
    lower[1] + (b / (FLOOD_CELLS - 1)) * (upper[1] - lower[1]),
  ];
  const nearest = ([x, y]: Point): number => {
    const a = Math.round(((x - lower[0]) / (upper[0] - lower[0])) * (FLOOD_CELLS - 1));
    const b = Math.round(((y - lower[1]) / (upper[1] - lower[1])) * (FLOOD_CELLS - 1));
    return a * FLOOD_CELLS + b;
  };
  const wanted = new Set(problem.goals.map(nearest));
  const seen = new Uint8Array(FLOOD_CELLS * FLOOD_CELLS);
  const queue = [nearest(problem.start)];
  seen[queue[0]!] = 1;
  while (queue.length > 0) {
    const cell = queue.pop()!;
    if (wanted.has(cell)) return true;
    const [a, b] = [Math.floor(cell / FLOOD_CELLS), cell % FLOOD_CELLS];
    for (const [da, db] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      const [na, nb] = [a + da, b + db];
      if (na < 0 || nb < 0 || na >= FLOOD_CELLS || nb >= FLOOD_CELLS) continue;
      const next = na * FLOOD_CELLS + nb;
      if (seen[next] === 1 || problem.clearance(at(na, nb)) <= 0) continue;
      seen[next] = 1;
      queue.push(next);
    }
  }
  return false;
}

/** Pieces that a move is cut into to see whether it touches. */
const CUTS = 40;

/**
 * Whether a path may be driven, judged independently by dense samples: within the limits, no move beyond the limit of
 * velocity, nothing touched. Knows nothing of how the path was made.
 */
export function feasible(problem: PlaneProblem, path: readonly Point[]): boolean {
  const { lower, upper, start, step_max } = problem;
  const [first] = path;
  if (first === undefined || first[0] !== start[0] || first[1] !== start[1]) return false;
  return path.every((point, index) => {
    if (point.some((value, axis) => value < lower[axis]! - 1e-12 || value > upper[axis]! + 1e-12))
      return false;
    const before = path[Math.max(0, index - 1)]!;
    if (Math.max(Math.abs(point[0] - before[0]), Math.abs(point[1] - before[1])) > step_max * (1 + 1e-9))
      return false;
    for (let cut = 0; cut <= CUTS; cut++) {
      const share = cut / CUTS;
      const at: Point = [
        before[0] + share * (point[0] - before[0]),
        before[1] + share * (point[1] - before[1]),
      ];
      if (problem.clearance(at) < 0) return false;
    }
    return true;
  });
}
