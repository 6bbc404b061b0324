import { type Fault, fault, isFault, SageError } from '../../contracts/errors.js';
import type { CameraFrame } from '../../contracts/observation.js';
import type { Bag, BagMessage, BagTopic, MessagePlace } from '../../replay/bag.js';
import { ChunkMemory } from '../../replay/chunk-memory.js';
import { type Decode, decoderOf } from '../../replay/decode.js';
import { decodeImage } from '../../ros/camera/decode.js';
import { checkImage } from '../../ros/camera/image-check.js';
import { CdrError, readImage } from '../../ros/cdr-reader.js';
import type { CompressedImageMessage, ImageMessage } from '../../ros/messages.js';
import { stampToMs } from '../../ros/stamps.js';
import { cameFrom, noteOrigin } from './frame-origin.js';

/** Stamps are the same numbers in a log and in its bag, up to the rounding of ms. */
const SAME_MS = 1e-3;
/** How far back the newest image is looked for, in windows that double from the first, ms: most cameras are faster. */
const WINDOW_MS = 40;
const WINDOWS = 4;
/** What is read of an image that is not wanted itself: its stamp is in it, bytes. */
const HEAD_BYTES = 256;
/** Of what was given in memory of its own, so many are found by their place; more are not looked at ahead at once. */
const HELD_MAX = 4;
/** SAGE's names of its images, and which of them hold pixels as they are. */
const NAMES = { 'camera/image_raw': true, 'camera/image_raw/compressed': false } as const;

export interface ImageTopic {
  readonly topic: BagTopic;
  /** False for compressed images. */
  readonly raw: boolean;
}

/** An image of a bag with its pixels. */
export interface BagFrame {
  readonly stamp_ms: number;
  readonly frame: CameraFrame;
}

/** The topic of a bag that the camera's images come from, by what SAGE's names stand for; null where there is none. */
export function imageTopicOf(topicOf: (name: string) => BagTopic | undefined): ImageTopic | null {
  for (const [name, raw] of Object.entries(NAMES)) {
    const topic = topicOf(name);
    if (topic !== undefined) return { topic, raw };
  }
  return null;
}

/** The camera's images of a bag, by stamp or by time. */
export class BagImages {
  private readonly decode: Decode | null;
  private source: Generator<BagMessage> | null = null;
  private ahead: BagMessage | null = null;
  private ahead_ms = Number.NEGATIVE_INFINITY;
  /** Where {@link newest} stands; null before the first. */
  private forward: Forward | null = null;
  /** Memory of {@link newest}, and of what it gave: new memory of a megabyte for each keeps the collector busy. */
  private readonly memory = new ChunkMemory();
  private readonly lent = new WeakMap<CameraFrame, ArrayBuffer>();
  /** The last of what {@link newest} gave and was not taken back. */
  private readonly latest: CameraFrame[] = [];

  /** `kept` images that were found stay readable; of more, the oldest has no bytes any more. */
  constructor(
    private readonly bag: Bag,
    private readonly images: ImageTopic,
    private readonly kept = 0,
  ) {
    this.decode = images.raw ? null : decoderOf(images.topic);
  }

  /** The message with this stamp (ms), null where there is none. Stamps have to be asked for in order. */
  find(stamp_ms: number): BagMessage | null {
    const topics = new Set([this.images.topic.topic]);
    this.source ??= this.bag.read({ topics, lasting: { topics, messages: this.kept } });
    while (this.ahead_ms < stamp_ms - SAME_MS) {
      this.ahead = this.source.next().value ?? null;
      if (this.ahead === null) return null;
      // What cannot be read is passed here, and told where it is wanted.
      this.ahead_ms = this.stampOf(this.ahead) ?? this.ahead_ms;
    }
    return this.ahead_ms <= stamp_ms + SAME_MS ? this.ahead : null;
  }

