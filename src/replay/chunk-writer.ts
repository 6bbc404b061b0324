import { crc32 } from 'node:zlib';
import { McapChunkBuilder, McapRecordBuilder, type McapTypes } from '@mcap/core';

export interface ChunkWriterOptions {
  /** Takes bytes in order; the last of them are in the file when it returns. */
  readonly put: (bytes: Uint8Array) => void;
  readonly chunk_bytes: number;
  /** Takes memory that was written and is needed no more: copies of each chunk, which the builders make. */
  readonly release: (bytes: Uint8Array) => void;
  readonly compress: ((data: Uint8Array) => { compression: string; data: Uint8Array }) | null;
}

/** Record lengths stand in 8 bytes behind 1 of the opcode. */
const RECORD_HEAD = 9;
const FOOTER_BYTES = 8 + 8 + 4;
const FOOTER_OPCODE = 2;
const CHUNK_OPCODE = 6;

/**
 * Lays out an MCAP file in chunks, with the record builders of @mcap/core. Its McapWriter is not used, since it can't
 * end a chunk before it is full, and computes two checksums in JavaScript over every byte, which at 30 images a second
 * is the larger part of the work. Here chunks carry zlib's checksum; that of the whole data section is left out (0), as
 * the format allows.
 */
export class ChunkWriter {
  private readonly record = new McapRecordBuilder();
  private readonly chunk = new McapChunkBuilder({ useMessageIndex: true });
  private readonly schemas = new Map<number, McapTypes.Schema>();
  private readonly channels = new Map<number, McapTypes.Channel>();
  private readonly written = new Set<McapTypes.Schema | McapTypes.Channel>();
  private readonly indexes: McapTypes.ChunkIndex[] = [];
  private readonly counts = new Map<number, bigint>();
  private messages = 0n;
  private start = 0n;
  private end_time = 0n;
  private at = 0n;

  constructor(private readonly options: ChunkWriterOptions) {}

  /** Bytes in the file. */
  get bytes(): number {
    return Number(this.at);
  }

  begin(): void {
    this.record.writeMagic();
    this.record.writeHeader({ profile: 'ros2', library: 'sage' });
    this.push();
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

  addMessage(message: McapTypes.Message): void {
    this.describe(message.channelId);
    this.chunk.addMessage(message);
    const { logTime } = message;
    if (this.messages === 0n || logTime < this.start) this.start = logTime;
    if (this.messages === 0n || logTime > this.end_time) this.end_time = logTime;
    this.messages += 1n;
    this.counts.set(message.channelId, (this.counts.get(message.channelId) ?? 0n) + 1n);
    if (this.chunk.byteLength > this.options.chunk_bytes) this.flush();
  }

  /** Ends the chunk that is being filled: it can be read whatever happens to this process. */
  flush(): void {
    if (this.chunk.numMessages === 0) return;
    const data = this.chunk.buffer;
    const packed = this.options.compress?.(data) ?? { compression: '', data };
    const chunkStartOffset = this.at;
    const { messageStartTime, messageEndTime } = this.chunk;
    const uncompressedSize = BigInt(data.length);
    const head = chunkHead({
      messageStartTime,
      messageEndTime,
      uncompressedSize,
      uncompressedCrc: crc32(data),
      compression: packed.compression,
      bytes: packed.data.length,
    });
    // Written as it is: the record builder would copy the chunk twice.
    for (const bytes of [head, packed.data]) this.options.put(bytes);
    const chunkLength = BigInt(head.length + packed.data.length);
    this.at += chunkLength;
    this.options.release(data);
    const indexStart = this.at;
    const messageIndexOffsets = new Map<number, bigint>();
    let messageIndexLength = 0n;
    for (const index of this.chunk.indices) {
      messageIndexOffsets.set(index.channelId, indexStart + messageIndexLength);
      messageIndexLength += this.record.writeMessageIndex(index);
    }
    this.push();
    this.indexes.push({
      messageStartTime,
      messageEndTime,
      chunkStartOffset,
      chunkLength,
      messageIndexOffsets,
      messageIndexLength,
      compression: packed.compression,
      compressedSize: BigInt(packed.data.length),
      uncompressedSize,
    });
    this.chunk.reset();
  }

  /** Ends the last chunk and writes the summary. */
  end(): void {
    this.flush();
    this.record.writeDataEnd({ dataSectionCrc: 0 });
    this.push();
    const summaryStart = this.at;
    const groups = [
      this.group(() => [...this.schemas.values()].map((schema) => this.record.writeSchema(schema)), 3),
      this.group(() => [...this.channels.values()].map((channel) => this.record.writeChannel(channel)), 4),
      this.group(() => [this.record.writeStatistics(this.statistics())], 11),
      this.group(() => this.indexes.map((index) => this.record.writeChunkIndex(index)), 8),
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

  /** Definition and channel stand in the chunk that first uses them. */
  private describe(channelId: number): void {
    const channel = this.channels.get(channelId)!;
    if (this.written.has(channel)) return;
    const schema = this.schemas.get(channel.schemaId)!;
    if (!this.written.has(schema)) this.chunk.addSchema(schema);
    this.chunk.addChannel(channel);
    this.written.add(schema).add(channel);
  }

  private group(write: () => readonly bigint[], opcode: number) {
    const start = this.at + BigInt(this.record.length);
    const lengths = write();
    const end = this.at + BigInt(this.record.length);
    // What the builder returns leaves some records' heads out; the distance does not.
    return { opcode, start, length: lengths.length === 0 ? 0n : end - start };
  }

  private statistics(): McapTypes.Statistics {
    return {
      messageCount: this.messages,
      schemaCount: this.schemas.size,
      channelCount: this.channels.size,
      attachmentCount: 0,
      metadataCount: 0,
      chunkCount: this.indexes.length,
      messageStartTime: this.start,
      messageEndTime: this.end_time,
      channelMessageCounts: this.counts,
    };
  }

  private push(): void {
    const bytes = this.record.buffer;
    this.options.put(bytes);
    this.at += BigInt(bytes.length);
    this.record.reset();
    this.options.release(bytes);
  }
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
