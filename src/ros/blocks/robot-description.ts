import { type Fault, fault } from '../../contracts/errors.js';
import type { HealthEntry } from '../../contracts/graph.js';
import { type Shaped, shapedSoon } from '../../meshes/shape.js';
import type { Block, SensorPorts } from '../block.js';
import { Source } from '../source.js';

const TOPIC = 'robot_description';
/** Longest URDF that is read, characters; the largest published robots stay under a tenth of it. */
const URDF_MAX = 8_000_000;

const READING = { level: 'warn', message: 'reading the meshes of the robot' } as const;

/**
 * Reads the URDF from `robot_description`, latched or not, and has capsules fitted to its meshes where these are found
 * on this machine. The description is delivered once that is done, some seconds after a robot was first seen here. It
 * is parsed by whoever uses it.
 */
export function robotDescriptionBlock(ports: SensorPorts): Block {
  const { node, clock, sink, parameters } = ports;
  const source = new Source('robot_description', sink, clock, { stale_ms: null, required: true });
  /** What stands against the shapes of the last one. */
  let lacking: Fault | null = null;
  /** Descriptions that came: while shapes are fitted a newer one may. */
  let count = 0;
  let reading = false;
  let closed = false;
  const deliver = ({ urdf, fault: found }: Shaped): void => {
    lacking = found;
    reading = false;
    const now_ms = clock.now_ms();
    source.good({
      kind: 'robot_description',
      source: 'robot_description',
      stamp_ms: now_ms,
      received_ms: now_ms,
      urdf,
    });
  };
  node.subscribeLatched<{ readonly data: string }>('std_msgs/msg/String', TOPIC, ({ data }) => {
    count += 1;
    if (data.trim() === '') return source.bad(fault('SAGE_302', TOPIC, 'the text is empty'));
    if (data.length > URDF_MAX) {
      const detail = `${data.length} characters; the limit is ${URDF_MAX}`;
      return source.bad(fault('SAGE_302', TOPIC, detail));
    }
    if (ports.shapes !== undefined) return deliver(ports.shapes(data));
    const own = count;
    const found = shapedSoon(data, parameters);
    if (!(found instanceof Promise)) return deliver(found);
    reading = true;
    void found.then((done) => {
      if (own === count && !closed) deliver(done);
    });
  });
  return {
    health: () => [reading ? { ...source.health(), ...READING } : withShapes(source.health(), lacking)],
    busy: () => reading,
    close: () => {
      closed = true;
    },
  };
}

/** Links whose shape is assumed are a warning where there is nothing worse. */
function withShapes(entry: HealthEntry, lacking: Fault | null): HealthEntry {
  if (lacking === null || entry.level !== 'ok') return entry;
  return { ...entry, level: 'warn', message: `${lacking.code} ${lacking.text}` };
}
