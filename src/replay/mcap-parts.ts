import type { FileBytes } from './file-bytes.js';
import {
  channelAt,
  McapError,
  MESSAGE_HEAD,
  OP,
  type Place,
  placesIn,
  RECORD_HEAD,
  recordLength,
  runsOf,
  type Segment,
} from './mcap-records.js';

/** Where the records of a chunk without compression begin, from the start of its record, bytes. */
const RECORDS_AT = RECORD_HEAD + 40;
/** What of a message's record tells its length and its channel, bytes. */
const HEAD = RECORD_HEAD + 2;
const NOTHING = new Uint8Array(0);
/** So little is not worth memory for a whole chunk, bytes. */
const LITTLE = 1 << 14;

/** A record, `at` a byte of those of its chunk; its content lies in memory. */
export interface PlacedRecord {
  readonly at: number;
  readonly memory: Uint8Array;
  readonly from: number;
  readonly to: number;
  /** Reads what of it was left out; absent where nothing was, and then the record does not lie in memory of heads. */
  readonly complete?: () => void;
  /** Reads bytes of the content from `from` on into other memory; false where the file ends before. With `complete`. */
  readonly peek?: (from: number, into: Buffer) => boolean;
}

export interface PartsWanted {
  /** Whether the messages of a channel are wanted. */
  readonly wants: (id: number) => boolean;
  /** Whether only the first bytes of its messages are read at once, and how many. */
  readonly headsOnly: (id: number) => boolean;
  readonly head_bytes: number;
  /** Memory for a whole chunk, in which each message gets its place; null = memory of their own for the parts. */
  readonly memory: (bytes: number) => Buffer;
}

/** True for a chunk of which parts can be read. */
export function hasParts({ kind, compression, index_offsets }: Segment): boolean {
  return kind === 'chunk' && compression === '' && index_offsets.size > 0;
}

/** Indexes of chunks that are kept: where a reader goes ahead of another, each index is read once. */
const INDEXES_MAX = 32;

/** Where the messages of chunks lie, by the indexes behind them. */
export class ChunkIndexes {
  private readonly known = new Map<Segment, readonly Place[]>();

  constructor(readonly file: FileBytes) {}

  /** The places of all messages of a chunk, in order. @throws McapError where its index is damaged */
  of(segment: Segment): readonly Place[] {
    const known = this.known.get(segment);
    if (known !== undefined) return known;
    const { index_offsets, index_length, length } = segment;
    let first = Number.POSITIVE_INFINITY;
    for (const offset of index_offsets.values()) first = Math.min(first, offset);
    const places = placesIn(this.file.read(first, index_length), length - RECORDS_AT);
    this.known.set(segment, places);
    for (const oldest of this.known.keys()) {
      if (this.known.size <= INDEXES_MAX) break;
      this.known.delete(oldest);
    }
    return places;
  }
}

/**
 * The wanted messages of a chunk that is not compressed, by its index. What is not read cannot be checked, so its CRC is
 * left out. Null where these messages are the larger part of it: then it is better read and checked as a whole.
 */
export function fewOf(
  indexes: ChunkIndexes,
  segment: Segment,
  wants: (id: number) => boolean,
): readonly PlacedRecord[] | null {
  if (!hasParts(segment) || [...segment.index_offsets.keys()].every(wants)) return null;
  const places = indexes.of(segment).filter(({ id }) => wants(id));
  return bytesIn(places) > segment.length / 2
    ? null
    : smallOf(indexes.file, segment.offset + RECORDS_AT, places);
}

/** Reads of the file after which a walk gives up: it goes from one large message to the next one. */
const READS_MAX = 3;

/**
 * The wanted messages of a chunk that is not compressed, found by a walk over the heads of its records: where large
 * messages are few, that takes half as long as by the index. Null where it would take many reads, and where the records
 * are damaged, so that the index may still find some.
 */
