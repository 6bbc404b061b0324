import { type Fault, fault } from '../../contracts/errors.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { type GoalEnd, GoalSender } from '../action/goal-sender.js';
import { GOAL_STATUS } from '../action/goal-status.js';
import type { RosNode } from '../node.js';
import type { GripperWay } from './way.js';

export const GRIPPER_ACTION = 'gripper_controller/gripper_cmd';
export const GRIPPER_ACTION_TYPES = {
  gripper_command: 'control_msgs/action/GripperCommand',
  parallel_gripper_command: 'control_msgs/action/ParallelGripperCommand',
} as const;
export type GripperActionKind = keyof typeof GRIPPER_ACTION_TYPES;

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
 * Commands the gripper as goals of an action of control_msgs. The outcome of the newest is reported to one of the last two
 * arguments.
 */
export function actionWay(
  node: RosNode,
  kind: GripperActionKind,
  robot: Parameters['robot'],
  onFault: (found: Fault) => void,
  onDone: () => void = () => {},
): GripperWay {
  const type = GRIPPER_ACTION_TYPES[kind];
  const sender = new GoalSender<Outcome>(node, type, GRIPPER_ACTION);
  return {
    name: `action ${sender.name} (${type.slice(type.lastIndexOf('/') + 1)})`,
    listeners: () => (sender.available() ? 1 : 0),
    send: (values) =>
      sender.send(gripperGoal(kind, values, robot), (end) => {
        const wrong = wrongWith(end, values);
        if (wrong === null) onDone();
        else onFault(fault('SAGE_714', 'gripper', wrong));
      }),
    close: () => sender.close(),
  };
}

/**
 * Why a command was not done, or null where it was. Fingers that stall have met something, which is what a grasp is: no
 * fault, even where the controller aborts the goal for it.
 */
function wrongWith(end: GoalEnd<Outcome>, values: readonly number[]): string | null {
  if (end.kind === 'refused') return `the controller rejected ${values.join(', ')}`;
  if (end.kind === 'lost') return end.reason;
  const { stalled = false, reached_goal = false } = end.result;
  const given_up = end.status === GOAL_STATUS.aborted && !stalled && !reached_goal;
  return given_up ? 'the controller aborted the command' : null;
}
