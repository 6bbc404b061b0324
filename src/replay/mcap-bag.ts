import { basename } from 'node:path';
import { crc32 } from 'node:zlib';
import { messageOf, SageError } from '../contracts/errors.js';
import {
  type Bag,
  type BagMessage,
  type BagOptions,
  type BagTopic,
  type Complain,
  complainer,
  type ReadOptions,
  sinceStart,
} from './bag.js';
import { ChunkMemory, Heads, Loans } from './chunk-memory.js';
import { FileBytes } from './file-bytes.js';
import { type Layout, layoutOf, type Segment } from './mcap-layout.js';
import { ChunkIndexes, fewOf, hasParts, type PlacedRecord, partsOf } from './mcap-parts.js';
import {
  type ChunkRecord,
  channelOf,
  McapError,
  MESSAGE_HEAD,
  OP,
  RECORD_HEAD,
  readChunk,
  recordedAt,
  recordsIn,
} from './mcap-records.js';
import { McapTopics } from './mcap-topics.js';
import { inOrder } from './ordered.js';
import { loadUnpackers, type Unpack } from './unpack.js';

/** Chunks that say they unpack to more than this are damage, bytes. */
const CHUNK_MAX = 1 << 30;
/** Of a file of this size or less chunks are read whole, and so checked, since that costs next to nothing, bytes. */
const SMALL_BYTES = 1 << 25;

/**
 * Opens one MCAP file. @throws SageError SAGE_902, 1001, 1002, 1003, 1007; see {@link Bag.read} for the rest.
 */
export async function openMcap(path: string, options: BagOptions = {}): Promise<ReopenedBag> {
  const file = new FileBytes(path, options.called);
  try {
    const complain = complainer(options);
    const layout = await layoutOf(file, complain);
    const unpack = await loadUnpackers(layout.segments.some(({ compression }) => compression === 'lz4'));
    const whole = options.verify === undefined && file.size <= SMALL_BYTES;
    const bag = new McapBag(file, layout, unpack, complain, whole);
    if (options.verify === true) bag.verify();
    const again = (place: string): Bag => {
      // By now its descriptions are gathered, and what is damaged was told.
      const known = { ...layout, segments: [...bag.segments], scanned: false };
      return new McapBag(new FileBytes(place, options.called), known, unpack, complain, whole);
    };
    return { bag, again };
  } catch (thrown) {
    file.close();
    throw thrown;
  }
}

/** A bag that was opened, and how it is opened again at another place when its file was away. */
export interface ReopenedBag {
  readonly bag: Bag;
  readonly again: (place: string) => Bag;
}

/** Messages that were read without the rest of their chunk; and the memory of that, where they lie in it. */
interface Part {
  readonly records: readonly PlacedRecord[];
  readonly chunk: Buffer | null;
  readonly heads: Heads | null;
}

/** What of a segment is asked for. */
interface Wanted {
  readonly topics: ReadonlySet<string> | undefined;
  readonly start_ms: number;
  readonly end_ms: number;
}

class McapBag implements Bag {
  readonly storage = 'mcap';
  readonly name: string;
  readonly topics: readonly BagTopic[];
  readonly messages: number | null;
  readonly start_ms: number;
  readonly end_ms: number;
  private readonly channels: McapTopics;
  segments: readonly Segment[];
  private readonly memory = new ChunkMemory();
  private readonly indexes: ChunkIndexes;

  constructor(
    private readonly file: FileBytes,
    layout: Layout,
    private readonly unpack: ReadonlyMap<string, Unpack>,
    private readonly complain: Complain,
    /** Chunks are read whole, and checked, whatever is asked for of them. */
    private readonly whole: boolean,
  ) {
    this.name = basename(file.path);
    this.indexes = new ChunkIndexes(file);
    // A chunk without messages says that it is from 0 to 0.
    const filled = layout.segments.filter(
      ({ end_ms, index_offsets }) => end_ms > 0 || index_offsets.size > 0 || layout.scanned,
    );
    this.segments = filled.sort((a, b) => a.start_ms - b.start_ms || a.offset - b.offset);
    this.start_ms = this.segments[0]?.start_ms ?? 0;
    this.end_ms = this.segments.reduce((last, { end_ms }) => Math.max(last, end_ms), this.start_ms);
    this.channels = new McapTopics(layout);
    if (layout.scanned) this.gatherDescriptions();
    this.topics = this.channels.named();
    const { counts } = layout;
    this.messages = counts === null ? null : [...counts.values()].reduce((sum, count) => sum + count, 0);
  }

