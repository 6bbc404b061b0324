import type { Vec3 } from '../../contracts/geometry.js';
import { identity } from '../../robot/transform.js';
import { add, cross, dot, length, rotateAbout, scale, subtract, unit } from '../../robot/vector.js';
import type { TipError, TipGoal } from './inverse-kinematics.js';
import { clearanceAt } from './path-safety.js';
import type { Problem } from './problem.js';

/** A straight motion of the tip: evenly spaced goals, and the posture found for each. */
export interface Line {
  readonly origin: readonly number[];
  readonly goals: readonly TipGoal[];
  readonly postures: readonly (readonly number[])[];
  readonly errors: readonly TipError[];
  readonly sweeps: number;
  /** Sweeps since the errors last fell. */
  readonly idle: number;
}

/** Spacing of the goals, m and rad. */
const SPACING_M = 0.015;
const SPACING_RAD = 0.1;
const GOALS_MIN = 2;
const GOALS_MAX = 16;
/** Iterations per goal in the first sweep and in later ones. */
const FIRST_ITERATIONS = 3;
const LATER_ITERATIONS = 2;
/** Largest deviation from the line, m. */
const ON_LINE_M = 0.003;
/** Coarser spacing when looking ahead. */
const LOOKAHEAD_SPACING_M = 0.03;
const LOOKAHEAD_SWEEPS = 2;
/** Share of the tolerances at which a goal counts as met exactly. */
const SETTLED_SHARE = 0.05;
/** Adjacent postures further apart than this belong to two configurations, not one motion, rad or m. */
const JUMP_MAX = 0.6;

/** Goals from the tip's pose at `origin` to a goal, interpolating position and approach evenly. */
export function lineOf(
  problem: Problem,
  origin: readonly number[],
  goal: TipGoal,
  spacing_m = SPACING_M,
): Line {
  const { chain, approach_axis } = problem.arm;
  const tip = chain.tip(origin, identity());
  const from: Vec3 = [tip[3]!, tip[7]!, tip[11]!];
  const [x, y, z] = approach_axis;
  const tool: Vec3 = [
    tip[0]! * x + tip[1]! * y + tip[2]! * z,
    tip[4]! * x + tip[5]! * y + tip[6]! * z,
    tip[8]! * x + tip[9]! * y + tip[10]! * z,
  ];
  const way = subtract(goal.position_m, from);
  const axis = unit(cross(tool, goal.approach)) ??
    unit(cross(tool, [tool[1], -tool[2], tool[0]])) ?? [1, 0, 0];
  const angle = Math.atan2(length(cross(tool, goal.approach)), dot(tool, goal.approach));
  const wanted = Math.ceil(Math.max(length(way) / spacing_m, angle / SPACING_RAD));
  const count = Math.min(GOALS_MAX, Math.max(GOALS_MIN, wanted));
  const goals = Array.from({ length: count }, (_, index): TipGoal => {
    const k = (index + 1) / count;
    return {
      position_m: add(from, scale(way, k)),
      approach: rotateAbout(tool, axis, angle * k),
      closing_yaw_rad: goal.closing_yaw_rad,
      closing_turn_rad: goal.closing_turn_rad,
    };
  });
  const errors = goals.map((one) => problem.solver.error(origin, one));
  return { origin, goals, postures: goals.map(() => origin), errors, sweeps: 0, idle: 0 };
}

/** One sweep along the line: refines each posture, in the first sweep starting from the previous one. */
export function refineLine(problem: Problem, line: Line): Line {
  const count = line.sweeps === 0 ? FIRST_ITERATIONS : LATER_ITERATIONS;
  const postures: number[][] = [];
  const errors: TipError[] = [];
  for (const [index, goal] of line.goals.entries()) {
    const seed = line.sweeps === 0 ? (postures[index - 1] ?? line.origin) : line.postures[index]!;
    const posture = [...seed];
    for (let turn = 0; turn < count; turn++) problem.solver.iterate(posture, goal, 0);
    postures.push(posture);
    errors.push(problem.solver.error(posture, goal));
  }
  const worst = (list: readonly TipError[]): number =>
    list.reduce((sum, error) => sum + error.position_m + 0.1 * error.approach_rad, 0);
  const idle = worst(errors) < 0.98 * worst(line.errors) ? 0 : line.idle + 1;
  return { origin: line.origin, goals: line.goals, postures, errors, sweeps: line.sweeps + 1, idle };
}

/**
 * Whether the straight motion that comes next is feasible from a posture: on the line, and collision-free.
 */
export function canContinue(problem: Problem, posture: readonly number[]): boolean {
  if (problem.onward === null) return true;
  let line = lineOf(problem, posture, problem.onward, LOOKAHEAD_SPACING_M);
  for (let sweep = 0; sweep < LOOKAHEAD_SWEEPS; sweep++) line = refineLine(problem, line);
  if (onLine(problem, line) < line.goals.length) return false;
  return line.postures.every((one) => clearanceAt(problem, one) >= problem.need_m);
}

/** True once every goal is met so well that further sweeps change nothing. */
export function lineSettled(problem: Problem, line: Line): boolean {
  const { position, approach_rad } = problem.tolerance;
  return line.errors.every(
    (error) =>
      error.position_m <= SETTLED_SHARE * position && error.approach_rad <= SETTLED_SHARE * approach_rad,
  );
}

/** How many goals, from the first on, are on the line and in one continuous configuration. */
export function onLine(problem: Problem, line: Line): number {
  let before = line.origin;
  for (const [index, posture] of line.postures.entries()) {
    const error = line.errors[index]!;
    const jumps = posture.some((value, joint) => Math.abs(value - before[joint]!) > JUMP_MAX);
    if (jumps || error.position_m > ON_LINE_M || error.approach_rad > problem.tolerance.approach_rad)
      return index;
    before = posture;
  }
  return line.postures.length;
}
