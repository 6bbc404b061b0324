import { basename } from 'node:path';
import {
  type Bag,
  type BagMessage,
  type BagOptions,
  type BagTopic,
  complainer,
  type ReadOptions,
} from './bag.js';
import { ChunkMemory, Loans } from './chunk-memory.js';
import { FileBytes } from './file-bytes.js';
import { type Layout, layoutOf } from './mcap-layout.js';
import { recordsIn, type Segment } from './mcap-records.js';
import { McapSegments, type SegmentSource } from './mcap-segments.js';
import { McapTopics } from './mcap-topics.js';
import { inOrder } from './ordered.js';
import { loadUnpackers } from './unpack.js';

/** Of a file of this size or less chunks are read whole, and so checked, since that costs next to nothing, bytes. */
const SMALL_BYTES = 1 << 25;

/**
 * Opens one MCAP file. @throws SageError SAGE_902, 1001, 1002, 1003, 1007; see {@link Bag.read} for the rest.
 */
export async function openMcap(path: string, options: BagOptions = {}): Promise<ReopenedBag> {
  const file = new FileBytes(path, options.called);
  try {
    const complain = complainer(options);
    const layout = layoutOf(file, complain);
    const unpack = await loadUnpackers(layout.segments.some(({ compression }) => compression === 'lz4'));
    const whole = options.verify === undefined && file.size <= SMALL_BYTES;
    const reading = { unpack, complain, whole };
    const bag = new McapBag(file, layout, reading);
    if (options.verify === true) bag.verify();
    const again = (place: string): Bag => {
      // By now its descriptions are gathered, and what is damaged was told.
      const known = { ...layout, segments: [...bag.segments], scanned: false };
      return new McapBag(new FileBytes(place, options.called), known, reading);
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

/** How chunks of a file are unpacked, what becomes of damage, and whether chunks are read whole whatever is asked for. */
type Reading = Pick<SegmentSource, 'unpack' | 'complain' | 'whole'>;

class McapBag implements Bag {
  readonly storage = 'mcap';
  readonly name: string;
  readonly topics: readonly BagTopic[];
  readonly messages: number | null;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly piece_bytes_max: number;
  private readonly channels: McapTopics;
  segments: readonly Segment[];
  private readonly memory = new ChunkMemory();
  private readonly reader: McapSegments;

  constructor(
    private readonly file: FileBytes,
    layout: Layout,
    private readonly reading: Reading,
  ) {
    this.name = basename(file.path);
    // A chunk without messages says that it is from 0 to 0.
    const filled = layout.segments.filter(
      ({ end_ms, index_offsets }) => end_ms > 0 || index_offsets.size > 0 || layout.scanned,
    );
    this.segments = filled.sort((a, b) => a.start_ms - b.start_ms || a.offset - b.offset);
    this.start_ms = this.segments[0]?.start_ms ?? 0;
    this.end_ms = this.segments.reduce((last, { end_ms }) => Math.max(last, end_ms), this.start_ms);
    this.piece_bytes_max = this.segments.reduce((most, each) => Math.max(most, each.unpacked_bytes), 0);
    this.channels = new McapTopics(layout);
    this.reader = new McapSegments({ file, channels: this.channels, start_ms: this.start_ms, ...reading });
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
    const asked = { start_ms, end_ms, carries: this.channels.carrying(topics) };
    const pieces = wanted.map((segment) => ({
      start_ms: segment.start_ms,
      load: () => this.reader.messagesOf(segment, asked, loans),
    }));
    const order = { where: this.file.path, start_ms: this.start_ms, complain: this.reading.complain };
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
    this.segments = this.segments.filter((segment) => this.reader.verify(segment));
  }

  /** False where the index says that a chunk holds nothing of these topics. */
  private concerns(segment: Segment, topics: ReadonlySet<string> | undefined): boolean {
    if (topics === undefined || segment.index_offsets.size === 0) return true;
    return [...segment.index_offsets.keys()].some((id) => {
      const name = this.channels.nameOf(id);
      return name === null || topics.has(name);
    });
  }

  /** A file without a summary describes its topics inside of its chunks. */
  private gatherDescriptions(): void {
    for (const segment of this.segments) {
      if (segment.kind === 'plain') continue;
      try {
        const records = this.reader.recordsOf(segment, null);
        for (const { opcode, from, to } of recordsIn(records))
          this.channels.describe(opcode, records.subarray(from, to));
      } catch {
        // What is wrong with this chunk is told when its messages are read.
      }
    }
  }
}