  *read(options: ReadOptions = {}): Generator<BagMessage> {
    const { start_ms = 0, end_ms = Number.POSITIVE_INFINITY, topics, lasting } = options;
    const loans = lasting === undefined ? null : new Loans(this.memory, lasting);
    const wanted = this.segments.filter(
      (segment) => segment.end_ms >= start_ms && segment.start_ms <= end_ms && this.concerns(segment, topics),
    );
    const pieces = wanted.map((segment) => ({
      start_ms: segment.start_ms,
      load: () => this.messagesOf(segment, { start_ms, end_ms, topics }, loans),
    }));
    const order = { where: this.file.path, start_ms: this.start_ms, complain: this.complain };
    for (const message of inOrder(pieces, order)) {
      yield message;
      loans?.passed(message);
    }
  }

  close(): void {
    this.file.close();
  }

  /** Checks every chunk, also those that hold nothing that is asked for. What is damaged is told once, and left out. */
  verify(): void {
    this.segments = this.segments.filter((segment) => {
      const records = this.contained(segment, () => this.recordsOf(segment, null));
      return records !== null;
    });
  }

  /** False where the index says that a chunk holds nothing of these topics. */
  private concerns(segment: Segment, topics: ReadonlySet<string> | undefined): boolean {
    if (topics === undefined || segment.index_offsets.size === 0) return true;
    return [...segment.index_offsets.keys()].some((id) => {
      const name = this.channels.nameOf(id);
      return name === null || topics.has(name);
    });
  }

  /** The messages of a segment that are wanted. */
  private messagesOf(segment: Segment, wanted: Wanted, loans: Loans | null): BagMessage[] {
    const found: BagMessage[] = [];
    const part = this.contained(segment, () => this.partOf(segment, wanted, loans));
    if (part !== null) {
      this.contained(segment, () => {
        for (const record of part.records) this.take(record, segment, wanted, found, part.heads);
      });
      const { chunk, heads } = part;
      if (chunk !== null) loans?.lend(chunk, countIn(chunk, found), heads);
      return found;
    }
    const records = this.contained(segment, () => this.recordsOf(segment, loans));
    if (records === null) return found;
    this.contained(segment, () => {
      for (const record of recordsIn(records)) {
        const { opcode, content } = record;
        if (opcode === OP.message) this.take(record, segment, wanted, found);
        else if (opcode === OP.schema || opcode === OP.channel) this.channels.describe(opcode, content);
        else if (opcode < 0x80 && segment.kind === 'chunk') {
          throw new McapError(`a record of kind ${opcode} inside a chunk`);
        }
      }
    });
    loans?.lend(records, found.length);
    return found;
  }

  /** By the index of a chunk, without the rest of it; null where the chunk is read whole. */
  private partOf(segment: Segment, { topics }: Wanted, loans: Loans | null): Part | null {
    if (this.whole || !hasParts(segment)) return null;
    const wants = this.carries(topics);
    if (loans === null) {
      const records = fewOf(this.indexes, segment, wants);
      return records === null ? null : { records, chunk: null, heads: null };
    }
    const { head_bytes = Number.POSITIVE_INFINITY } = loans.last;
    const headsOnly = this.carries(loans.last.topics);
    const memory = (bytes: number): Buffer => loans.take(bytes);
    const { chunk, records, heads_alone } = partsOf(this.indexes, segment, {
      wants,
      headsOnly,
      head_bytes,
      memory,
    });
    return { chunk, records, heads: heads_alone ? new Heads() : null };
  }

  /** Whether a channel carries one of these topics; all do by default. */
  private carries(topics: ReadonlySet<string> | undefined): (id: number) => boolean {
    return (id) => topics?.has(this.channels.nameOf(id) ?? '') ?? true;
  }

