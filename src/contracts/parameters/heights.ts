import type { Parameters } from './index.js';

/** How high the tip is in the base frame where it grasps or lets go, and where it comes from and goes to above things, m. */
export function tipHeights(
  robot: Pick<
    Parameters['robot'],
    'table_height_m' | 'grasp_depth_m' | 'object_height_m' | 'approach_height_m'
  >,
): { readonly grasp_m: number; readonly above_m: number } {
  return {
    grasp_m: robot.table_height_m + robot.grasp_depth_m,
    above_m: robot.table_height_m + robot.object_height_m + robot.approach_height_m,
  };
}
