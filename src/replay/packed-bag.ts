import type { Bag, BagMessage, BagOptions, BagTopic, ReadOptions } from './bag.js';
import { type UnpackedFile, unpackAgain } from './unpack-file.js';

/** So much of a bag lies unpacked at a time, bytes; beyond it only what is being read and what was read last. */
const KEEP_BYTES = 1 << 30;
/** Files that stay all the same, so that two readers side by side do not unpack them in turns. */
const KEEP_FILES = 2;

/** The unpacked files of one bag: as many as there is room for stay, the others are unpacked when they are read. */
export class UnpackedFiles {
  /** Those that lie on the disk, the one that was used last at the end. */
  private present: PackedBag[] = [];

  constructor(private readonly keep_bytes = KEEP_BYTES) {}

  /** A file that was unpacked when the bag was opened. The first ones stay: they are read first. */
  opened(bag: PackedBag): void {
    if (this.bytes + bag.bytes > this.keep_bytes && this.present.length > 0) bag.park();
    else this.present.push(bag);
  }

  /** A file that is going to be read. */
  used(bag: PackedBag): void {
    this.gone(bag);
    this.present.push(bag);
    const idle = this.present.slice(0, -KEEP_FILES).filter((other) => !other.isRead);
    for (const other of idle) if (this.bytes > this.keep_bytes) other.park();
  }

  gone(bag: PackedBag): void {
    this.present = this.present.filter((other) => other !== bag);
  }

  private get bytes(): number {
    return this.present.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

export interface PackedSource {
  /** The packed file. */
  readonly path: string;
  readonly unpacked: UnpackedFile;
  readonly options: BagOptions;
  /** Opens the unpacked file again, without saying again what was said of it. */
  readonly again: (path: string) => Bag;
}

/**
 * A file that was packed as a whole, as a bag. It can be parked: then nothing of it lies on the disk, and it is unpacked
 * again when it is read. @throws SageError as {@link Bag.read}, and SAGE_1026 where there is no room for that
 */
export class PackedBag implements Bag {
  readonly name: string;
  readonly storage: Bag['storage'];
  readonly topics: readonly BagTopic[];
  readonly messages: number | null;
  readonly start_ms: number;
  readonly piece_bytes_max: number;
  readonly end_ms: number;
  readonly bytes: number;
  private unpacked: UnpackedFile | null;
  private bag: Bag | null;
  private readers = 0;
  private failure: unknown = null;

  constructor(
    bag: Bag,
    private readonly source: PackedSource,
    private readonly files: UnpackedFiles,
  ) {
    this.bag = bag;
    this.unpacked = source.unpacked;
    this.bytes = source.unpacked.bytes;
    this.name = bag.name;
    this.storage = bag.storage;
    this.topics = bag.topics;
    this.messages = bag.messages;
    this.start_ms = bag.start_ms;
    this.piece_bytes_max = bag.piece_bytes_max ?? 0;
    this.end_ms = bag.end_ms;
    files.opened(this);
  }

  get isRead(): boolean {
    return this.readers > 0;
  }

  *read(options?: ReadOptions): Generator<BagMessage> {
    this.readers += 1;
    try {
      yield* this.present().read(options);
    } finally {
      this.readers -= 1;
    }
  }

  /** Takes it off the disk. */
  park(): void {
    this.files.gone(this);
    this.bag?.close();
    this.bag = null;
    this.unpacked?.remove();
    this.unpacked = null;
  }

  close(): void {
    this.park();
  }

  private present(): Bag {
    if (this.failure !== null) throw this.failure;
    try {
      // Before it is unpacked: others give way first.
      this.files.used(this);
      this.unpacked ??= unpackAgain(this.source.path, this.source.options);
      this.bag ??= this.source.again(this.unpacked.path);
      return this.bag;
    } catch (thrown) {
      // The same would happen for each message that is looked for.
      this.failure = thrown;
      this.park();
      throw thrown;
    }
  }
}
