import type { PlanGoal } from '../contracts/plan.js';
import type { Situation } from './situation.js';

/** The active goal as the planner sees it; null if there is none, or the robot is held. */
export function planGoalOf(situation: Situation): PlanGoal | null {
  const { pursuit, need, now_ms } = situation;
  if (pursuit === null || need === null) return null;
  const { goal_id, verb, priority, deadline_ms } = pursuit.goal;
  return {
    goal_id,
    verb,
    step: need.step,
    progress: need.progress,
    priority,
    left_ms: deadline_ms === null ? null : Math.max(0, deadline_ms - now_ms),
    waits: waits(situation),
  };
}

/** Nothing can be refined for the step now: the arm is already on its way, or the fingers are moving. */
function waits({ need, execution, arm, now_ms }: Situation): boolean {
  if (need?.need?.kind === 'gripper') return true;
  if (need?.need?.kind !== 'motion' || execution === null || arm === null) return false;
  return execution.key === need.motion_key && execution.status(arm, now_ms) === 'running';
}
