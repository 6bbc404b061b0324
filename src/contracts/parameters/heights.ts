import type { Parameters } from './index.js';

/**
 * Heights of the tip in the base frame for grasping or releasing, and for approaching and leaving above
 * objects, m.
 */
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
