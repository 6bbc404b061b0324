import { fault, SageError } from '../../contracts/errors.js';
import type { BlockPorts, Effector } from '../block.js';
import { EffectorHealth } from '../effector-health.js';
import { FOLLOW_ACTION, FOLLOW_TYPE, FollowClient } from '../follow-client.js';
import { ForeignCommands } from '../foreign-commands.js';
import { ForeignGoals, STATUS_TYPE, type StatusArray } from '../foreign-goals.js';
import type { RosNode, Subscription } from '../node.js';
import { LATCHED, RELIABLE, SENSOR } from '../qos.js';
import { checkTrajectory, trajectoryBytes, trajectoryMessage } from '../trajectory-message.js';

const TYPE = 'trajectory_msgs/msg/JointTrajectory';
export const ARM_TOPIC = 'arm_controller/joint_trajectory';

/**
 * Sends trajectories and holds to the arm controller: on its topic, or as FollowJointTrajectory goals
 * (`robot.arm_interface`). A trajectory that breaks the controller's rules is refused here whatever made it.
 * Throws SAGE_803 where the action is asked for and control_msgs is not installed.
 */
export function armBlock({ node, sink, parameters }: BlockPorts): Effector {
  const { arm_interface, joints } = parameters.robot;
  const health = new EffectorHealth('arm', sink);
  const publisher = node.publisher<Buffer>(TYPE, ARM_TOPIC, RELIABLE);
  const foreign = new ForeignCommands(node.resolve(ARM_TOPIC));
  // Best effort hears reliable publishers too.
  node.subscribeRaw(TYPE, ARM_TOPIC, SENSOR, (bytes) => foreign.heard(bytes, performance.now()));
  const goals = new ForeignGoals(node.resolve(FOLLOW_ACTION));
  const statuses = watchGoals(node, goals);
  const installed = arm_interface !== 'topic' && node.hasInterface(FOLLOW_TYPE);
  if (arm_interface === 'action' && !installed) {
    throw new SageError(
      'SAGE_803',
      'robot.arm_interface',
      'action needs control_msgs, which is not installed',
    );
  }
  const follow = installed
    ? new FollowClient(
        node,
        (found) => health.report(found),
        (uuid) => goals.sent(uuid),
        () => health.finished(),
      )
    : null;
  const byAction = (): boolean => follow !== null && (arm_interface === 'action' || follow.available());

  return {
    send(action) {
      if (action.kind === 'gripper') return;
      const found = checkTrajectory(action.trajectory, joints);
      if (found !== null) return health.note(found);
      const message = trajectoryMessage(action.trajectory);
      if (follow !== null && byAction()) follow.send(message);
      else {
        const bytes = trajectoryBytes(message);
        foreign.sent(bytes);
        publisher.publish(bytes);
      }
      health.note(null);
    },
    health: () => {
      const acting = byAction();
      // One of them is this block itself.
      const subscribers = Math.max(0, publisher.subscribers() - 1);
      const alone = acting ? !(follow?.available() ?? false) : subscribers === 0;
      const nobody = alone
        ? fault('SAGE_811', 'arm', node.resolve(acting ? FOLLOW_ACTION : ARM_TOPIC))
        : null;
      if (statuses?.publishers() === 0) goals.gone();
      const now_ms = performance.now();
      health.warn(foreign.fault(now_ms) ?? goals.fault(now_ms) ?? nobody);
      return [
        health.entry({
          interface: acting ? 'FollowJointTrajectory action' : `topic ${ARM_TOPIC}`,
          subscribers,
        }),
      ];
    },
    close: () => follow?.close(),
  };
}

/** Hears which goals the controller executes, whoever sent them; null where action_msgs is not installed. */
function watchGoals(node: RosNode, goals: ForeignGoals): Subscription | null {
  if (!node.hasInterface(STATUS_TYPE)) return null;
  // Resolved first: the name of the action is what is remapped. Latched as every action server's: a goal may be under way.
  const topic = `${node.resolve(FOLLOW_ACTION)}/_action/status`;
  return node.subscribe<StatusArray>(STATUS_TYPE, topic, LATCHED, (told) =>
    goals.heard(told, performance.now()),
  );
}
