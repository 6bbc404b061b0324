import type { BagMessage, Lasting } from './bag.js';

/** Memory comes in multiples of this, so that chunks of about one size fit into each other's, bytes. */
const GRAIN = 1 << 16;
/** Pieces that wait to be used again; a reader needs two or three. */
const FREE_MAX = 4;
/** Less than this is left to Node's own pool of small buffers. */
const SMALL = GRAIN / 4;

/** A piece of memory with messages in it. */
interface Loan {
  readonly memory: ArrayBuffer;
  /** Messages that were not passed yet. */
  open: number;
  /** Topics whose messages last, and up to which one of theirs this memory has to stay. */
  readonly until: Map<string, number>;
}

/**
 * Memory that chunks are read into, again and again. New memory for every chunk costs more than reading it: its pages
 * have to be mapped and cleared, and the garbage collector sees a megabyte of pressure each time.
 */
export class ChunkMemory {
  private readonly free: ArrayBuffer[] = [];

  /** Memory for so many bytes; what is in it is left over from before. */
  take(bytes: number): Buffer {
    const at = this.free.findIndex(({ byteLength }) => byteLength >= bytes && byteLength <= 4 * bytes);
    if (at >= 0) return Buffer.from(this.free.splice(at, 1)[0]!, 0, bytes);
    if (bytes < SMALL) return Buffer.allocUnsafe(bytes);
    const whole = Buffer.allocUnsafeSlow(Math.ceil(bytes / GRAIN) * GRAIN);
    return whole.subarray(0, bytes);
  }

  /** Takes memory back: every view of it has no bytes from now on. */
  giveBack(memory: ArrayBuffer): void {
    const renewed = structuredClone(memory, { transfer: [memory] });
    if (this.free.length >= FREE_MAX) this.free.shift();
    this.free.push(renewed);
  }
}

/** Keeps the books of one reading: which memory its messages lie in, and when it can be used again. */
export class Loans {
  private readonly loans = new Map<ArrayBufferLike, Loan>();
  /** Messages passed so far, of each topic whose messages last. */
  private readonly passed_of = new Map<string, number>();
  /** Memory without messages to come, which lasts for a while. */
  private readonly lasting: Loan[] = [];

  constructor(
    private readonly memory: ChunkMemory,
    private readonly last: Lasting,
  ) {}

  take(bytes: number): Buffer {
    return this.memory.take(bytes);
  }

  /** Notes how many messages to come lie in this memory; where there is none, it is used again at once. */
  lend({ buffer }: Uint8Array, messages: number): void {
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < GRAIN) return;
    if (messages === 0) this.memory.giveBack(buffer);
    else this.loans.set(buffer, { memory: buffer, open: messages, until: new Map() });
  }

  /** The next message was asked for: this one has been dealt with. */
  passed({ topic, data }: BagMessage): void {
    const loan = this.loans.get(data.buffer);
    const lasts = this.last.topics.has(topic.topic);
    if (lasts) {
      const count = (this.passed_of.get(topic.topic) ?? 0) + 1;
      this.passed_of.set(topic.topic, count);
      loan?.until.set(topic.topic, count + this.last.messages);
      this.expire();
    }
    if (loan === undefined) return;
    loan.open -= 1;
    if (loan.open > 0) return;
    this.loans.delete(loan.memory);
    if (loan.until.size === 0) this.memory.giveBack(loan.memory);
    else this.lasting.push(loan);
  }

  private expire(): void {
    for (let at = 0; at < this.lasting.length; ) {
      const { memory, until } = this.lasting[at]!;
      const over = [...until].every(([topic, count]) => (this.passed_of.get(topic) ?? 0) >= count);
      if (over) {
        this.lasting.splice(at, 1);
        this.memory.giveBack(memory);
      } else at += 1;
    }
  }
}
