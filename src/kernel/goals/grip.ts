import type { Parameters } from '../../contracts/parameters/index.js';
import type { StepView } from './step.js';

/** What fingers at rest at an opening (0 closed .. 1 open) are doing, by `robot.gripper_holds`. */
export function gripState(
  opening: number,
  { gripper_holds }: Parameters['robot'],
): 'closed' | 'holding' | 'open' {
  const [holds = 0, open = 1] = gripper_holds;
  return opening < holds ? 'closed' : opening < open ? 'holding' : 'open';
}

/** True if the fingers are measured, at rest, and either fully closed or wide open. */
export function holdsNothing({ opening, fingers_moving }: StepView, robot: Parameters['robot']): boolean {
  if (opening === null || fingers_moving) return false;
  return gripState(opening, robot) !== 'holding';
}
