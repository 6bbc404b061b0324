import { messageOf, SageError } from '../contracts/errors.js';
import { type Complain, sinceStart, timeOf } from './bag.js';
import type { FileBytes } from './file-bytes.js';
import {
  type ChannelRecord,
  MESSAGE_HEAD,
  OP,
  RECORD_HEAD,
  readChannel,
  readSchema,
  recordLength,
  type SchemaRecord,
  type Segment,
} from './mcap-records.js';
import { readSummary, type Summary } from './mcap-summary.js';

const MAGIC = Buffer.from([0x89, 0x4d, 0x43, 0x41, 0x50, 0x30, 0x0d, 0x0a]);
/** Messages outside of chunks are gathered into pieces of this size, bytes. */
const PIECE_BYTES = 4 << 20;
/** A schema or channel record larger than this is damage, bytes. */
const DESCRIPTION_MAX = 16 << 20;
/** A chunk's head up to its compression's name. */
const CHUNK_HEAD = 32;
const COMPRESSION_MAX = 64;

/** Where in an MCAP file what lies. */
export interface Layout {
  readonly segments: readonly Segment[];
  readonly schemas: Map<number, SchemaRecord>;
  readonly channels: Map<number, ChannelRecord>;
  /** By channel; null where the file does not count. */
  readonly counts: ReadonlyMap<number, number> | null;
  /** True where schemas and channels have to be gathered from the chunks first. */
  readonly scanned: boolean;
}

/**
 * Finds the chunks of an MCAP file: by its summary, or, where it has none, by a walk over its records that reads
 * their heads alone. @throws SageError SAGE_1001 no MCAP; SAGE_1002 cut off; SAGE_1003 its summary is damaged.
 */
export function layoutOf(file: FileBytes, complain: Complain): Layout {
  const head = file.read(0, MAGIC.length);
  if (!head.equals(MAGIC))
    throw new SageError('SAGE_1001', file.path, 'not an MCAP file: it does not start with the MCAP magic');
  // A file of one magic alone begins and ends with it.
  if (file.size < 2 * MAGIC.length || !file.read(file.size - MAGIC.length, MAGIC.length).equals(MAGIC)) {
    const found = scan(file);
    const missing = found.complete
      ? 'its messages are complete, but its summary is truncated'
      : 'its end is missing';
    complain(new SageError('SAGE_1002', file.path, `${missing}; ${found.told}`));
    return found.layout;
  }
  const indexed = indexedLayout(file, complain);
  if (indexed !== null) return indexed;
  const found = scan(file);
  if (!found.complete) complain(new SageError('SAGE_1003', file.path, found.told));
  return found.layout;
}

/** By the summary; null where there is none, or where it does not cover the messages. */
function indexedLayout(file: FileBytes, complain: Complain): Layout | null {
  let summary: Summary | null;
  try {
    summary = readSummary(file);
  } catch (thrown) {
    const told = `in its summary: ${messageOf(thrown)}`;
    complain(new SageError('SAGE_1003', file.path, told, { cause: thrown }));
    return null;
  }
  if (summary === null) return null;
  const { chunks, schemas, channels, counted } = summary;
  if (chunks.length === 0 && counted?.messages !== 0) return null;
  if (chunks.length > 0 && channels.size === 0) return null;
  const astray = chunks.find((chunk, nth) => isSample(nth, chunks.length) && !isChunk(file, chunk));
  if (astray !== undefined) {
    complain(new SageError('SAGE_1003', file.path, `in its summary: no chunk at byte ${astray.offset}`));
    return null;
  }
  return { segments: chunks, schemas, channels, counts: counted?.byChannel ?? null, scanned: false };
}

/** The first, the middle and the last: an index that was shifted is wrong everywhere. */
function isSample(nth: number, count: number): boolean {
  return nth === 0 || nth === count >> 1 || nth === count - 1;
}

/** Whether a chunk begins where an index says, and is as long. */
function isChunk(file: FileBytes, { offset, length }: Segment): boolean {
  const head = file.read(offset, RECORD_HEAD);
  return (
    head.length === RECORD_HEAD && head[0] === OP.chunk && recordLength(head, 0) + RECORD_HEAD === length
  );
}

interface Scan {
  readonly layout: Layout;
  /** False where the walk ended before the end of the data. */
  readonly complete: boolean;
  readonly told: string;
}

