import { fault } from '../../contracts/errors.js';
import type { BlockPorts, Effector } from '../block.js';
import { EffectorHealth } from '../effector-health.js';
import type { Float64MultiArrayMessage } from '../messages.js';
import { RELIABLE } from '../qos.js';

export const GRIPPER_TOPIC = 'gripper_controller/commands';

/** Sends gripper values, one per finger joint of the controller, rad or m. */
export function gripperBlock({ node, sink }: BlockPorts): Effector {
  const health = new EffectorHealth('gripper', sink);
  const publisher = node.publisher<Float64MultiArrayMessage>(
    'std_msgs/msg/Float64MultiArray',
    GRIPPER_TOPIC,
    RELIABLE,
  );
  return {
    send(action) {
      if (action.kind !== 'gripper') return;
      const { values } = action;
      if (values.length === 0 || !values.every(Number.isFinite)) {
        return health.note(fault('SAGE_703', 'gripper', `values ${values.join(', ') || 'missing'}`));
      }
      publisher.publish({ layout: { dim: [], data_offset: 0 }, data: Float64Array.from(values) });
      health.note(null);
    },
    health: () => [health.entry({ topic: GRIPPER_TOPIC, subscribers: publisher.subscribers() })],
    close: () => {},
  };
}
