import type { BagMessage, Lasting } from './bag.js';

/** Memory comes in multiples of this, so that chunks of about one size fit into each other's, bytes. */
const GRAIN = 1 << 16;
/** Pieces that wait to be used again; a reader needs two or three. */
const FREE_MAX = 4;
/** Less than this is not worth memory that is used again. */
const SMALL = GRAIN / 4;

/** What becomes of messages of which only the heads were read into a piece of memory. */
export class Heads {
  private state: 'unread' | 'read' | 'over' = 'unread';

  /** True where the rest of a message may be read into its place, and stays there as long as the message lasts. */
  claim(): boolean {
    if (this.state === 'over') return false;
    this.state = 'read';
    return true;
  }

  /** No more may be read into it. True where nothing was, so that nobody can miss it. */
  end(): boolean {
    const unread = this.state === 'unread';
    this.state = 'over';
    return unread;
  }
}

/** A piece of memory with messages in it. */
interface Loan {
  readonly memory: ArrayBuffer;
  /** Messages that were not passed yet, and those that were and last. */
  open: number;
  /** Null where all of its messages were read. */
  readonly heads: Heads | null;
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
    // Not from Node's pool of small buffers: that is not ours to give back, and as large as Buffer.poolSize says.
    if (bytes < SMALL) return Buffer.allocUnsafeSlow(bytes);
    const whole = Buffer.allocUnsafeSlow(Math.ceil(bytes / GRAIN) * GRAIN);
    return whole.subarray(0, bytes);
  }

  /**
   * Takes memory back: every view of it has no bytes from now on. Where nobody `looked` at it they stay as they are: to
   * V8 memory that changes hands is new memory, and thousands of pieces of it make the collector run twice as often.
   */
  giveBack(memory: ArrayBuffer, looked = true): void {
    const renewed = looked ? structuredClone(memory, { transfer: [memory] }) : memory;
    if (this.free.length >= FREE_MAX) this.free.shift();
    this.free.push(renewed);
  }
}

/** Keeps the books of one reading: which memory its messages lie in, and when it can be used again. */
export class Loans {
  private readonly loans = new Map<ArrayBufferLike, Loan>();
  /** By topic, the memory of its messages that last, the oldest first. */
  private readonly lasting = new Map<string, Loan[]>();

  constructor(
    private readonly memory: ChunkMemory,
    readonly last: Lasting,
  ) {}

  take(bytes: number): Buffer {
    return this.memory.take(bytes);
  }

  /**
   * Notes how many messages to come lie in this memory; where there is none, it is used again at once.
   * @param heads where they are heads alone
   */
  lend({ buffer }: Uint8Array, messages: number, heads: Heads | null = null): void {
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < GRAIN) return;
    if (messages === 0) this.memory.giveBack(buffer);
    else this.loans.set(buffer, { memory: buffer, open: messages, heads });
  }

  /** The next message was asked for: this one has been dealt with. */
  passed({ topic, data }: BagMessage): void {
    if (this.loans.size === 0) return;
    const loan = this.loans.get(data.buffer);
    if (loan === undefined) return;
    if (!this.last.topics.has(topic.topic)) {
      this.settle(loan);
      return;
    }
    const lasting = this.lasting.get(topic.topic) ?? [];
    lasting.push(loan);
    this.lasting.set(topic.topic, lasting);
    if (lasting.length > this.last.messages) this.settle(lasting.shift()!);
  }

  private settle(loan: Loan): void {
    loan.open -= 1;
    if (loan.open > 0) return;
    this.loans.delete(loan.memory);
    this.memory.giveBack(loan.memory, loan.heads?.end() !== true);
  }
}
