/**
 * The records of an MCAP file (https://mcap.dev/spec). They are not read by @mcap/core because a bag is mostly them: no
 * copies, and what is damaged can be told from what is good behind it.
 */
export const OP = {
  header: 0x01,
  footer: 0x02,
  schema: 0x03,
  channel: 0x04,
  message: 0x05,
  chunk: 0x06,
  message_index: 0x07,
  chunk_index: 0x08,
  attachment: 0x09,
  statistics: 0x0b,
  metadata: 0x0c,
  data_end: 0x0f,
} as const;

/** Opcode and length. */
export const RECORD_HEAD = 9;
/** Channel, sequence, log time and publish time of a message. */
export const MESSAGE_HEAD = 22;

/** Channel and number of bytes of a message index. */
const INDEX_HEAD = 6;

/** A key and its value in a map of numbers. */
const NUMBERS_ENTRY = 10;

/** Bytes that are not the record they should be. */
export class McapError extends Error {
  override readonly name = 'McapError';
}

export interface SchemaRecord {
  readonly id: number;
  readonly name: string;
  readonly encoding: string;
  readonly data: Uint8Array;
}

export interface ChannelRecord {
  readonly id: number;
  readonly schema_id: number;
  readonly topic: string;
  readonly encoding: string;
  readonly metadata: ReadonlyMap<string, string>;
}

export interface ChunkRecord {
  readonly uncompressed_size: number;
  readonly crc: number;
  readonly compression: string;
  readonly records: Uint8Array;
}

/** A stretch of the file with messages: a chunk, or records that stand outside of chunks. */
export interface Segment {
  readonly kind: 'chunk' | 'plain';
  readonly offset: number;
  readonly length: number;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly compression: string;
  /** Where the message index of each channel lies behind a chunk; empty where it is not known. */
  readonly index_offsets: ReadonlyMap<number, number>;
  /** What it takes in memory, bytes. */
  readonly unpacked_bytes: number;
  /** Of all those indexes together, bytes. */
  readonly index_length: number;
}

/** Reads fields one after the other; a McapError where they go beyond the record. */
export class Fields {
  private at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint8(): number {
    return this.view.getUint8(this.take(1));
  }

  uint16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  uint32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  /** As a number: exact up to 2^53. */
  uint64(): number {
    const at = this.take(8);
    return this.view.getUint32(at + 4, true) * 4294967296 + this.view.getUint32(at, true);
  }

  text(): string {
    const length = this.uint32();
    const at = this.take(length);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + at, length).toString('utf8');
  }

  data(length: number): Uint8Array {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  texts(): Map<string, string> {
    const end = this.uint32() + this.at;
    if (end > this.bytes.length) throw new McapError('a map extends past the end of its record');
    const map = new Map<string, string>();
    while (this.at < end) map.set(this.text(), this.text());
    return map;
  }

  /** A map from numbers of 16 bits to numbers of 64 bits. */
  numbers(): Map<number, number> {
    const length = this.uint32();
    const from = this.take(length);
    if (length % NUMBERS_ENTRY !== 0) throw new McapError('a map ends within one of its entries');
    const map = new Map<number, number>();
    for (let at = from; at < from + length; at += NUMBERS_ENTRY) {
      map.set(this.view.getUint16(at, true), lengthAt(this.view, at + 2));
    }
    if (map.size * NUMBERS_ENTRY !== length) throw new McapError('a map has a key twice');
    return map;
  }

  private take(length: number): number {
    const { at } = this;
    if (at + length > this.bytes.length) throw new McapError('a field extends past the end of its record');
    this.at = at + length;
    return at;
  }
}

export function readSchema(content: Uint8Array): SchemaRecord {
  const fields = new Fields(content);
  const id = fields.uint16();
  const name = fields.text();
  const encoding = fields.text();
  // Copied: the chunk that it stands in is not kept.
  return { id, name, encoding, data: Uint8Array.from(fields.data(fields.uint32())) };
}

export function readChannel(content: Uint8Array): ChannelRecord {
  const fields = new Fields(content);
  return {
    id: fields.uint16(),
    schema_id: fields.uint16(),
    topic: fields.text(),
    encoding: fields.text(),
    metadata: fields.texts(),
  };
}

