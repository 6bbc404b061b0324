import { McapRecordBuilder, type McapTypes } from '@mcap/core';
import { MESSAGE_HEAD, RECORD_HEAD } from './mcap-records.js';

/** Data from here on stay where they are; for less, another piece costs more than the copy. */
const LENT_BYTES_MIN = 16 * 1024;

/** The records of a chunk that is being filled: small ones one behind the other, large data where their owner has them. */
export class ChunkContent {
  private readonly small = new McapRecordBuilder();
  /** Data that are not copied, each with the number of copied bytes before them. */
  private readonly lent: { readonly at: number; readonly data: Uint8Array }[] = [];
  private lent_bytes = 0;
  private readonly byChannel = new Map<number, [bigint, bigint][]>();
  private times = { first: 0n, last: 0n };
  messages = 0;

  /** Bytes of the records so far. */
  get bytes(): number {
    return this.small.length + this.lent_bytes;
  }

  get messageStartTime(): bigint {
    return this.times.first;
  }

  get messageEndTime(): bigint {
    return this.times.last;
  }

  /** Where each channel's messages lie, by time and offset into the records. */
  get indices(): readonly McapTypes.MessageIndex[] {
    return [...this.byChannel].map(([channelId, records]) => ({ channelId, records }));
  }

  addSchema(schema: McapTypes.Schema): void {
    this.small.writeSchema(schema);
  }

  addChannel(channel: McapTypes.Channel): void {
    this.small.writeChannel(channel);
  }

  /** `mayLend`: the data are not changed until {@link reset}; large ones then stay where they are. */
  addMessage(message: McapTypes.Message, mayLend: boolean): void {
    const { channelId, logTime, data } = message;
    const offset = BigInt(this.bytes);
    const records = this.byChannel.get(channelId);
    if (records === undefined) this.byChannel.set(channelId, [[logTime, offset]]);
    else records.push([logTime, offset]);
    if (this.messages === 0 || logTime < this.times.first) this.times.first = logTime;
    if (this.messages === 0 || logTime > this.times.last) this.times.last = logTime;
    this.messages += 1;
    const lend = mayLend && data.length >= LENT_BYTES_MIN;
    this.small.writeMessage(lend ? { ...message, data: NOTHING } : message);
    if (lend) {
      this.lent.push({ at: this.small.length, data });
      this.lent_bytes += data.length;
    }
  }

  /** The records in order, to be written or summed one after the other. */
  pieces(): Uint8Array[] {
    const small = Buffer.from(this.small.buffer);
    const pieces: Uint8Array[] = [];
    let from = 0;
    for (const { at, data } of this.lent) {
      // Its record was written as if it had no data; the length stands behind the opcode.
      small.writeBigUInt64LE(BigInt(MESSAGE_HEAD + data.length), at - MESSAGE_HEAD - RECORD_HEAD + 1);
      pieces.push(small.subarray(from, at), data);
      from = at;
    }
    if (from < small.length) pieces.push(small.subarray(from));
    return pieces;
  }

  /** Starts over; returns the borrowed buffers that are no longer needed. */
  reset(): Uint8Array[] {
    this.small.reset();
    this.byChannel.clear();
    this.times = { first: 0n, last: 0n };
    this.messages = 0;
    this.lent_bytes = 0;
    return this.lent.splice(0).map(({ data }) => data);
  }
}

const NOTHING = new Uint8Array(0);