  /**
   * The newest image that was recorded up to a time (ms), in memory of its own until {@link done}; null where there is
   * none.
   */
  async newest(time_ms: number): Promise<BagFrame | null> {
    const message = this.newestMessage(time_ms);
    if (message === null) return null;
    const stamp_ms = this.stampOf(message);
    if (stamp_ms === null) return null;
    // Its own: the memory that chunks are read into is used again, and a view would keep a whole chunk for one image.
    const data = ownBytesOf(message, this.memory.take(message.data.length));
    const frame = await this.frameOf({ ...message, data });
    if (isFault(frame)) return null;
    if (this.decode === null) {
      noteOrigin(frame, message.place);
      this.lent.set(frame, data.buffer as ArrayBuffer);
      this.latest.push(frame);
      if (this.latest.length > HELD_MAX) this.latest.shift();
    }
    return { stamp_ms, frame };
  }

  /** The frame of the message at a place, where {@link newest} gave it and it still has its pixels; null else. */
  held(place: MessagePlace | undefined): CameraFrame | null {
    return this.latest.find((frame) => cameFrom(frame, place)) ?? null;
  }

  /** Takes back what {@link newest} gave: from now on it has no pixels. */
  done(frame: CameraFrame): void {
    const at = this.latest.indexOf(frame);
    if (at >= 0) this.latest.splice(at, 1);
    const memory = this.lent.get(frame);
    if (memory === undefined) return;
    this.lent.delete(frame);
    this.memory.giveBack(memory);
  }

  /** The pixels of a raw image, where they lie. */
  rawFrame(message: BagMessage): CameraFrame | Fault {
    const { topic } = this.images.topic;
    try {
      return checkImage(readImage(message.data), topic);
    } catch (thrown) {
      if (!(thrown instanceof CdrError)) throw thrown;
      return fault('SAGE_208', topic, thrown.message);
    }
  }

  async frameOf(message: BagMessage): Promise<CameraFrame | Fault> {
    if (this.decode === null) return this.rawFrame(message);
    return decodeImage(this.decode(message.data) as CompressedImageMessage, this.images.topic.topic);
  }

  /** Where the reader that goes forward through the images stands; restarted if an earlier time is requested. */
  private newestMessage(time_ms: number): BagMessage | null {
    if (this.forward !== null && this.forward.from_ms <= time_ms) {
      const found = this.forward.upTo(time_ms);
      if (found !== null) return found;
    }
    for (let window = 0; window < WINDOWS; window++) {
      this.forward?.close();
      this.forward = new Forward(this.bag, this.images.topic.topic, time_ms - WINDOW_MS * 2 ** window);
      const found = this.forward.upTo(time_ms);
      if (found !== null) return found;
    }
    return null;
  }

  /** The stamp of an image, or when it was recorded where it has none; null for what is no image. */
  private stampOf({ data, time_ms }: BagMessage): number | null {
    let message: ImageMessage | CompressedImageMessage;
    try {
      message = this.decode === null ? readImage(data) : (this.decode(data) as CompressedImageMessage);
    } catch (thrown) {
      if (!(thrown instanceof CdrError || thrown instanceof SageError)) throw thrown;
      return null;
    }
    return stampToMs(message.header.stamp) || time_ms;
  }
}

/** Goes forward through the images of a bag. What it gives stays readable until it is asked again. */
class Forward {
  private readonly source: Generator<BagMessage>;
  private found: BagMessage | null = null;
  private next: BagMessage | null;

  constructor(
    bag: Bag,
    topic: string,
    /** From this time on, ms. */
    private readonly start_ms: number,
  ) {
    const topics = new Set([topic]);
    // Of all but those that are wanted the pixels are left out.
    const lasting = { topics, messages: 1, head_bytes: HEAD_BYTES };
    this.source = bag.read({ topics, start_ms, lasting });
    this.next = this.source.next().value ?? null;
  }

  /** The earliest time that it can be asked for, ms. */
  get from_ms(): number {
    return this.found?.time_ms ?? this.start_ms;
  }

  /** The newest image up to a time (ms), no earlier than {@link from_ms}; null where there is none. */
  upTo(time_ms: number): BagMessage | null {
    while (this.next !== null && this.next.time_ms <= time_ms) {
      this.found = this.next;
      this.next = this.source.next().value ?? null;
    }
    return this.found;
  }

  close(): void {
    this.source.return(undefined);
  }
}

function ownBytesOf({ data, complete, peek }: BagMessage, own: Buffer): Uint8Array {
  if (peek?.(0, own) === true) return own;
  complete?.();
  own.set(data);
  return own;
}