/** Walks over the records of a file without a summary. */
function scan(file: FileBytes): Scan {
  const walk = new Walk(file);
  const complete = walk.run();
  const { segments, at } = walk;
  const start_ms = Math.min(...segments.map((segment) => segment.start_ms));
  const end_ms = Math.max(...segments.map((segment) => segment.end_ms));
  const readable = segments.length === 0 ? 'no messages' : `${sinceStart(end_ms, start_ms)} of messages`;
  return {
    layout: {
      segments,
      schemas: walk.schemas,
      channels: walk.channels,
      counts: null,
      scanned: true,
    },
    complete,
    told: `it could be read up to byte ${at} of ${file.size}, ${readable} in ${segments.length} chunks${walk.why}`,
  };
}

class Walk {
  readonly segments: Segment[] = [];
  readonly schemas = new Map<number, SchemaRecord>();
  readonly channels = new Map<number, ChannelRecord>();
  at = MAGIC.length;
  why = '';
  private plain: { offset: number; end: number; start_ms: number; end_ms: number } | null = null;

  constructor(private readonly file: FileBytes) {}

  /** True where it came to the end of the data. */
  run(): boolean {
    for (;;) {
      const head = this.file.read(this.at, RECORD_HEAD + CHUNK_HEAD + COMPRESSION_MAX);
      if (head.length < RECORD_HEAD) break;
      const opcode = head.readUInt8(0);
      const length = Number(head.readBigUInt64LE(1));
      const next = this.at + RECORD_HEAD + length;
      if (opcode === 0 || next > this.file.size) break;
      if (!this.take(opcode, head, length)) return false;
      this.at = next;
      if (opcode === OP.data_end || opcode === OP.footer) {
        this.closePlain();
        return true;
      }
    }
    this.closePlain();
    return false;
  }

  private take(opcode: number, head: Buffer, length: number): boolean {
    if (opcode === OP.message) this.message(head, length);
    else if (opcode === OP.chunk) this.chunk(head, length);
    else if (opcode === OP.schema || opcode === OP.channel) return this.description(opcode, length);
    else this.closePlain();
    return true;
  }

  private message(head: Buffer, length: number): void {
    if (head.length < RECORD_HEAD + MESSAGE_HEAD) return;
    const view = new DataView(head.buffer, head.byteOffset);
    const time_ms = timeOf(view, RECORD_HEAD + 6);
    const end = this.at + RECORD_HEAD + length;
    if (this.plain !== null && end - this.plain.offset > PIECE_BYTES) this.closePlain();
    this.plain ??= { offset: this.at, end, start_ms: time_ms, end_ms: time_ms };
    this.plain.end = end;
    this.plain.start_ms = Math.min(this.plain.start_ms, time_ms);
    this.plain.end_ms = Math.max(this.plain.end_ms, time_ms);
  }

  private chunk(head: Buffer, length: number): void {
    this.closePlain();
    if (head.length < RECORD_HEAD + CHUNK_HEAD) return;
    const view = new DataView(head.buffer, head.byteOffset);
    const named = Math.min(head.readUInt32LE(RECORD_HEAD + 28), COMPRESSION_MAX);
    this.segments.push({
      kind: 'chunk',
      offset: this.at,
      length: RECORD_HEAD + length,
      start_ms: timeOf(view, RECORD_HEAD),
      end_ms: timeOf(view, RECORD_HEAD + 8),
      compression: head.toString('utf8', RECORD_HEAD + CHUNK_HEAD, RECORD_HEAD + CHUNK_HEAD + named),
      unpacked_bytes: Number(head.readBigUInt64LE(RECORD_HEAD + 16)),
      index_offsets: new Map(),
      index_length: 0,
    });
  }

  private description(opcode: number, length: number): boolean {
    this.closePlain();
    if (length > DESCRIPTION_MAX) return false;
    const content = this.file.read(this.at + RECORD_HEAD, length);
    try {
      if (opcode === OP.schema) {
        const schema = readSchema(content);
        this.schemas.set(schema.id, schema);
      } else {
        const channel = readChannel(content);
        this.channels.set(channel.id, channel);
      }
      return true;
    } catch (thrown) {
      this.why = `; error there: ${messageOf(thrown)}`;
      return false;
    }
  }

  private closePlain(): void {
    if (this.plain === null) return;
    const { offset, end, start_ms, end_ms } = this.plain;
    this.plain = null;
    this.segments.push({
      kind: 'plain',
      offset,
      length: end - offset,
      start_ms,
      end_ms,
      compression: '',
      unpacked_bytes: end - offset,
      index_offsets: new Map(),
      index_length: 0,
    });
  }
}
