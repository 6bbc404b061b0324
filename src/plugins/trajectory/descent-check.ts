import type { Vec3 } from '../../contracts/geometry.js';
import { tipHeights } from '../../contracts/parameters/heights.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { seededRandom } from '../../contracts/ports.js';
import type { ArmContext } from '../../robot/arm-context.js';
import { IkSolver, type TipGoal } from './inverse-kinematics.js';

/** Inverse kinematics seeds, and iterations of each. */
const SEEDS = 8;
const ITERATIONS = 60;

/**
 * Whether the tip, pointing straight down, can reach a position above the table and descend to grasp height,
 * without contact at either; x, y in m, base frame. Deterministic.
 */
export function createDescentCheck(
  context: ArmContext,
  { robot, trajectory }: Pick<Parameters, 'robot' | 'trajectory'>,
): (x_m: number, y_m: number) => boolean {
  const { chain, collision } = context;
  const lower = chain.limits.map((limit, joint) => Math.max(limit.lower, chain.home[joint]! - Math.PI));
  const upper = chain.limits.map((limit, joint) => Math.min(limit.upper, chain.home[joint]! + Math.PI));
  const solver = new IkSolver(context, lower, upper);
  const random = seededRandom(1);
  const seeds = Array.from({ length: SEEDS }, (_, seed) =>
    chain.home.map((value, joint) =>
      seed === 0 ? value : lower[joint]! + random.next() * (upper[joint]! - lower[joint]!),
    ),
  );
  const table_m = robot.table_height_m;
  const arrives = (posture: number[], position_m: Vec3): boolean => {
    const goal: TipGoal = {
      position_m,
      approach: [0, 0, -1],
      closing_yaw_rad: null,
      closing_turn_rad: Math.PI,
    };
    for (let count = 0; count < ITERATIONS; count++) {
      const { position_m: away_m, approach_rad } = solver.iterate(posture, goal, 0);
      if (away_m > trajectory.position_tolerance_m || approach_rad > trajectory.approach_tolerance_rad)
        continue;
      const clearance_m = collision.clearance(posture, table_m, 0, context.self_collision);
      return clearance_m >= trajectory.clearance_m;
    }
    return false;
  };
  const { above_m, grasp_m } = tipHeights(robot);
  return (x_m, y_m) =>
    seeds.some((seed) => {
      const posture = [...seed];
      return arrives(posture, [x_m, y_m, above_m]) && arrives(posture, [x_m, y_m, grasp_m]);
    });
}
