import { SageError } from '../errors.js';
import { tipHeights } from './heights.js';
import type { Parameters } from './index.js';

/**
 * Cross-checks between parameters; the schema checks each by itself.
 * @throws SageError SAGE_102 naming the parameter to change
 */
export function checkConsistency({ robot, camera }: Parameters): void {
  const same = (a: ListName, b: ListName): void => {
    if (robot[a].length === robot[b].length) return;
    const told = `has ${counted(robot[a].length)}, but robot.${b} has ${robot[b].length}; they must match`;
    throw new SageError('SAGE_102', `robot.${a}`, told);
  };
  if (robot.home.length > 0 && robot.joints.length > 0) same('home', 'joints');
  same('gripper_closed', 'gripper_open');
  same('gripper_measured_closed', 'gripper_measured_open');
  for (const [axis, name] of ['x', 'y', 'z'].entries()) {
    const [low = 0, high = 0] = [robot.workspace_min_m[axis], robot.workspace_max_m[axis]];
    if (low >= high) {
      const told = `${name} is ${low} m, which is not below robot.workspace_max_m at ${high} m`;
      throw new SageError('SAGE_102', 'robot.workspace_min_m', told);
    }
  }
  const [low = 0, high = 0] = [robot.workspace_min_m[2], robot.workspace_max_m[2]];
  const { grasp_m, above_m } = tipHeights(robot);
  if (grasp_m < low || above_m > high) {
    const reached = `the tip grasps at ${metres(grasp_m)} and approaches from ${metres(above_m)} (table_height_m, grasp_depth_m, object_height_m, approach_height_m)`;
    const told = `z from ${low} to ${high} m, but ${reached}`;
    throw new SageError('SAGE_102', grasp_m < low ? 'robot.workspace_min_m' : 'robot.workspace_max_m', told);
  }
  const [holds = 0, open = 1] = robot.gripper_holds;
  if (holds >= open) {
    throw new SageError('SAGE_102', 'robot.gripper_holds', `${holds} is not below ${open}`);
  }
  if (camera.pose.length !== 0 && camera.pose.length !== 7) {
    const told = `has ${counted(camera.pose.length)}; expected x y z qx qy qz qw`;
    throw new SageError('SAGE_102', 'camera.pose', told);
  }
}

type ListName = {
  [K in keyof Parameters['robot']]: Parameters['robot'][K] extends readonly unknown[] ? K : never;
}[keyof Parameters['robot']];

const metres = (value: number): string => `${Number(value.toFixed(3))} m`;

const counted = (count: number): string => `${count} ${count === 1 ? 'value' : 'values'}`;
