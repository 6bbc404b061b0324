import type { Parameters } from '../../contracts/parameters/index.js';
import type { Float64MultiArrayMessage, JointTrajectoryMessage } from '../messages.js';
import type { RosNode } from '../node.js';
import { RELIABLE } from '../qos.js';
import { secondsToDuration } from '../stamps.js';
import type { GripperWay } from './way.js';

export const GRIPPER_TOPIC = 'gripper_controller/commands';
export const GRIPPER_TRAJECTORY = 'gripper_controller/joint_trajectory';
/** Share of the time for the gripper that a trajectory plans with: the rest is for a controller that lags. */
const TRAJECTORY_SHARE = 0.7;

/** Values for a forward_command_controller or a JointGroupPositionController. */
export function commandsWay(node: RosNode): GripperWay {
  const publisher = node.publisher<Float64MultiArrayMessage>(
    'std_msgs/msg/Float64MultiArray',
    GRIPPER_TOPIC,
    RELIABLE,
  );
  return {
    name: `topic ${node.resolve(GRIPPER_TOPIC)}`,
    listeners: () => publisher.subscribers(),
    send: (values) =>
      publisher.publish({ layout: { dim: [], data_offset: 0 }, data: Float64Array.from(values) }),
    close: () => {},
  };
}

/** One point for a joint_trajectory_controller; its joints are the first of `robot.gripper_joints`. */
export function trajectoryWay(node: RosNode, robot: Parameters['robot']): GripperWay {
  const publisher = node.publisher<JointTrajectoryMessage>(
    'trajectory_msgs/msg/JointTrajectory',
    GRIPPER_TRAJECTORY,
    RELIABLE,
  );
  const none = new Float64Array(0);
  return {
    name: `topic ${node.resolve(GRIPPER_TRAJECTORY)}`,
    listeners: () => publisher.subscribers(),
    send: (values) =>
      publisher.publish({
        header: { stamp: { sec: 0, nanosec: 0 }, frame_id: '' },
        joint_names: robot.gripper_joints.slice(0, values.length),
        points: [
          {
            positions: Float64Array.from(values),
            velocities: none,
            accelerations: none,
            effort: none,
            time_from_start: secondsToDuration(TRAJECTORY_SHARE * robot.gripper_time_s),
          },
        ],
      }),
    close: () => {},
  };
}
