import { crc32 } from 'node:zlib';
import type { FileBytes } from './file-bytes.js';
import {
  type ChannelRecord,
  Fields,
  McapError,
  OP,
  RECORD_HEAD,
  readChannel,
  readSchema,
  recordsIn,
  type SchemaRecord,
  type Segment,
} from './mcap-records.js';

const MAGIC_BYTES = 8;
/** Where the summary and its offsets begin, and its checksum. */
const FOOTER = RECORD_HEAD + 20;
/** What of the footer the checksum covers: all but itself. */
const FOOTER_SUMMED = FOOTER - 4;
/** The record between the messages and the summary, with the checksum of the messages. */
const DATA_END = RECORD_HEAD + 4;

/** Records that have no place in a summary. */
const ELSEWHERE: ReadonlySet<number> = new Set([
  OP.header,
  OP.footer,
  OP.message,
  OP.chunk,
  OP.message_index,
  OP.attachment,
  OP.metadata,
]);

/** What an MCAP file says of itself at its end. */
export interface Summary {
  readonly chunks: readonly Segment[];
  readonly schemas: Map<number, SchemaRecord>;
  readonly channels: Map<number, ChannelRecord>;
  /** Messages in all, and by channel; null where the file does not count. */
  readonly counted: { readonly messages: number; readonly byChannel: ReadonlyMap<number, number> } | null;
}

/**
 * Reads the summary of a file that begins and ends with the magic bytes; null where it has none. Bags have a chunk for
 * each few messages, so it may be thousands of records. @throws McapError where it is damaged
 */
export function readSummary(file: FileBytes): Summary | null {
  const head = file.read(MAGIC_BYTES, RECORD_HEAD);
  const footer_at = file.size - MAGIC_BYTES - FOOTER;
  if (head.length < RECORD_HEAD || head[0] !== OP.header) throw new McapError('the file has no header');
  const header_end = MAGIC_BYTES + RECORD_HEAD + new Fields(head.subarray(1)).uint64();
  if (footer_at < header_end) throw new McapError('its header extends into its footer');
  const footer = file.read(footer_at, FOOTER);
  const fields = new Fields(footer);
  if (fields.uint8() !== OP.footer || fields.uint64() !== FOOTER - RECORD_HEAD) {
    throw new McapError(`no footer at byte ${footer_at}`);
  }
  const summary_at = fields.uint64();
  if (summary_at === 0) return null;
  fields.uint64();
  const crc = fields.uint32();
  const data_end_at = summary_at - DATA_END;
  if (data_end_at < header_end || summary_at > footer_at) {
    throw new McapError(`it cannot start at byte ${summary_at}`);
  }
  const records = file.read(data_end_at, footer_at - data_end_at);
  if (crc !== 0) requireCrc(crc, records.subarray(DATA_END), footer.subarray(0, FOOTER_SUMMED));
  return summaryIn(records);
}

function requireCrc(said: number, summary: Uint8Array, footer: Uint8Array): void {
  const crc = crc32(footer, crc32(summary));
  if (crc !== said) throw new McapError(`its CRC is 0x${crc.toString(16)}, expected 0x${said.toString(16)}`);
}

/** The summary in the records from the end of the data on. */
function summaryIn(bytes: Uint8Array): Summary {
  const chunks: Segment[] = [];
  const schemas = new Map<number, SchemaRecord>();
  const channels = new Map<number, ChannelRecord>();
  let counted: Summary['counted'] = null;
  for (const { opcode, at, from, to } of recordsIn(bytes)) {
    if ((opcode === OP.data_end) !== (at === 0)) {
      throw new McapError(`unexpected record with opcode ${opcode}`);
    }
    if (ELSEWHERE.has(opcode)) throw new McapError(`unexpected record with opcode ${opcode}`);
    const content = bytes.subarray(from, to);
    if (opcode === OP.chunk_index) chunks.push(readChunkIndex(content));
    else if (opcode === OP.schema) {
      const schema = readSchema(content);
      schemas.set(schema.id, schema);
    } else if (opcode === OP.channel) {
      const channel = readChannel(content);
      channels.set(channel.id, channel);
    } else if (opcode === OP.statistics) {
      if (counted !== null) throw new McapError('it has statistics twice');
      counted = readStatistics(content);
    }
    // Kinds that are not defined yet, or are somebody's own, are skipped, as the format asks of readers.
  }
  return { chunks, schemas, channels, counted };
}

function readChunkIndex(content: Uint8Array): Segment {
  const fields = new Fields(content);
  const start_ms = fields.uint64() / 1e6;
  const end_ms = fields.uint64() / 1e6;
  const offset = fields.uint64();
  const length = fields.uint64();
  const index_offsets = fields.numbers();
  const index_length = fields.uint64();
  const compression = fields.text();
  // How long it is in the file.
  fields.uint64();
  const unpacked_bytes = fields.uint64();
  return {
    kind: 'chunk',
    offset,
    length,
    start_ms,
    end_ms,
    compression,
    index_offsets,
    unpacked_bytes,
    index_length,
  };
}

/** Numbers of schemas, channels, attachments, metadata and chunks, and the times of the first and last message, bytes. */
const STATISTICS_SKIPPED = 2 + 4 * 4 + 2 * 8;

function readStatistics(content: Uint8Array): NonNullable<Summary['counted']> {
  const fields = new Fields(content);
  const messages = fields.uint64();
  fields.data(STATISTICS_SKIPPED);
  return { messages, byChannel: fields.numbers() };
}
