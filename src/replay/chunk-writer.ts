import { crc32 } from 'node:zlib';
import { McapRecordBuilder, type McapTypes } from '@mcap/core';
import { ChunkContent } from './chunk-content.js';
import { RECORD_HEAD } from './mcap-records.js';

export interface ChunkWriterOptions {
  /** Takes bytes in order; the last of them are in the file when it returns. */
  readonly put: (pieces: readonly Uint8Array[]) => void;
  readonly chunk_bytes: number;
  /** Takes large data that were lent, once they are in the file. */
  readonly release: (bytes: Uint8Array) => void;
  readonly compress: ((data: Uint8Array) => { compression: string; data: Uint8Array }) | null;
}

const FOOTER_BYTES = 8 + 8 + 4;
const FOOTER_OPCODE = 2;
const CHUNK_OPCODE = 6;

/**
 * Lays out an MCAP file in chunks, with the record builders of @mcap/core. Its McapWriter is not used, since it can't
 * end a chunk before it is full, and computes two checksums in JavaScript over every byte, which at 30 images a second
 * is the larger part of the work; its builder of chunks copies every byte twice. Here chunks carry zlib's checksum, and
 * that of the whole data section is left out (0), as the format allows.
 */
export class ChunkWriter {
  private readonly record = new McapRecordBuilder();
  private readonly chunk = new ChunkContent();
  private readonly schemas = new Map<number, McapTypes.Schema>();
  private readonly channels = new Map<number, McapTypes.Channel>();
  private readonly described = new Set<McapTypes.Schema | McapTypes.Channel>();
  private readonly indexes: McapTypes.ChunkIndex[] = [];
  private readonly counts = new Map<number, bigint>();
  private messages = 0n;
  private start = 0n;
  private end_time = 0n;
  private at = 0n;
  /** Where the last whole chunk ends. */
  private data_end = 0n;

  constructor(private readonly options: ChunkWriterOptions) {}

  /** Bytes in the file. */
  get bytes(): number {
    return Number(this.at);
  }

  /** Bytes up to the end of the last whole chunk. */
  get whole_bytes(): number {
    return Number(this.data_end);
  }

  begin(): void {
    this.record.writeMagic();
    this.record.writeHeader({ profile: 'ros2', library: 'sage' });
    this.push();
    this.data_end = this.at;
  }

  addSchema(schema: Omit<McapTypes.Schema, 'id'>): number {
    const id = this.schemas.size + 1;
    this.schemas.set(id, { ...schema, id });
    return id;
  }

  addChannel(channel: Omit<McapTypes.Channel, 'id'>): number {
    const id = this.channels.size + 1;
    this.channels.set(id, { ...channel, id });
    return id;
  }

  /** `mayLend`: the data are not changed while this writer has them. Small data are copied and never released. */
  addMessage(message: McapTypes.Message, mayLend = false): void {
    this.describe(message.channelId);
    this.chunk.addMessage(message, mayLend);
    const { logTime } = message;
    if (this.messages === 0n || logTime < this.start) this.start = logTime;
    if (this.messages === 0n || logTime > this.end_time) this.end_time = logTime;
    this.messages += 1n;
    this.counts.set(message.channelId, (this.counts.get(message.channelId) ?? 0n) + 1n);
    if (this.chunk.bytes > this.options.chunk_bytes) this.flush();
  }

  /** Ends the chunk that is being filled: it can be read whatever happens to this process. */
  flush(): void {
    const { chunk } = this;
    if (chunk.messages === 0) return;
    const plain = chunk.pieces();
    const packed = this.options.compress?.(Buffer.concat(plain));
    const pieces = packed === undefined ? plain : [packed.data];
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    const { messageStartTime, messageEndTime } = chunk;
    const about = {
      messageStartTime,
      messageEndTime,
      uncompressedSize: BigInt(chunk.bytes),
      compression: packed?.compression ?? '',
    };
    const head = chunkHead({ ...about, uncompressedCrc: crc32Of(plain), bytes });
    const chunkStartOffset = this.at;
    const chunkLength = BigInt(head.length + bytes);
    const messageIndexOffsets = new Map<number, bigint>();
    for (const index of chunk.indices) {
      const before = BigInt(this.record.length);
      messageIndexOffsets.set(index.channelId, chunkStartOffset + chunkLength + before);
      this.record.writeMessageIndex(index);
    }
    const messageIndexLength = BigInt(this.record.length);
    // In one go and from where they are: what is copied here costs more than all the rest.
    this.push([head, ...pieces]);
    this.data_end = this.at;
    this.indexes.push({
      ...about,
      chunkStartOffset,
      chunkLength,
      messageIndexOffsets,
      messageIndexLength,
      compressedSize: BigInt(bytes),
    });
    for (const data of chunk.reset()) this.options.release(data);
  }

  /**
   * Writes the summary of what is in the file, without the chunk that could not be written. The file has to be cut off
   * at {@link whole_bytes} before.
   */
  endEarly(): void {
    for (const { channelId, records } of this.chunk.indices)
      this.counts.set(channelId, (this.counts.get(channelId) ?? 0n) - BigInt(records.length));
    this.messages -= BigInt(this.chunk.messages);
    for (const data of this.chunk.reset()) this.options.release(data);
    this.record.reset();
    this.at = this.data_end;
    const begins = this.indexes.map(({ messageStartTime }) => messageStartTime);
    this.start = begins.reduce((first, time) => (time < first ? time : first), begins[0] ?? 0n);
    this.end_time = this.indexes.reduce((last, { messageEndTime: time }) => (time > last ? time : last), 0n);
    this.end();
  }

