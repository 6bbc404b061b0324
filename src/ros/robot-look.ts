import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../contracts/errors.js';
import type { HealthEntry, ReadingSink } from '../contracts/graph.js';
import type { AnyReading } from '../contracts/observation.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { type Block, EFFECTING_BLOCKS, SENSING_BLOCKS } from './block.js';
import { EFFECTING, SENSING } from './blocks/index.js';
import { SOUND_TOPICS } from './blocks/microphone.js';
import { Connections } from './connections.js';
import { openRos } from './context.js';

/** Meshes that are read for the first time take longer than a look, ms. */
const BUSY_MAX_MS = 60_000;
const BUSY_STEP_MS = 100;

/** What a look at the graph found of a robot. */
export interface RobotLook {
  /** The newest reading of each source. */
  readonly readings: ReadonlyMap<string, AnyReading>;
  /** The rows that the blocks would put on /diagnostics, and those of topics that do not fit. */
  readonly health: readonly HealthEntry[];
  /** How many publish sound, heard or not. */
  readonly microphones: number;
}

/**
 * Listens to the robot for a while with the very blocks of the node, and commands nothing.
 * @throws SageError what openRos throws, and SAGE_102 or SAGE_803 where an effector cannot be as configured
 */
export async function lookAtRobot(
  parameters: Parameters,
  rosArgs: readonly string[],
  wait_ms: number,
): Promise<RobotLook> {
  const name = `sage_doctor_${process.pid}`;
  const bugs: string[] = [];
  const ros = await openRos(rosArgs, name, (where, text) => bugs.push(`${where}: ${text}`));
  try {
    const node = ros.createNode(name);
    const readings = new Map<string, AnyReading>();
    const sink: ReadingSink = {
      put: (reading) => {
        readings.set(reading.source, reading);
        return true;
      },
      fault: (_source: string, _found: Fault | null) => {},
    };
    const ports = { node, clock: node, sink, parameters };
    const blocks: readonly Block[] = [
      ...SENSING_BLOCKS.map((block) => SENSING[block](ports)),
      ...EFFECTING_BLOCKS.map((block) => EFFECTING[block](ports)),
    ];
    const connections = new Connections(node, parameters);
    node.spin();
    await delay(wait_ms);
    for (let waited_ms = 0; waited_ms < BUSY_MAX_MS && blocks.some((block) => block.busy?.()); ) {
      await delay(BUSY_STEP_MS);
      waited_ms += BUSY_STEP_MS;
    }
    const health = [...blocks.flatMap((block) => block.health()), ...connections.health()];
    const microphones = SOUND_TOPICS.reduce((sum, topic) => sum + node.countPublishers(topic), 0);
    for (const block of blocks) block.close();
    for (const text of bugs)
      health.push({ name: 'graph', level: 'error', message: `a callback threw: ${text}`, values: {} });
    return { readings, health, microphones };
  } finally {
    ros.close();
  }
}
