import { crc32 } from 'node:zlib';
import { messageOf, SageError } from '../contracts/errors.js';
import { type BagMessage, type Complain, sinceStart } from './bag.js';
import { Heads, type Loans } from './chunk-memory.js';
import type { FileBytes } from './file-bytes.js';
import { ChunkIndexes, fewOf, hasParts, type PlacedRecord, partsOf, walkedOf } from './mcap-parts.js';
import {
  type ChunkRecord,
  channelAt,
  McapError,
  MESSAGE_HEAD,
  OP,
  RECORD_HEAD,
  readChunk,
  recordedAt,
  recordsIn,
  type Segment,
} from './mcap-records.js';
import type { McapTopics } from './mcap-topics.js';
import type { Unpack } from './unpack.js';

/** Chunks that say they unpack to more than this are damage, bytes. */
const CHUNK_MAX = 1 << 30;

const NO_TOPICS: ReadonlySet<string> = new Set();

/** What of a segment is asked for. */
export interface Wanted {
  /** Whether the messages of a channel are. */
  readonly carries: (id: number) => boolean;
  readonly start_ms: number;
  readonly end_ms: number;
}

/** The file that segments are read from, and what is known of it. */
export interface SegmentSource {
  readonly file: FileBytes;
  readonly channels: McapTopics;
  readonly unpack: ReadonlyMap<string, Unpack>;
  readonly complain: Complain;
  /** Of the first message of the file, ms since the epoch. */
  readonly start_ms: number;
  /** Chunks are read whole, and checked, whatever is asked for of them. */
  readonly whole: boolean;
}

/** Messages that were read without the rest of their chunk; and the memory of that, where they lie in it. */
interface Part {
  readonly records: readonly PlacedRecord[];
  readonly chunk: Buffer | null;
  readonly heads: Heads | null;
}

/** Reads the messages of an MCAP file segment by segment. What is damaged is told with its place, and left out. */
export class McapSegments {
  private readonly indexes: ChunkIndexes;

  constructor(private readonly source: SegmentSource) {
    this.indexes = new ChunkIndexes(source.file);
  }

  /** The messages of a segment that are wanted. */
  messagesOf(segment: Segment, wanted: Wanted, loans: Loans | null): BagMessage[] {
    const found: BagMessage[] = [];
    // Where the index is damaged the chunk is read whole.
    const part = this.contained(segment, () => this.partOf(segment, wanted, loans));
    this.contained(segment, () => {
      if (part === null) this.takeWhole(segment, wanted, loans, found);
      else this.takePart(part, segment, wanted, loans, found);
    });
    return found;
  }

  /** True where a segment can be read and its checksum is right. */
  verify(segment: Segment): boolean {
    return this.contained(segment, () => this.recordsOf(segment, null)) !== null;
  }

  private takePart(
    { records, chunk, heads }: Part,
    segment: Segment,
    wanted: Wanted,
    loans: Loans | null,
    found: BagMessage[],
  ): void {
    try {
      for (const record of records) this.take(record, segment, wanted, found, heads);
    } finally {
      if (chunk !== null) loans?.lend(chunk, countIn(chunk, found), heads);
    }
  }

  private takeWhole(segment: Segment, wanted: Wanted, loans: Loans | null, found: BagMessage[]): void {
    const { channels } = this.source;
    const memory = this.recordsOf(segment, loans);
    try {
      for (const { opcode, at, from, to } of recordsIn(memory)) {
        if (opcode === OP.message) this.take({ at, memory, from, to }, segment, wanted, found);
        else if (opcode === OP.schema || opcode === OP.channel) {
          channels.describe(opcode, memory.subarray(from, to));
        } else if (opcode <= OP.data_end && segment.kind === 'chunk') {
          throw new McapError(`unexpected record with opcode ${opcode} in a chunk`);
        }
        // Kinds that are not defined yet, or are somebody's own, are skipped, as the format asks of readers.
      }
    } finally {
      loans?.lend(memory, found.length);
    }
  }

  /** By the index of a chunk, without the rest of it; null where the chunk is read whole. */
  private partOf(segment: Segment, { carries }: Wanted, loans: Loans | null): Part | null {
    if (this.source.whole || !hasParts(segment)) return null;
    // Where all of it is read anyway, it is checked, too: that costs less than reading it.
    const lastOnly = loans?.last.topics ?? NO_TOPICS;
    const isAll = (id: number): boolean =>
      carries(id) && !lastOnly.has(this.source.channels.nameOf(id) ?? '');
    if ([...segment.index_offsets.keys()].every(isAll)) return null;
    // Where no heads of images are wanted, a few small messages are.
    if (loans !== null && loans.last.topics.size === 0) {
      const records = walkedOf(this.source.file, segment, carries);
      if (records !== null) return { records, chunk: null, heads: null };
    }
    if (loans === null) {
      const records = fewOf(this.indexes, segment, carries);
      return records === null ? null : { records, chunk: null, heads: null };
    }
    const { head_bytes = Number.POSITIVE_INFINITY } = loans.last;
    const { chunk, records, heads_alone } = partsOf(this.indexes, segment, {
      wants: carries,
      headsOnly: (id) => loans.last.topics.has(this.source.channels.nameOf(id) ?? ''),
      head_bytes,
      memory: (bytes) => loans.take(bytes),
    });
    return { chunk, records, heads: heads_alone ? new Heads() : null };
  }

