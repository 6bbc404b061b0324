import { type Fault, fault, messageOf } from '../../contracts/errors.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import type { RosNode } from '../node.js';
import type { RclActionClient } from '../rcl.js';
import type { GripperWay } from './way.js';

export const GRIPPER_ACTION = 'gripper_controller/gripper_cmd';
export const GRIPPER_ACTION_TYPES = {
  gripper_command: 'control_msgs/action/GripperCommand',
  parallel_gripper_command: 'control_msgs/action/ParallelGripperCommand',
} as const;
export type GripperActionKind = keyof typeof GRIPPER_ACTION_TYPES;

/** action_msgs/GoalStatus.STATUS_ABORTED. */
const ABORTED = 6;

/** What both actions answer with, as far as it is looked at. */
interface Outcome {
  readonly stalled?: boolean;
  readonly reached_goal?: boolean;
}

/** What both actions ask for. */
function gripperGoal(
  kind: GripperActionKind,
  values: readonly number[],
  { gripper_joints, gripper_effort }: Parameters['robot'],
): object {
  if (kind === 'gripper_command') {
    return { command: { position: values[0] ?? 0, max_effort: gripper_effort } };
  }
  const stamp = { sec: 0, nanosec: 0 };
  return {
    command: {
      header: { stamp, frame_id: '' },
      name: gripper_joints.slice(0, values.length),
      position: Float64Array.from(values),
      velocity: new Float64Array(0),
      effort: Float64Array.from(gripper_effort > 0 ? values.map(() => gripper_effort) : []),
    },
  };
}

/**
 * Commands the gripper as goals of an action of control_msgs. A new goal replaces the running one; only the outcome of
 * the newest is told, to one of the last two arguments. Fingers that stall have met something, which is what a grasp is: no fault, even where the
 * controller aborts the goal for it.
 */
export function actionWay(
  node: RosNode,
  kind: GripperActionKind,
  robot: Parameters['robot'],
  onFault: (found: Fault) => void,
  onDone: () => void = () => {},
): GripperWay {
  const type = GRIPPER_ACTION_TYPES[kind];
  const name = node.resolve(GRIPPER_ACTION);
  const client: RclActionClient = new node.rcl.ActionClient(node.inner, type, name);
  let newest = 0;
  const command = async (values: readonly number[], number: number): Promise<void> => {
    const tell = (detail: string): void => {
      if (number === newest) onFault(fault('SAGE_714', 'gripper', detail));
    };
    try {
      const handle = await client.sendGoal(gripperGoal(kind, values, robot));
      if (!handle.accepted) return tell(`the controller refused ${values.join(', ')}`);
      const { stalled = false, reached_goal = false } = (await handle.getResult()) as Outcome;
      if (handle.status === ABORTED && !stalled && !reached_goal) tell('the controller gave the command up');
      else if (number === newest) onDone();
    } catch (thrown) {
      tell(messageOf(thrown));
    }
  };
  return {
    name: `action ${name} (${type.slice(type.lastIndexOf('/') + 1)})`,
    listeners: () => (client.isActionServerAvailable() ? 1 : 0),
    send: (values) => {
      newest += 1;
      void command(values, newest);
    },
    close: () => {
      newest += 1;
      client.destroy();
    },
  };
}