  private take(
    { content, at, complete, peek }: PlacedRecord,
    segment: Segment,
    { topics, start_ms, end_ms }: Wanted,
    found: BagMessage[],
    heads: Heads | null = null,
  ): void {
    if (content.length < MESSAGE_HEAD) throw new McapError(`a message at byte ${at} is cut off`);
    const id = channelOf(content);
    const topic = this.channels.of(id);
    if (topic === null)
      throw new McapError(`a message at byte ${at} is of channel ${id}, which is not described`);
    if (topics !== undefined && !topics.has(topic.topic)) return;
    const time_ms = recordedAt(content);
    if (content.length === MESSAGE_HEAD) {
      const told = `a message of no bytes, ${this.told(time_ms)}`;
      this.complain(new SageError('SAGE_1008', `${this.where(segment)}, ${topic.topic}`, told));
      return;
    }
    if (time_ms < start_ms || time_ms > end_ms) return;
    const data = content.subarray(MESSAGE_HEAD);
    if (complete === undefined) found.push({ topic, time_ms, data });
    else {
      found.push({
        topic,
        time_ms,
        data,
        complete: () => (heads?.claim() ?? true) && this.contained(segment, complete) !== null,
        ...(peek === undefined
          ? {}
          : { peek: (from, into) => peek(MESSAGE_HEAD + from, into), place: { piece: segment, at } }),
      });
    }
  }

  /** The records of a segment, unpacked and checked. */
  private recordsOf(segment: Segment, loans: Loans | null): Uint8Array {
    const bytes =
      loans === null
        ? this.file.read(segment.offset, segment.length)
        : this.file.fill(loans.take(segment.length), segment.offset);
    if (bytes.length < segment.length)
      throw new McapError(`the file ends ${segment.length - bytes.length} bytes too soon`);
    if (segment.kind === 'plain') return bytes;
    const said = Number(bytes.readBigUInt64LE(1));
    if (bytes.readUInt8(0) !== OP.chunk || said + RECORD_HEAD !== segment.length) {
      throw new McapError('there is no chunk where the index says');
    }
    const chunk = readChunk(bytes.subarray(RECORD_HEAD));
    const records = this.unpacked(chunk, segment);
    if (records.buffer !== bytes.buffer) loans?.lend(bytes, 0);
    if (chunk.crc !== 0) {
      const crc = crc32(records);
      if (crc !== chunk.crc) throw new McapError(`its CRC is ${hex(crc)}, not ${hex(chunk.crc)}`);
    }
    return records;
  }

  private unpacked(
    { compression, records, uncompressed_size: size }: ChunkRecord,
    segment: Segment,
  ): Uint8Array {
    if (compression === '' || records.length === 0) return records;
    const unpack = this.unpack.get(compression);
    if (unpack === undefined) {
      const told = `"${compression}"; none, lz4 and zstd are known; ${this.told(segment.start_ms)}`;
      throw new SageError('SAGE_1004', this.where(segment), told);
    }
    if (size > CHUNK_MAX) throw new McapError(`it says that it unpacks to ${size} bytes`);
    return unpack(records, size);
  }

  /** Runs one step of reading; what is damaged is told with its place, and null comes back. */
  private contained<T>(segment: Segment, work: () => T): T | null {
    try {
      return work();
    } catch (thrown) {
      if (thrown instanceof SageError) {
        this.complain(thrown);
        return null;
      }
      const told = `${messageOf(thrown)}; ${this.told(segment.start_ms)}`;
      this.complain(new SageError('SAGE_1003', this.where(segment), told, { cause: thrown }));
      return null;
    }
  }

  private where(segment: Segment): string {
    return `${this.file.path}, ${segment.kind === 'chunk' ? 'chunk' : 'messages'} at byte ${segment.offset}`;
  }

  private told(time_ms: number): string {
    return `it could be read up to ${sinceStart(time_ms, this.start_ms)}`;
  }

  /** A file without a summary describes its topics inside of its chunks. */
  private gatherDescriptions(): void {
    for (const segment of this.segments) {
      if (segment.kind === 'plain') continue;
      try {
        for (const { opcode, content } of recordsIn(this.recordsOf(segment, null)))
          this.channels.describe(opcode, content);
      } catch {
        // What is wrong with this chunk is told when its messages are read.
      }
    }
  }
}

/** How many of the messages lie in this memory. */
function countIn({ buffer }: Uint8Array, messages: readonly BagMessage[]): number {
  return messages.reduce((count, { data }) => (data.buffer === buffer ? count + 1 : count), 0);
}

function hex(crc: number): string {
  return `0x${crc.toString(16)}`;
}
