import { SageError } from '../../contracts/errors.js';
import type { Parameters } from '../../contracts/parameters/index.js';

/** One way to command a gripper. */
export interface GripperWay {
  /** In words, for /diagnostics. */
  readonly name: string;
  /** Controllers that listen now. */
  listeners(): number;
  /** Sends values that were checked: all finite, as many as `robot.gripper_open` has. */
  send(values: readonly number[]): void;
  close(): void;
}

/** Why the configured gripper cannot be commanded in a way, or null. */
export function unfit(
  way: Parameters['robot']['gripper_interface'],
  { gripper_open, gripper_joints }: Parameters['robot'],
): string | null {
  const count = gripper_open.length;
  const named = way === 'trajectory' || way === 'parallel_gripper_command';
  if (named && gripper_joints.length < count) {
    return `its commands name joints: robot.gripper_joints has ${gripper_joints.length}, but robot.gripper_open has ${count} values`;
  }
  if (way === 'gripper_command' && count !== 1) {
    return `this action takes one position, but robot.gripper_open has ${count}`;
  }
  return null;
}

/** @throws SageError SAGE_102 where the way that was asked for cannot be gone */
export function requireFit(robot: Parameters['robot']): void {
  const why = unfit(robot.gripper_interface, robot);
  if (why !== null) throw new SageError('SAGE_102', 'robot.gripper_interface', why);
}
