import { fault } from '../../contracts/errors.js';
import type { Block, SensorPorts } from '../block.js';
import { Source } from '../source.js';

const TOPIC = 'robot_description';
/** Longest URDF that is read, characters; the largest published robots stay under a tenth of it. */
const URDF_MAX = 8_000_000;

/** Reads the URDF from `robot_description`, latched or not. It is parsed by whoever uses it. */
export function robotDescriptionBlock({ node, clock, sink }: SensorPorts): Block {
  const source = new Source('robot_description', sink, clock, { stale_ms: null, required: true });
  node.subscribeLatched<{ readonly data: string }>('std_msgs/msg/String', TOPIC, ({ data }) => {
    if (data.trim() === '') return source.bad(fault('SAGE_302', TOPIC, 'the text is empty'));
    if (data.length > URDF_MAX) {
      const detail = `${data.length} characters, allowed are ${URDF_MAX}`;
      return source.bad(fault('SAGE_302', TOPIC, detail));
    }
    const now_ms = clock.now_ms();
    source.good({
      kind: 'robot_description',
      source: 'robot_description',
      stamp_ms: now_ms,
      received_ms: now_ms,
      urdf: data,
    });
  });
  return { health: () => [source.health()], close: () => {} };
}
