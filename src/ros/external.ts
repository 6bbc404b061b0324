import { type Fault, fault } from '../contracts/errors.js';
import type { ReadingSink } from '../contracts/graph.js';
import type { AnyReading } from '../contracts/observation.js';
import type { Clock } from '../contracts/ports.js';
import type { Block, BlockPorts, SensingBlockName } from './block.js';
import { FrameLoss } from './camera/frame-loss.js';
import type { ObservationMessage } from './messages.js';
import type { Publisher, RosNode } from './node.js';
import { faultObservation, observationMessage, readObservation } from './observation-message.js';
import { IMAGE, LATCHED, type Qos, RELIABLE, SENSOR } from './qos.js';
import { Source, type SourceOptions } from './source.js';

const TYPE = 'sage/msg/Observation';

/** The sources of each sensing block. */
export const SOURCES_OF: Readonly<Record<SensingBlockName, readonly string[]>> = {
  camera: ['camera', 'camera_info', 'camera_pose'],
  joints: ['joints'],
  microphone: ['audio'],
  battery: ['battery'],
  emergency_stop: ['emergency_stop'],
  goal: ['goal'],
  robot_description: ['robot_description'],
};

const QOS: Readonly<Record<string, Qos>> = {
  camera: IMAGE,
  camera_info: LATCHED,
  camera_pose: LATCHED,
  robot_description: LATCHED,
  emergency_stop: LATCHED,
  joints: SENSOR,
  audio: SENSOR,
  battery: SENSOR,
};

const topicOf = (source: string): string => `sage/observation/${source}`;
const qosOf = (source: string): Qos => QOS[source] ?? RELIABLE;

/** The sink of a block that runs in a process of its own: readings and faults go out as Observation messages. */
export class ObservationPublisher implements ReadingSink {
  private readonly publishers: ReadonlyMap<string, Publisher<ObservationMessage>>;

  constructor(
    private readonly clock: Clock,
    node: RosNode,
    sources: readonly string[],
  ) {
    this.publishers = new Map(
      sources.map((source) => [source, node.publisher(TYPE, topicOf(source), qosOf(source))]),
    );
  }

  put(reading: AnyReading): boolean {
    this.publishers.get(reading.source)?.publish(observationMessage(reading));
    return true;
  }

  fault(source: string, found: Fault | null): void {
    // Good data clear a fault at the other end too.
    if (found === null) return;
    this.publishers.get(source)?.publish(faultObservation(source, found, this.clock.now_ms()));
  }
}

export interface ExternalSensor extends Block {
  readonly frames: { readonly received: number; readonly lost: number };
}

/** The main node's end of a sensing block that runs elsewhere. */
export function externalSensor(
  name: SensingBlockName,
  { node, clock, sink, parameters }: BlockPorts,
): ExternalSensor {
  const loss = new FrameLoss();
  const sources = SOURCES_OF[name].map((source) => {
    const made = new Source(source, sink, clock, sourceOptions(source, parameters));
    const topic = topicOf(source);
    node.subscribe<ObservationMessage>(TYPE, topic, qosOf(source), (message) => {
      const observed = readObservation(message, topic);
      if (observed.kind === 'fault') return made.bad(observed.fault);
      const { reading } = observed;
      if (reading.source !== source) return made.bad(fault('SAGE_208', topic, `source is ${reading.source}`));
      if (reading.kind === 'camera') loss.count(reading.stamp_ms);
      if (!made.good(reading)) made.bad(fault('SAGE_406', topic, 'its queue is full'));
    });
    return made;
  });
  return { frames: loss, health: () => sources.map((source) => source.health()), close: () => {} };
}

function sourceOptions(source: string, parameters: BlockPorts['parameters']): SourceOptions {
  if (source === 'camera') return { stale_ms: parameters.camera.stale_ms, required: true };
  if (source === 'audio') return { stale_ms: parameters.microphone.stale_ms, required: false };
  if (source === 'joints') return { stale_ms: parameters.kernel.joints_stale_ms, required: true };
  return { stale_ms: null, required: source.startsWith('camera') || source === 'robot_description' };
}