  private take(
    { memory, from, to, at, complete, peek }: PlacedRecord,
    segment: Segment,
    { carries, start_ms, end_ms }: Wanted,
    found: BagMessage[],
    heads: Heads | null = null,
  ): void {
    if (to - from < MESSAGE_HEAD) throw new McapError(`the message at byte ${at} is truncated`);
    const id = channelAt(memory, from);
    const topic = this.source.channels.of(id);
    if (topic === null) throw new McapError(`the message at byte ${at} refers to unknown channel ${id}`);
    if (!carries(id)) return;
    const time_ms = recordedAt(memory, from);
    this.requireInside(segment, time_ms);
    if (to - from === MESSAGE_HEAD) {
      const told = `the message is empty; ${this.told(time_ms)}`;
      const where = `${this.where(segment)}, ${topic.topic}`;
      this.source.complain(new SageError('SAGE_1008', where, told));
      return;
    }
    if (time_ms < start_ms || time_ms > end_ms) return;
    const data = memory.subarray(from + MESSAGE_HEAD, to);
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

  /** A chunk that says wrong times is passed over where a part of the bag is asked for: its messages would be missed. */
  private requireInside({ kind, start_ms, end_ms }: Segment, time_ms: number): void {
    if (kind !== 'chunk' || (time_ms >= start_ms && time_ms <= end_ms)) return;
    const [from, to, at] = [start_ms, end_ms, time_ms].map((each) => sinceStart(each, this.source.start_ms));
    throw new McapError(`a chunk covering ${from} to ${to} has a message at ${at}`);
  }

  /** The records of a segment, unpacked and checked. @throws McapError, SageError SAGE_1004 */
  recordsOf(segment: Segment, loans: Loans | null): Uint8Array {
    const { file } = this.source;
    const bytes =
      loans === null
        ? file.read(segment.offset, segment.length)
        : file.fill(loans.take(segment.length), segment.offset);
    if (bytes.length < segment.length)
      throw new McapError(`the file ends ${segment.length - bytes.length} bytes too soon`);
    if (segment.kind === 'plain') return bytes;
    const said = Number(bytes.readBigUInt64LE(1));
    if (bytes.readUInt8(0) !== OP.chunk || said + RECORD_HEAD !== segment.length) {
      throw new McapError('no chunk at the position in the index');
    }
    const chunk = readChunk(bytes.subarray(RECORD_HEAD));
    const records = this.unpacked(chunk, segment);
    if (records.buffer !== bytes.buffer) loans?.lend(bytes, 0);
    if (chunk.crc !== 0) {
      const crc = crc32(records);
      if (crc !== chunk.crc) throw new McapError(`its CRC is ${hex(crc)}, expected ${hex(chunk.crc)}`);
    }
    return records;
  }

  private unpacked(
    { compression, records, uncompressed_size: size }: ChunkRecord,
    segment: Segment,
  ): Uint8Array {
    if (compression === '' || records.length === 0) return records;
    const unpack = this.source.unpack.get(compression);
    if (unpack === undefined) {
      const told = `"${compression}"; supported: none, lz4, zstd; ${this.told(segment.start_ms)}`;
      throw new SageError('SAGE_1004', this.where(segment), told);
    }
    if (size > CHUNK_MAX)
      throw new McapError(`its uncompressed size is given as ${size} bytes, which is too large`);
    return unpack(records, size);
  }

  /** Runs one step of reading; what is damaged is told with its place, and null comes back. */
  private contained<T>(segment: Segment, work: () => T): T | null {
    const { complain } = this.source;
    try {
      return work();
    } catch (thrown) {
      if (thrown instanceof SageError) {
        complain(thrown);
        return null;
      }
      const told = `${messageOf(thrown)}; ${this.told(segment.start_ms)}`;
      complain(new SageError('SAGE_1003', this.where(segment), told, { cause: thrown }));
      return null;
    }
  }

  private where(segment: Segment): string {
    const kind = segment.kind === 'chunk' ? 'chunk' : 'messages';
    return `${this.source.file.path}, ${kind} at byte ${segment.offset}`;
  }

  private told(time_ms: number): string {
    return `it could be read up to ${sinceStart(time_ms, this.source.start_ms)}`;
  }
}

/** How many of the messages lie in this memory. */
function countIn({ buffer }: Uint8Array, messages: readonly BagMessage[]): number {
  return messages.reduce((count, { data }) => (data.buffer === buffer ? count + 1 : count), 0);
}

function hex(crc: number): string {
  return `0x${crc.toString(16)}`;
}