export function readChunk(content: Uint8Array): ChunkRecord {
  const fields = new Fields(content);
  fields.uint64();
  fields.uint64();
  const uncompressed_size = fields.uint64();
  const crc = fields.uint32();
  const compression = fields.text();
  return { uncompressed_size, crc, compression, records: fields.data(fields.uint64()) };
}

/** Where the record that begins at `at` ends. @throws McapError where that is beyond the bytes */
function endOf(bytes: DataView, at: number): number {
  if (at + RECORD_HEAD > bytes.byteLength)
    throw new McapError(`${bytes.byteLength - at} trailing bytes after the last record`);
  const end = at + RECORD_HEAD + lengthAt(bytes, at + 1);
  if (end > bytes.byteLength) throw new McapError(`a record at byte ${at} extends past the end of its chunk`);
  return end;
}

/** A number of 64 bits, exact up to 2^53. */
function lengthAt(bytes: DataView, at: number): number {
  return bytes.getUint32(at + 4, true) * 4294967296 + bytes.getUint32(at, true);
}

/** A record among others: what it is, where it begins, and from where to where its content lies. */
export interface Framed {
  readonly opcode: number;
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/** The records in a piece of a file. @throws McapError where one goes beyond the piece. */
export function* recordsIn(bytes: Uint8Array): Generator<Framed> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const to = endOf(view, at);
    yield { opcode: view.getUint8(at), at, from: at + RECORD_HEAD, to };
    at = to;
  }
}

/** The channel of the message whose content begins at `from`. Of small messages, making a view is most of the work. */
export function channelAt(bytes: Uint8Array, from: number): number {
  return bytes[from]! | (bytes[from + 1]! << 8);
}

/** When the message whose content begins at `from` was recorded, ms since the epoch. */
export function recordedAt(bytes: Uint8Array, from: number): number {
  return (uint32At(bytes, from + 10) * 4294967296 + uint32At(bytes, from + 6)) / 1e6;
}

/** The length that a record says it has, from its opcode at `at` on. */
export function recordLength(bytes: Uint8Array, at: number): number {
  return uint32At(bytes, at + 5) * 4294967296 + uint32At(bytes, at + 1);
}

function uint32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** Where a message lies among the records of its chunk, and how many bytes there are up to the next one. */
export interface Place {
  readonly id: number;
  readonly at: number;
  readonly length: number;
}

/**
 * The places that the message indexes behind a chunk give, in order; `end` is the length of the chunk's records.
 * @throws McapError for an index that is cut off, or names a place behind the end
 */
export function placesIn(index: Uint8Array, end: number): Place[] {
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  const places: { id: number; at: number; length: number }[] = [];
  for (let at = 0; at < index.length; ) {
    const next = endOf(view, at);
    if (view.getUint8(at) === OP.message_index) takePlaces(view, at + RECORD_HEAD, next, places);
    at = next;
  }
  places.sort((a, b) => a.at - b.at);
  const last = places.at(-1);
  if (last !== undefined && last.at >= end) {
    throw new McapError(`its index points to a message at byte ${last.at} of ${end}`);
  }
  for (let nth = 0; nth < places.length; nth++) {
    const place = places[nth]!;
    place.length = (places[nth + 1]?.at ?? end) - place.at;
  }
  return places;
}

/** The places in the content of one message index. */
function takePlaces(
  index: DataView,
  from: number,
  to: number,
  places: { id: number; at: number; length: number }[],
): void {
  if (to - from < INDEX_HEAD) throw new McapError('a message index is truncated');
  const id = index.getUint16(from, true);
  const end = Math.min(to, from + INDEX_HEAD + index.getUint32(from + 2, true));
  // Each entry is the time of a message, and its place.
  for (let entry = from + INDEX_HEAD; entry + 16 <= end; entry += 16) {
    places.push({ id, at: lengthAt(index, entry + 8), length: 0 });
  }
}

/** Places that touch, as one: read at one go. */
export function runsOf(places: readonly Place[]): { at: number; length: number }[] {
  const runs: { at: number; length: number }[] = [];
  for (const { at, length } of places) {
    const last = runs.at(-1);
    if (last !== undefined && last.at + last.length === at) last.length += length;
    else runs.push({ at, length });
  }
  return runs;
}
