import { type Fault, fault } from '../contracts/errors.js';
import type { HealthEntry } from '../contracts/graph.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { ARM_TOPIC } from './blocks/arm.js';
import { GRIPPER_TOPIC, GRIPPER_TRAJECTORY } from './gripper/topic-ways.js';
import type { RosNode } from './node.js';
import type { RclEndpoint } from './rcl.js';

/** One of our ends of a topic, as far as the other end must fit it. */
interface End {
  readonly topic: string;
  readonly type: string;
  readonly side: 'hears' | 'says';
  /** True where what we hear must be sent reliably. */
  readonly reliable?: boolean;
}

const HEARD: readonly End[] = [
  { topic: 'camera/camera_info', type: 'sensor_msgs/msg/CameraInfo', side: 'hears' },
  { topic: 'camera/pose', type: 'geometry_msgs/msg/PoseStamped', side: 'hears' },
  { topic: 'joint_states', type: 'sensor_msgs/msg/JointState', side: 'hears' },
  { topic: 'robot_description', type: 'std_msgs/msg/String', side: 'hears' },
  { topic: 'audio/in', type: 'sage/msg/AudioChunk', side: 'hears' },
  { topic: 'audio/data', type: 'audio_common_msgs/msg/AudioData', side: 'hears' },
  { topic: 'battery_state', type: 'sensor_msgs/msg/BatteryState', side: 'hears' },
  { topic: 'emergency_stop', type: 'std_msgs/msg/Bool', side: 'hears' },
  { topic: 'sage/goal', type: 'std_msgs/msg/String', side: 'hears', reliable: true },
];
const RAW: End = { topic: 'camera/image_raw', type: 'sensor_msgs/msg/Image', side: 'hears' };
const COMPRESSED: End = {
  topic: 'camera/image_raw/compressed',
  type: 'sensor_msgs/msg/CompressedImage',
  side: 'hears',
};
const TRAJECTORY = 'trajectory_msgs/msg/JointTrajectory';
const SAID: readonly End[] = [
  { topic: ARM_TOPIC, type: TRAJECTORY, side: 'says' },
  { topic: GRIPPER_TRAJECTORY, type: TRAJECTORY, side: 'says' },
  { topic: GRIPPER_TOPIC, type: 'std_msgs/msg/Float64MultiArray', side: 'says' },
];

/** Policies by the numbers of rmw. */
const BEST_EFFORT = 2;
const TRANSIENT_LOCAL = 1;

/**
 * Looks whether what others have at the other ends of our topics can reach us: the middleware says nothing where types
 * or qualities of service do not fit, and nothing comes.
 */
export class Connections {
  private readonly ends: readonly End[];

  constructor(
    private readonly node: Pick<RosNode, 'resolve' | 'offersOf' | 'requestsOf'>,
    { camera }: Pick<Parameters, 'camera'>,
  ) {
    const images = { raw: [RAW], compressed: [COMPRESSED], auto: [RAW, COMPRESSED] }[camera.transport];
    this.ends = [...images, ...HEARD, ...SAID];
  }

  /** A row of /diagnostics for each topic whose other end does not fit. */
  health(): readonly HealthEntry[] {
    return this.ends.flatMap((end) => {
      const found = this.misfit(end);
      if (found === null) return [];
      const { code, text, where } = found;
      return [{ name: `topic ${where}`, level: 'error', message: `${code} ${text}`, values: { code } }];
    });
  }

  private misfit(end: End): Fault | null {
    const { topic, type, side } = end;
    const others = side === 'hears' ? this.node.offersOf(topic) : this.node.requestsOf(topic);
    const where = this.node.resolve(topic);
    const odd = others.find(({ topic_type }) => topic_type !== type);
    if (odd !== undefined) {
      const does = side === 'hears' ? 'published' : 'subscribed';
      return fault('SAGE_809', where, `${does} as ${odd.topic_type}, expected ${type}`);
    }
    const why = others.map((other) => unheard(end, other)).find((text) => text !== null);
    return why === undefined || why === null ? null : fault('SAGE_810', where, why);
  }
}

/** Why an end of the right type gets nothing from us, or we nothing from it; null where it does. */
function unheard({ side, reliable }: End, { qos_profile }: RclEndpoint): string | null {
  if (side === 'hears') {
    return reliable && qos_profile.reliability === BEST_EFFORT
      ? 'it is published best effort, but must be reliable'
      : null;
  }
  return qos_profile.durability === TRANSIENT_LOCAL
    ? 'its subscriber requests transient local; commands are volatile, so that none arrives late'
    : null;
}
