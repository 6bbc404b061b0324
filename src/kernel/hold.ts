import { type Fault, fault } from '../contracts/errors.js';
import type { MetabolicStateName } from '../contracts/metabolism.js';
import type { Situation } from './situation.js';

/**
 * Why the robot must not move now, the most serious reason first, or null. Doubtful data means less motion: a
 * camera that went blind stops the arm just as lost joint states do, because surprise could no longer be
 * seen; a camera that has just appeared must first be learned, for the same reason.
 */
export function reasonToHold(situation: Situation, state: MetabolicStateName): Fault | null {
  if (situation.emergency_stop) return fault('SAGE_707', 'emergency_stop', 'emergency stop pressed');
  if (situation.stopped) return fault('SAGE_707', 'sage/stop', 'stopped by the operator');
  const { rival } = situation.active_faults;
  if (rival !== null) return rival;
  if (state === 'CRISIS') return fault('SAGE_707', 'metabolism', 'crisis');
  if (situation.clock_fault !== null) return situation.clock_fault;
  if (situation.body_fault !== null) return situation.body_fault;
  if (situation.body === null) return fault('SAGE_301', 'robot_description', 'not received yet');
  if (situation.description_changed) return fault('SAGE_706', 'robot_description', 'it has just changed');
  if (situation.arm === null) return fault('SAGE_706', 'joint_states', 'no joint states yet');
  const { contradiction } = situation;
  if (contradiction !== null) return contradiction;
  if (!situation.joints_fresh) return fault('SAGE_706', 'joint_states', 'joint states are stale');
  const { displaced } = situation;
  if (displaced !== null) return displaced;
  if (situation.camera !== null && situation.camera_stale)
    return fault('SAGE_706', 'camera', 'the camera is stale');
  if (situation.camera !== null && situation.camera_state.warming_up)
    return fault('SAGE_706', 'camera', 'too few images yet to detect a surprise');
  return null;
}