export function walkedOf(
  file: FileBytes,
  segment: Segment,
  wants: (id: number) => boolean,
): readonly PlacedRecord[] | null {
  const begin = segment.offset + RECORDS_AT;
  const end = segment.length - RECORDS_AT;
  let memory: Uint8Array = NOTHING;
  /** Where that memory begins, among the records. */
  let base = 0;
  let reads = 0;
  const holds = (at: number, bytes: number): boolean => {
    if (at - base + bytes <= memory.length) return true;
    if (++reads > READS_MAX) return false;
    memory = file.readOn(begin + at, bytes);
    base = at;
    return memory.length >= bytes;
  };
  const records: PlacedRecord[] = [];
  for (let at = 0; at < end; ) {
    if (!holds(at, HEAD)) return null;
    const to = at + RECORD_HEAD + recordLength(memory, at - base);
    if (to > end) return null;
    if (memory[at - base] === OP.message && wants(channelAt(memory, at - base + RECORD_HEAD))) {
      if (!holds(at, to - at)) return null;
      records.push({ at, memory, from: at - base + RECORD_HEAD, to: to - base });
    }
    at = to;
  }
  return records;
}

/** Messages in memory of their own, those that lie side by side read at one go. */
function smallOf(file: FileBytes, begin: number, places: readonly Place[]): PlacedRecord[] {
  const records: PlacedRecord[] = [];
  for (const { at, length } of runsOf(places)) takeMessages(file.read(begin + at, length), at, records);
  return records;
}

/** Messages of a chunk, and the memory of its size in which they lie; null where each lies by itself. */
interface Parts {
  readonly records: readonly PlacedRecord[];
  readonly chunk: Buffer | null;
  /** Whether heads alone lie in that memory. */
  readonly heads_alone: boolean;
}

/**
 * As {@link fewOf}, each message in its place in memory for the whole chunk, and of some channels the heads alone, until
 * the rest is asked for. What is little beside heads is read into memory of its own.
 */
export function partsOf(
  indexes: ChunkIndexes,
  segment: Segment,
  { wants, headsOnly, head_bytes, memory }: PartsWanted,
): Parts {
  const { file } = indexes;
  const begin = segment.offset + RECORDS_AT;
  const places = indexes.of(segment).filter(({ id }) => wants(id));
  if (bytesIn(places) <= LITTLE) {
    return { chunk: null, records: smallOf(file, begin, places), heads_alone: false };
  }
  const chunk = memory(segment.length - RECORDS_AT);
  const fill = (at: number, end: number): Buffer => {
    const filled = file.fill(chunk.subarray(at, end), begin + at);
    if (filled.length < end - at)
      throw new McapError(`the file ends ${end - at - filled.length} bytes too soon`);
    return filled;
  };
  const head = RECORD_HEAD + MESSAGE_HEAD + head_bytes;
  const isHead = ({ id, length }: Place): boolean => headsOnly(id) && length > head;
  const others = places.filter((place) => !isHead(place));
  const heads_alone = bytesIn(others) <= LITTLE;
  const records: PlacedRecord[] = heads_alone ? smallOf(file, begin, others) : [];
  if (!heads_alone) {
    for (const { at, length } of runsOf(others)) takeMessages(fill(at, at + length), at, records);
  }
  for (const { at, length } of places.filter(isHead)) {
    fill(at, at + head);
    const from = at + RECORD_HEAD;
    const to = from + recordLength(chunk, at);
    if (chunk[at] !== OP.message || to > at + length) {
      throw new McapError(`no message at byte ${at}, contrary to the index`);
    }
    records.push({
      at,
      memory: chunk,
      from,
      to,
      complete: () => void fill(at + head, to),
      peek: (behind, into) => file.fill(into, begin + from + behind).length === into.length,
    });
  }
  return { chunk, records: records.sort((a, b) => a.at - b.at), heads_alone };
}

function bytesIn(places: readonly Place[]): number {
  let bytes = 0;
  for (const { length } of places) bytes += length;
  return bytes;
}

/** Takes the message records in a stretch of a chunk's records that begins at `begin`. */
function takeMessages(stretch: Buffer, begin: number, into: PlacedRecord[]): void {
  for (let at = 0; at < stretch.length; ) {
    const from = at + RECORD_HEAD;
    const to = from > stretch.length ? from : from + recordLength(stretch, at);
    if (to > stretch.length)
      throw new McapError(`a record at byte ${begin + at} extends past the end of its chunk`);
    if (stretch[at] === OP.message) into.push({ at: begin + at, memory: stretch, from, to });
    at = to;
  }
}
