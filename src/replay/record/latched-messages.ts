/**
 * Types of which several latched messages stand beside each other, and how many of them are kept: static transforms come
 * from several publishers, more than robots have; of what came to a node each says another thing, and it keeps as many.
 */
const SEVERAL: Readonly<Record<string, number>> = { 'tf2_msgs/msg/TFMessage': 64, 'sage/msg/Input': 100 };

/** What of a message counts here. */
interface Said {
  readonly topic: { readonly topic: string; readonly type: string };
  readonly data: Uint8Array;
}

/**
 * What somebody who subscribes now would get: the newest message of each latched topic; of those that stand beside each
 * other all that differ.
 */
export class LatchedMessages<Message extends Said> {
  private readonly held = new Map<string, readonly Message[]>();

  add(message: Message): void {
    const { topic, type } = message.topic;
    const count = SEVERAL[type] ?? 1;
    const before = count > 1 ? (this.held.get(topic) ?? []) : [];
    const others = before.filter(({ data }) => Buffer.compare(data, message.data) !== 0);
    this.held.set(topic, [...others, message].slice(-count));
  }

  /** The oldest first, by topic. */
  values(): readonly Message[] {
    return [...this.held.values()].flat();
  }
}
