import { LatchedMessages } from './latched-messages.js';
import type { ReceivedMessage } from './received-message.js';

export interface RingLimits {
  readonly seconds: number;
  readonly bytes_max: number;
}

/**
 * The messages of the last seconds, bounded in bytes too: when there is not room for all, the oldest go first. What was
 * latched before them stays, however old: without it what follows cannot be read.
 */
export class MessageRing {
  private readonly messages: ReceivedMessage[] = [];
  private first = 0;
  private held_bytes = 0;
  private readonly latched_topics = new Set<string>();
  /** What was latched when the ring begins. */
  private readonly before = new LatchedMessages<ReceivedMessage>();

  constructor(private readonly limits: RingLimits) {}

  get bytes(): number {
    return this.held_bytes;
  }

  add(message: ReceivedMessage, latched: boolean): void {
    if (latched) this.latched_topics.add(message.topic.topic);
    this.messages.push(message);
    this.held_bytes += message.data.length;
    const kept_ms = this.limits.seconds * 1000;
    while (this.first < this.messages.length - 1) {
      const oldest = this.messages[this.first]!;
      // Also later ones, as after a simulation restarted.
      const is_kept = Math.abs(message.time_ms - oldest.time_ms) <= kept_ms;
      if (is_kept && this.held_bytes <= this.limits.bytes_max) break;
      if (this.isLatched(oldest)) this.before.add(oldest);
      this.held_bytes -= oldest.data.length;
      this.messages[this.first] = GONE;
      this.first += 1;
    }
    // Cut off in one go now and then: shifting a long list for each message would be slow.
    if (this.first > 1024 && this.first > this.messages.length / 2) {
      this.messages.splice(0, this.first);
      this.first = 0;
    }
  }

  /** What is held, in order of time: first what was latched before. */
  *contents(): Generator<ReceivedMessage> {
    const begin_ms = this.messages[this.first]?.time_ms;
    // As if they had been published when the ring begins: a reader that starts there gets them.
    for (const message of this.before.values()) {
      yield { ...message, time_ms: begin_ms ?? message.time_ms };
    }
    for (let at = this.first; at < this.messages.length; at++) yield this.messages[at]!;
  }

  isLatched({ topic }: ReceivedMessage): boolean {
    return this.latched_topics.has(topic.topic);
  }
}

/** Stands where a message was, so that its bytes are freed. */
const GONE: ReceivedMessage = { topic: { topic: '', type: '' }, time_ms: 0, data: new Uint8Array(0) };
