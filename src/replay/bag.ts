import type { Fault, SageError } from '../contracts/errors.js';

/** How messages of a topic are laid out, as the bag says it. */
export interface BagSchema {
  /** `sensor_msgs/msg/Image` */
  readonly name: string;
  /** `ros2msg` for definitions that can be read here. */
  readonly encoding: string;
  readonly text: string;
}

export interface BagTopic {
  readonly topic: string;
  readonly type: string;
  /** `cdr` for everything that ROS 2 writes. */
  readonly serialization: string;
  /** Null where the bag carries none. */
  readonly schema: BagSchema | null;
  /** Null where the bag does not count. */
  readonly messages: number | null;
  /** Quality of service as recorded: YAML or JSON, empty where the bag has none. */
  readonly qos: string;
}

/** The name of a message's type. Writers of old, and some of today, leave out what it is: `std_msgs/String`. */
export function typeName(written: string): string {
  return /^\w+\/\w+$/.test(written) ? written.replace('/', '/msg/') : written;
}

/** Of topics that are alike, the one that has a name after `remap`, else the only one; null where several may be meant. */
export function namedOrOnly(
  alike: readonly BagTopic[],
  name: string,
  remap: ReadonlyMap<string, string>,
): BagTopic | null {
  const named = alike.find(({ topic }) => (remap.get(topic) ?? topic) === name);
  return named ?? (alike.length === 1 ? alike[0]! : null);
}

export interface BagMessage {
  readonly topic: BagTopic;
  /** When it was recorded, ms since the epoch, to a quarter of a microsecond. */
  readonly time_ms: number;
  /** As it went over the wire; a view of a larger buffer that stays unchanged, but see {@link ReadOptions.lasting}. */
  readonly data: Uint8Array;
  /**
   * Reads what of the data is not there yet, see {@link Lasting.head_bytes}; absent where all of it is. False where it
   * cannot be read, or was held for longer than it lasts.
   */
  readonly complete?: () => boolean;
  /**
   * Copies bytes of the data from `at` on into memory of the caller, whether they are there or not. False where they
   * cannot be read; `complete` tells why. Beside `complete`, where bytes can be read by themselves.
   */
  readonly peek?: (at: number, into: Buffer) => boolean;
  /** Where it lies, the same in each reading of the bag. Beside `peek`. */
  readonly place?: MessagePlace;
}

/** Which message of a bag: the piece of the file, the same object in each reading, and the byte in it. */
export interface MessagePlace {
  readonly piece: object;
  readonly at: number;
}

export interface ReadOptions {
  /** Only these topics; all by default. */
  readonly topics?: ReadonlySet<string>;
  /** From this time on, ms since the epoch. */
  readonly start_ms?: number;
  /** Up to this time, ms since the epoch, inclusive. */
  readonly end_ms?: number;
  /** Which messages stay readable; without it, all do. With it, memory is used again, which is a lot faster. */
  readonly lasting?: Lasting;
}

/**
 * Messages of these topics stay readable until so many later ones of the same topic were given, all others until the
 * next message is asked for. What is held for longer has no bytes any more; it never has those of another message.
 * Chunks without compression are then read by their index, and only what is asked for: their CRCs are not checked.
 */
export interface Lasting {
  readonly topics: ReadonlySet<string>;
  readonly messages: number;
  /**
   * Of a message of these topics only so many bytes may be there until `complete` is called, for images that nobody
   * looks at. The rest has its place, and anything may stand there; also in place of the head, once such a message is
   * held for longer than it lasts. All of them by default.
   */
  readonly head_bytes?: number;
}

/** A recording that is open for reading. */
export interface Bag {
  /** The last part of its path. */
  readonly name: string;
  readonly storage: 'mcap' | 'sqlite3';
  /** Sorted by name. */
  readonly topics: readonly BagTopic[];
  /** Null where the bag does not count. */
  readonly messages: number | null;
  /** Of the first and last message, ms since the epoch; 0 in an empty bag. */
  readonly start_ms: number;
  readonly end_ms: number;
  /** Of its largest piece that is held as a whole, bytes; absent where no piece is. */
  readonly piece_bytes_max?: number;
  /**
   * The messages in order of time, read as they are asked for. What is damaged throws a SageError SAGE_1002 to 1008
   * that says where, and up to where the bag could be read; with best effort it is reported to `onFault` and skipped.
   */
  read(options?: ReadOptions): Generator<BagMessage>;
  close(): void;
}

export interface BagOptions {
  /** Goes on past what is damaged. */
  readonly best_effort?: boolean;
  /**
   * True: reads and checks the whole bag first, also what nobody asks for. By default what is read is checked, and of a
   * small file the whole chunks that it lies in; false: no more is read than is asked for.
   */
  readonly verify?: boolean;
  /** Told of everything that was left out or guessed. */
  readonly onFault?: (fault: Fault) => void;
  /** Told while a file that is packed as a whole is unpacked: its name, and how much of it was, 0..1. */
  readonly onUnpacking?: (file: string, fraction: number) => void;
  /** How much of a split bag that is packed file by file lies unpacked at a time, bytes; 1 GB by default. */
  readonly keep_bytes?: number;
  /** What the file is called where something is said of it; its path by default. */
  readonly called?: string;
}

/** Deals with one thing that is wrong: throws it, or tells of it where the reader goes on. */
export type Complain = (error: SageError) => void;

export function complainer(options: BagOptions): Complain {
  return (error) => {
    if (options.best_effort !== true) throw error;
    options.onFault?.(error.toFault());
  };
}

/** Nanoseconds since the epoch, as two halves, in ms. */
export function timeOf(view: DataView, at: number): number {
  return (view.getUint32(at + 4, true) * 4294967296 + view.getUint32(at, true)) / 1e6;
}

/** A time of a bag for people: seconds since its start. */
export function sinceStart(time_ms: number, start_ms: number): string {
  return `${((time_ms - start_ms) / 1000).toFixed(3)} s`;
}