  /** Messages by channel, and the times of the first and the last, ns. */
  get written(): Pick<McapTypes.Statistics, 'channelMessageCounts' | 'messageStartTime' | 'messageEndTime'> {
    return this.statistics();
  }

  /** Ends the last chunk and writes the summary. `about`: metadata of the file for rosbag2, as YAML. */
  end(about: string | null = null): void {
    this.flush();
    const described = about === null ? [] : [this.describeFile(about)];
    this.record.writeDataEnd({ dataSectionCrc: 0 });
    this.push();
    const summaryStart = this.at;
    const groups = [
      this.group(() => [...this.schemas.values()].map((schema) => this.record.writeSchema(schema)), 3),
      this.group(() => [...this.channels.values()].map((channel) => this.record.writeChannel(channel)), 4),
      this.group(() => [this.record.writeStatistics(this.statistics(described.length))], 11),
      this.group(() => this.indexes.map((index) => this.record.writeChunkIndex(index)), 8),
      this.group(() => described.map((index) => this.record.writeMetadataIndex(index)), 13),
    ];
    const summaryOffsetStart = this.at + BigInt(this.record.length);
    for (const { opcode, start, length } of groups) {
      if (length > 0n)
        this.record.writeSummaryOffset({ groupOpcode: opcode, groupStart: start, groupLength: length });
    }
    const footer = { summaryStart, summaryOffsetStart, summaryCrc: 0 };
    footer.summaryCrc = crc32(footerHead(footer), crc32(this.record.buffer));
    this.record.writeFooter(footer);
    this.record.writeMagic();
    this.push();
  }

  /** What rosbag2 itself keeps in a file, so that it can be opened without its metadata.yaml. */
  private describeFile(about: string): McapTypes.MetadataIndex {
    const name = 'rosbag2';
    const offset = this.at + BigInt(this.record.length);
    const length = this.record.writeMetadata({ name, metadata: new Map([['serialized_metadata', about]]) });
    return { name, offset, length };
  }

  /** Definition and channel stand in the chunk that first uses them. */
  private describe(channelId: number): void {
    const channel = this.channels.get(channelId)!;
    if (this.described.has(channel)) return;
    const schema = this.schemas.get(channel.schemaId)!;
    if (!this.described.has(schema)) this.chunk.addSchema(schema);
    this.chunk.addChannel(channel);
    this.described.add(schema).add(channel);
  }

  private group(write: () => readonly bigint[], opcode: number) {
    const start = this.at + BigInt(this.record.length);
    const lengths = write();
    const end = this.at + BigInt(this.record.length);
    // What the builder returns leaves some records' heads out; the distance does not.
    return { opcode, start, length: lengths.length === 0 ? 0n : end - start };
  }

  private statistics(metadataCount = 0): McapTypes.Statistics {
    return {
      messageCount: this.messages,
      schemaCount: this.schemas.size,
      channelCount: this.channels.size,
      attachmentCount: 0,
      metadataCount,
      chunkCount: this.indexes.length,
      messageStartTime: this.start,
      messageEndTime: this.end_time,
      channelMessageCounts: this.counts,
    };
  }

  /** Puts these bytes into the file, and behind them the records that were made. */
  private push(first: readonly Uint8Array[] = []): void {
    const pieces = [...first, this.record.buffer];
    this.options.put(pieces);
    for (const { length } of pieces) this.at += BigInt(length);
    this.record.reset();
  }
}

/** zlib's checksum over bytes that lie apart. */
function crc32Of(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => crc32(piece, sum), 0);
}

/** A chunk record up to its messages. */
function chunkHead(chunk: Omit<McapTypes.Chunk, 'records' | 'type'> & { readonly bytes: number }): Buffer {
  const compression = Buffer.from(chunk.compression, 'utf8');
  const fields = 8 + 8 + 8 + 4 + 4 + compression.length + 8;
  const head = Buffer.alloc(RECORD_HEAD + fields);
  head.writeUInt8(CHUNK_OPCODE, 0);
  head.writeBigUInt64LE(BigInt(fields + chunk.bytes), 1);
  head.writeBigUInt64LE(chunk.messageStartTime, 9);
  head.writeBigUInt64LE(chunk.messageEndTime, 17);
  head.writeBigUInt64LE(chunk.uncompressedSize, 25);
  head.writeUInt32LE(chunk.uncompressedCrc, 33);
  head.writeUInt32LE(compression.length, 37);
  compression.copy(head, 41);
  head.writeBigUInt64LE(BigInt(chunk.bytes), 41 + compression.length);
  return head;
}

/** The footer up to its checksum, over which that is computed too. */
function footerHead({
  summaryStart,
  summaryOffsetStart,
}: {
  summaryStart: bigint;
  summaryOffsetStart: bigint;
}) {
  const head = Buffer.alloc(RECORD_HEAD + 16);
  head.writeUInt8(FOOTER_OPCODE, 0);
  head.writeBigUInt64LE(BigInt(FOOTER_BYTES), 1);
  head.writeBigUInt64LE(summaryStart, 9);
  head.writeBigUInt64LE(summaryOffsetStart, 17);
  return head;
}
