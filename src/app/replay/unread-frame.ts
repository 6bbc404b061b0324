import type { CameraFrame, CameraReading } from '../../contracts/observation.js';
import type { BagMessage, MessagePlace } from '../../replay/bag.js';
import { type Band, embedBands, embedFrame } from '../../ros/camera/embedding.js';
import { noteOrigin } from './frame-origin.js';

const NO_BYTES = new Uint8Array(0);

/**
 * A camera reading of an image of which only the head was read. What salience sees of it is made of a few rows at a
 * time, in memory that stays in the cache; its pixels are read where a plugin looks at them, which is one frame in four
 * or five. Null where they have to be read at once: they are converted, or cannot be read by themselves.
 */
export class UnreadFrames {
  private rows: Buffer = Buffer.alloc(0);

  /** @param held the frame of a message whose pixels lie in memory already; null where there is none */
  constructor(private readonly held: (place: MessagePlace | undefined) => CameraFrame | null = () => null) {}

  readingOf(reading: CameraReading, message: BagMessage): CameraReading | null {
    const { frame, grid } = reading;
    const pixels: unknown = Object.getOwnPropertyDescriptor(frame, 'data')?.value;
    const { peek } = message;
    if (peek === undefined || !(pixels instanceof Uint8Array) || pixels.buffer !== message.data.buffer)
      return null;
    const { width, height, step, encoding, frame_id } = frame;
    const begin = pixels.byteOffset - message.data.byteOffset;
    const known = this.held(message.place);
    const embedding =
      known === null
        ? this.embedded(frame, grid, (at, rows) => peek(begin + at, rows))
        : embedFrame(known, grid.rows, grid.columns);
    if (embedding === null) return null;
    let data: Uint8Array | null = null;
    const unread: CameraFrame = {
      width,
      height,
      step,
      encoding,
      frame_id,
      get data() {
        // What was held for too long has no bytes any more, see Lasting.
        data ??= message.complete?.() === true ? pixels : NO_BYTES;
        return data;
      },
    };
    noteOrigin(unread, message.place);
    return { ...withoutImage(reading), frame: unread, embedding };
  }

  /** What salience sees, of rows that are read here; null where they cannot all be. */
  private embedded(
    frame: CameraFrame,
    grid: CameraReading['grid'],
    read: (at: number, rows: Buffer) => boolean,
  ): Float32Array | null {
    let readable = true;
    const bandOf = (top: number, bottom: number): Band => {
      const data = this.memory((bottom - top) * frame.step);
      readable = read(top * frame.step, data) && readable;
      return { data, at: 0 };
    };
    const embedding = embedBands(frame, grid.rows, grid.columns, bandOf);
    return readable ? embedding : null;
  }

  private memory(bytes: number): Buffer {
    if (this.rows.length < bytes) this.rows = Buffer.allocUnsafeSlow(bytes);
    return this.rows.subarray(0, bytes);
  }
}

/** Field by field: an embedding is made where it is looked at. */
function withoutImage({ kind, source, stamp_ms, received_ms, grid }: CameraReading) {
  return { kind, source, stamp_ms, received_ms, grid };
}
