import { seededRandom } from '../../contracts/ports.js';
import { DARKEST_BYTE } from '../scene/colour.js';

/** Byte after adding a noise value: index `byte + noise + OFFSET`. */
const OFFSET = 256;
const CLAMPED = Uint8Array.from({ length: 256 + 2 * OFFSET }, (_, i) =>
  Math.max(0, Math.min(255, i - OFFSET)),
);

/**
 * Sensor noise from a table made once: each frame starts at another place of it, so that a frame costs one addition
 * per byte and no random numbers. Noise that cannot leave the room which the renderer's bytes keep at both ends is
 * added to four bytes at once: no byte overflows, so that one sum of 32 bits is the four sums.
 */
export class SensorNoise {
  private readonly table: Int16Array;
  private readonly packed: Int32Array | null;
  private readonly size: number;

  /** `sigma` in bytes (2 = 2/255 of full scale); `length` bytes per frame, a multiple of four. */
  constructor(
    seed: number,
    readonly sigma: number,
    private readonly length: number,
  ) {
    const most = 4 * sigma <= DARKEST_BYTE + 0.5 ? DARKEST_BYTE : OFFSET - 1;
    // more than a frame, so that no two frames in a row see the same noise at the same place
    this.size = length + 131072;
    this.table = gaussianTable(seed, sigma, this.size, most);
    this.packed = most === DARKEST_BYTE ? packFours(this.table) : null;
  }

  /** Adds the noise of frame number `frame` to the image, in place. */
  addTo(image: Uint8Array, frame: number): void {
    const steps = (this.size - this.length) / 4;
    const offset = (Math.imul(frame + 1, 48271) >>> 0) % steps;
    const { table, packed, length } = this;
    if (packed !== null && image.byteOffset % 4 === 0) {
      const words = new Int32Array(image.buffer, image.byteOffset, length / 4);
      for (let i = 0; i < words.length; i++) words[i] = (words[i]! + packed[offset + i]!) | 0;
      return;
    }
    const start = offset * 4;
    for (let i = 0; i < length; i++) image[i] = CLAMPED[image[i]! + table[start + i]! + OFFSET]!;
  }
}

/** Rounded normal numbers, at most `most` from zero. Source: Box and Muller 1958. */
function gaussianTable(seed: number, sigma: number, size: number, most: number): Int16Array {
  const random = seededRandom(seed);
  const table = new Int16Array(size);
  for (let i = 0; i + 1 < size; i += 2) {
    const radius = sigma * Math.sqrt(-2 * Math.log(1 - random.next()));
    const angle = 2 * Math.PI * random.next();
    table[i] = Math.max(-most, Math.min(most, Math.round(radius * Math.cos(angle))));
    table[i + 1] = Math.max(-most, Math.min(most, Math.round(radius * Math.sin(angle))));
  }
  return table;
}

/** Sums of four neighbours, each times its place in a little-endian word. */
function packFours(table: Int16Array): Int32Array {
  const packed = new Int32Array(table.length / 4);
  for (let i = 0; i < packed.length; i++) {
    const at = i * 4;
    packed[i] =
      (table[at]! + table[at + 1]! * 256 + table[at + 2]! * 65536 + Math.imul(table[at + 3]!, 16777216)) | 0;
  }
  return packed;
}
