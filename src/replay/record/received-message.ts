import type { WrittenTopic } from '../bag-writer.js';

/** One message as it was received. */
export interface ReceivedMessage {
  readonly topic: WrittenTopic;
  /** When it was received, ms since the epoch. */
  readonly time_ms: number;
  readonly data: Uint8Array;
}
