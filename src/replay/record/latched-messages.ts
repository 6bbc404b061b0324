import type { ReceivedMessage } from './received-message.js';

/** Whose publishers each latch a message of their own on the same topic. */
const STATIC_TRANSFORMS = 'tf2_msgs/msg/TFMessage';
/** Different static transforms that are kept, messages; more robots have no publishers. */
const TRANSFORMS_MAX = 64;

/**
 * What somebody who subscribes now would get: the newest message of each latched topic; of static transforms, which come
 * from several publishers, all that differ.
 */
export class LatchedMessages {
  private readonly held = new Map<string, readonly ReceivedMessage[]>();

  add(message: ReceivedMessage): void {
    const { topic, type } = message.topic;
    const before = type === STATIC_TRANSFORMS ? (this.held.get(topic) ?? []) : [];
    const others = before.filter(({ data }) => Buffer.compare(data, message.data) !== 0);
    this.held.set(topic, [...others, message].slice(-TRANSFORMS_MAX));
  }

  /** The oldest first, by topic. */
  values(): readonly ReceivedMessage[] {
    return [...this.held.values()].flat();
  }
}
