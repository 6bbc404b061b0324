import { type BagTopic, typeName } from './bag.js';
import type { Layout } from './mcap-layout.js';
import { type ChannelRecord, OP, readChannel, readSchema } from './mcap-records.js';

/** The channels of an MCAP file as topics: from its summary, and from what its chunks describe. */
export class McapTopics {
  private readonly byChannel = new Map<number, BagTopic>();

  constructor(private readonly layout: Pick<Layout, 'schemas' | 'channels' | 'counts'>) {}

  /** Takes a schema or channel record; the first of an id counts. @throws McapError where it is cut off */
  describe(opcode: number, content: Uint8Array): void {
    if (opcode === OP.schema) {
      const schema = readSchema(content);
      if (!this.layout.schemas.has(schema.id)) this.layout.schemas.set(schema.id, schema);
    } else if (opcode === OP.channel) {
      const channel = readChannel(content);
      if (!this.layout.channels.has(channel.id)) this.layout.channels.set(channel.id, channel);
    }
  }

  /** The name of a channel's topic; null where it is not described. */
  nameOf(id: number): string | null {
    return this.layout.channels.get(id)?.topic ?? null;
  }

  /** Tells of a channel whether it carries one of these topics; all do by default. */
  carrying(topics: ReadonlySet<string> | undefined): (id: number) => boolean {
    if (topics === undefined) return () => true;
    const known = new Map<number, boolean>();
    return (id) => {
      const before = known.get(id);
      if (before !== undefined) return before;
      const name = this.nameOf(id);
      const carried = name !== null && topics.has(name);
      // A channel that is not described may be yet, by a chunk.
      if (name !== null) known.set(id, carried);
      return carried;
    };
  }

  /** The topic of a channel; null where it is not described. */
  of(id: number): BagTopic | null {
    return this.byChannel.get(id) ?? this.late(id);
  }

  /** One topic per name and type, by name: several publishers of a topic have a channel each. */
  named(): readonly BagTopic[] {
    const named = new Map<string, BagTopic>();
    for (const channel of [...this.layout.channels.values()].sort((a, b) => a.id - b.id)) {
      const topic = this.topicOf(channel);
      const known = named.get(`${topic.topic} ${topic.type}`);
      const counted =
        known === undefined ? topic : { ...known, messages: sum(known.messages, topic.messages) };
      named.set(`${topic.topic} ${topic.type}`, counted);
    }
    for (const channel of this.layout.channels.values()) {
      const topic = this.topicOf(channel);
      this.byChannel.set(channel.id, named.get(`${topic.topic} ${topic.type}`) ?? topic);
    }
    return [...named.values()].sort((a, b) => (a.topic < b.topic ? -1 : Number(a.topic > b.topic)));
  }

  /** A channel that only a chunk describes. */
  private late(id: number): BagTopic | null {
    const channel = this.layout.channels.get(id);
    if (channel === undefined) return null;
    const topic = this.topicOf(channel);
    this.byChannel.set(id, topic);
    return topic;
  }

  private topicOf(channel: ChannelRecord): BagTopic {
    const schema = this.layout.schemas.get(channel.schema_id);
    return {
      topic: channel.topic,
      // Of ROS 1 the short name is the right one, and nothing is read.
      type: channel.encoding === 'cdr' ? typeName(schema?.name ?? '') : (schema?.name ?? ''),
      serialization: channel.encoding,
      schema:
        schema === undefined || schema.data.length === 0
          ? null
          : { name: schema.name, encoding: schema.encoding, text: Buffer.from(schema.data).toString('utf8') },
      messages: this.layout.counts === null ? null : (this.layout.counts.get(channel.id) ?? 0),
      qos: channel.metadata.get('offered_qos_profiles') ?? '',
    };
  }
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
