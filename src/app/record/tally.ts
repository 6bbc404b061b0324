import type { RecordedMessage } from '../../ros/recorded-topics.js';

/** What was recorded of a topic. */
export interface TopicTally {
  readonly topic: string;
  readonly messages: number;
  /** Between its first and its last message; null of fewer than two. */
  readonly rate_hz: number | null;
}

interface Counted {
  messages: number;
  /** Time that passed between them. */
  span_ms: number;
  last_ms: number;
}

/** Counts what is recorded, by topic. */
export class Tally {
  messages = 0;
  bytes = 0;
  private readonly counted = new Map<string, Counted>();

  add({ topic: { topic }, data, time_ms }: RecordedMessage): void {
    this.messages += 1;
    this.bytes += data.length;
    const counted = this.counted.get(topic);
    if (counted === undefined) {
      this.counted.set(topic, { messages: 1, span_ms: 0, last_ms: time_ms });
      return;
    }
    counted.messages += 1;
    // A simulation may start again, with an earlier time.
    counted.span_ms += Math.max(0, time_ms - counted.last_ms);
    counted.last_ms = time_ms;
  }

  /** By name. @param subscribed topics to list although nothing came on them */
  byTopic(subscribed: readonly string[]): readonly TopicTally[] {
    const silent = subscribed.filter((topic) => !this.counted.has(topic));
    return [
      ...silent.map((topic) => ({ topic, messages: 0, rate_hz: null })),
      ...[...this.counted].map(([topic, { messages, span_ms }]) => ({
        topic,
        messages,
        rate_hz: span_ms > 0 ? (messages - 1) / (span_ms / 1000) : null,
      })),
    ].sort((a, b) => (a.topic < b.topic ? -1 : 1));
  }
}
