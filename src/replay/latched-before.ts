import type { Bag, BagMessage, BagTopic } from './bag.js';
import { LatchedMessages } from './record/latched-messages.js';
import { recordedQos } from './recorded-qos.js';

/** True for a latched topic, whose last message is sent to late subscribers; `unknown` where the bag does not say. */
export function isLatched({ qos }: BagTopic, unknown: boolean): boolean {
  return qos.trim() === '' ? unknown : recordedQos(qos).latched;
}

/**
 * What stood on latched topics of a bag before a moment, as somebody who subscribes then would be told: the newest message
 * of each, of static transforms all that differ. Reads what lies before the moment, of these topics alone.
 * @throws SageError as {@link Bag.read}
 */
export function latchedBefore(
  bag: Bag,
  topics: readonly BagTopic[],
  begin_ms: number,
): readonly BagMessage[] {
  if (topics.length === 0 || begin_ms <= bag.start_ms) return [];
  const standing = new LatchedMessages<BagMessage>();
  const names = new Set(topics.map(({ topic }) => topic));
  for (const message of bag.read({ topics: names, end_ms: begin_ms })) {
    if (message.time_ms >= begin_ms) continue;
    const { topic, time_ms, data } = message;
    // A copy: the chunk around it is not to be kept.
    standing.add({ topic, time_ms, data: new Uint8Array(data) });
  }
  return standing.values();
}
