import { SageError } from '../../contracts/errors.js';
import type { BlockPorts, Effector } from '../block.js';
import { EffectorHealth } from '../effector-health.js';
import { FOLLOW_TYPE, FollowClient } from '../follow-client.js';
import type { JointTrajectoryMessage } from '../messages.js';
import { RELIABLE } from '../qos.js';
import { checkTrajectory, trajectoryMessage } from '../trajectory-message.js';

const TOPIC = 'arm_controller/joint_trajectory';

/**
 * Sends trajectories and holds to the arm controller: on its topic, or as FollowJointTrajectory goals
 * (`robot.arm_interface`). A trajectory that breaks the controller's rules is refused here whatever made it.
 * Throws SAGE_803 where the action is asked for and control_msgs is not installed.
 */
export function armBlock({ node, sink, parameters }: BlockPorts): Effector {
  const { arm_interface, joints } = parameters.robot;
  const health = new EffectorHealth('arm', sink);
  const publisher = node.publisher<JointTrajectoryMessage>(
    'trajectory_msgs/msg/JointTrajectory',
    TOPIC,
    RELIABLE,
  );
  const installed = arm_interface !== 'topic' && node.hasInterface(FOLLOW_TYPE);
  if (arm_interface === 'action' && !installed) {
    throw new SageError(
      'SAGE_803',
      'robot.arm_interface',
      'action needs control_msgs, which is not installed',
    );
  }
  const follow = installed ? new FollowClient(node, (found) => health.report(found)) : null;
  const byAction = (): boolean => follow !== null && (arm_interface === 'action' || follow.available());

  return {
    send(action) {
      if (action.kind === 'gripper') return;
      const found = checkTrajectory(action.trajectory, joints);
      if (found !== null) return health.note(found);
      const message = trajectoryMessage(action.trajectory);
      if (follow !== null && byAction()) follow.send(message);
      else publisher.publish(message);
      health.note(null);
    },
    health: () => [
      health.entry({
        interface: byAction() ? 'FollowJointTrajectory action' : `topic ${TOPIC}`,
        subscribers: publisher.subscribers(),
      }),
    ],
    close: () => follow?.close(),
  };
}
