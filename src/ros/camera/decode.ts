import { type Fault, fault, messageOf } from '../../contracts/errors.js';
import type { CameraFrame } from '../../contracts/observation.js';
import type { CompressedImageMessage } from '../messages.js';
import { checkSize } from './image-check.js';

/** Largest compressed image that is decoded, bytes. */
const BYTES_MAX = 64_000_000;

const JPEG = [0xff, 0xd8, 0xff];
const PNG = [0x89, 0x50, 0x4e, 0x47];

/**
 * Decodes sensor_msgs/CompressedImage (JPEG or PNG, told by their first bytes, since `format` is written in many
 * ways) to rgb8 or mono8. The work is done on a thread of libvips, not on the one that serves ROS.
 */
export async function decodeImage(
  message: CompressedImageMessage,
  topic: string,
): Promise<CameraFrame | Fault> {
  const { data, format } = message;
  if (data.length === 0) return fault('SAGE_201', topic, 'no data');
  if (data.length > BYTES_MAX) return fault('SAGE_208', topic, `${data.length} bytes`);
  if (format.includes('compressedDepth')) {
    return fault(
      'SAGE_202',
      topic,
      `format "${format.slice(0, 64)}" is a depth image; use a colour or grey image`,
    );
  }
  if (!startsWith(data, JPEG) && !startsWith(data, PNG)) {
    return fault('SAGE_202', topic, `format "${format.slice(0, 64)}" is neither JPEG nor PNG`);
  }
  const sharp = (await import('sharp')).default;
  try {
    const image = sharp(data, { failOn: 'truncated' });
    const { width = 0, height = 0, depth, space } = await image.metadata();
    const wrongSize = checkSize(width, height, topic);
    if (wrongSize !== null) return wrongSize;
    if (depth !== 'uchar') return fault('SAGE_202', topic, `${depth} pixels, expected 8 bits`);
    // Grey stays grey: one byte per pixel, as a raw mono8 image would have.
    const plain = image.removeAlpha().toColourspace(space === 'b-w' ? 'b-w' : 'srgb');
    const { data: pixels, info } = await plain.raw().toBuffer({ resolveWithObject: true });
    return {
      width: info.width,
      height: info.height,
      step: info.width * info.channels,
      encoding: info.channels === 1 ? 'mono8' : 'rgb8',
      data: pixels,
      frame_id: message.header.frame_id,
    };
  } catch (thrown) {
    return fault('SAGE_201', topic, `cannot be decoded: ${messageOf(thrown)}`);
  }
}

function startsWith(data: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => data[index] === byte);
}

/** Runs one decoding at a time and keeps only the newest that waits: a slow decoder must not build a queue. */
export class LatestOnly<T> {
  private waiting: T | null = null;
  private busy = false;
  private under_way: Promise<void> = Promise.resolve();

  constructor(private readonly work: (item: T) => Promise<void>) {}

  offer(item: T): void {
    this.waiting = item;
    if (!this.busy) this.under_way = this.run();
  }

  private async run(): Promise<void> {
    this.busy = true;
    try {
      while (this.waiting !== null) {
        const item = this.waiting;
        this.waiting = null;
        await this.work(item);
      }
    } finally {
      this.busy = false;
    }
  }

  /** Resolves once nothing is under way and nothing waits. */
  idle(): Promise<void> {
    return this.under_way;
  }

  /** Drops what waits. */
  clear(): void {
    this.waiting = null;
  }
}
