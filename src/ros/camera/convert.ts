import type { CameraFrame } from '../../contracts/observation.js';

/** Pixels as a message has them. */
export interface RawPixels {
  readonly width: number;
  readonly height: number;
  /** Bytes per row. */
  readonly step: number;
  readonly data: Uint8Array;
  readonly big_endian: boolean;
}

/** How an encoding that SAGE does not look at as it is becomes one that it does. */
export interface Conversion {
  /** Bytes that a row of so many pixels has at least. */
  readonly rowBytes: (width: number) => number;
  /** Rows of `step` bytes that an image of so many rows of pixels has; as many by default. */
  readonly rows?: (height: number) => number;
  /** Fewer pixels than this, across or down, do not make a whole pattern. */
  readonly side_px_min: number;
  readonly to: CameraFrame['encoding'];
  /** Bytes per pixel of what comes out, whose rows have no padding. */
  readonly channels: number;
  readonly convert: (pixels: RawPixels) => Uint8Array;
}

/** What cameras send besides plain 8-bit pixels, by the names of sensor_msgs/image_encodings.hpp. */
export const CONVERSIONS: ReadonlyMap<string, Conversion> = new Map([
  ...(['rggb', 'bggr', 'gbrg', 'grbg'] as const).flatMap((pattern) => [
    [`bayer_${pattern}8`, bayer(pattern, 1)] as const,
    [`bayer_${pattern}16`, bayer(pattern, 2)] as const,
  ]),
  // The older names say nothing of the order of bytes: yuv422 is uyvy, yuv422_yuy2 is yuyv.
  ['yuv422', yuv422(1, 0)],
  ['uyvy', yuv422(1, 0)],
  ['yuv422_yuy2', yuv422(0, 1)],
  ['yuyv', yuv422(0, 1)],
  // nv12 is not in that header; the cameras of a Jetson send it.
  ['nv12', semiPlanar(1, 0)],
  ['nv21', semiPlanar(1, 1)],
  ['nv24', semiPlanar(0, 0)],
  ['mono16', highBytes('mono8', 1)],
  ['rgb16', highBytes('rgb8', 3)],
  ['bgr16', highBytes('bgr8', 3)],
  ['rgba16', highBytes('rgba8', 4)],
  ['bgra16', highBytes('bgra8', 4)],
]);

/** 16-bit samples as 8-bit ones: the upper byte of each. */
function highBytes(to: CameraFrame['encoding'], channels: number): Conversion {
  const convert = ({ width, height, step, data, big_endian }: RawPixels): Uint8Array => {
    const samples = width * channels;
    const out = new Uint8Array(samples * height);
    const high = big_endian ? 0 : 1;
    for (let row = 0, at = 0; row < height; row++) {
      for (let sample = 0; sample < samples; sample++, at++) out[at] = data[row * step + 2 * sample + high]!;
    }
    return out;
  };
  return { rowBytes: (width) => 2 * channels * width, side_px_min: 1, to, channels, convert };
}

/** Writes the red, green and blue of a pixel by ITU-R BT.601, luma 16 to 235, in integers of 1/256 as in video code. */
function writeRgb(out: Uint8ClampedArray, at: number, luma: number, blue: number, red: number): void {
  const y = 298 * (luma - 16) + 128;
  const [cb, cr] = [blue - 128, red - 128];
  out[at] = (y + 409 * cr) >> 8;
  out[at + 1] = (y - 100 * cb - 208 * cr) >> 8;
  out[at + 2] = (y + 516 * cb) >> 8;
}

/** Pairs of pixels that share their colour: 4 bytes each, luma at `luma` and two on, Cb and Cr at `chroma` and two on. */
function yuv422(luma: number, chroma: number): Conversion {
  const convert = ({ width, height, step, data }: RawPixels): Uint8Array => {
    const out = new Uint8ClampedArray(3 * width * height);
    for (let row = 0, at = 0; row < height; row++) {
      for (let column = 0; column < width; column++, at += 3) {
        const pair = row * step + 4 * (column >> 1);
        const y = data[pair + luma + 2 * (column & 1)]!;
        writeRgb(out, at, y, data[pair + chroma]!, data[pair + chroma + 2]!);
      }
    }
    return new Uint8Array(out.buffer);
  };
  return { rowBytes: (width) => 4 * Math.ceil(width / 2), side_px_min: 1, to: 'rgb8', channels: 3, convert };
}

/**
 * A plane of luma, then one of pairs of Cb and Cr, in which Cb is at `blue`; with `shift` 1 the pairs have half the
 * resolution, across and down.
 */
function semiPlanar(shift: 0 | 1, blue: 0 | 1): Conversion {
  const convert = ({ width, height, step, data }: RawPixels): Uint8Array => {
    const out = new Uint8ClampedArray(3 * width * height);
    const chroma_step = shift === 1 ? step : 2 * step;
    for (let row = 0, at = 0; row < height; row++) {
      const chroma = step * height + chroma_step * (row >> shift);
      for (let column = 0; column < width; column++, at += 3) {
        const pair = chroma + 2 * (column >> shift);
        writeRgb(out, at, data[row * step + column]!, data[pair + blue]!, data[pair + 1 - blue]!);
      }
    }
    return new Uint8Array(out.buffer);
  };
  return {
    rowBytes: (width) => (shift === 1 ? 2 * Math.ceil(width / 2) : width),
    rows: (height) => (shift === 1 ? height + Math.ceil(height / 2) : 3 * height),
    side_px_min: 1,
    to: 'rgb8',
    channels: 3,
    convert,
  };
}

/**
 * The mosaic of a colour sensor; `pattern` is the colours of its upper left 2 × 2 pixels. A colour that a pixel does
 * not have is the mean of its neighbours that do (bilinear); beyond an edge the picture is mirrored, which keeps the
 * pattern.
 */
function bayer(pattern: 'rggb' | 'bggr' | 'gbrg' | 'grbg', bytes: number): Conversion {
  const red_at = pattern.indexOf('r');
  const [red_row, red_column] = [red_at >> 1, red_at & 1];
  const convert = ({ width, height, step, data, big_endian }: RawPixels): Uint8Array => {
    const out = new Uint8Array(3 * width * height);
    const high = bytes === 2 && !big_endian ? 1 : 0;
    for (let row = 0, at = 0; row < height; row++) {
      const here = row * step + high;
      const above = (row === 0 ? 1 : row - 1) * step + high;
      const below = (row === height - 1 ? height - 2 : row + 1) * step + high;
      const reds = (row & 1) === red_row;
      // Of the two colours that this row does not see in its own column, red is the first in rows without red.
      const [own, other] = reds ? [0, 2] : [2, 0];
      const own_column = reds ? red_column : red_column ^ 1;
      for (let column = 0; column < width; column++, at += 3) {
        const middle = column * bytes;
        const left = (column === 0 ? 1 : column - 1) * bytes;
        const right = (column === width - 1 ? width - 2 : column + 1) * bytes;
        const across = data[here + left]! + data[here + right]!;
        const down = data[above + middle]! + data[below + middle]!;
        if ((column & 1) === own_column) {
          const corners =
            data[above + left]! + data[above + right]! + data[below + left]! + data[below + right]!;
          out[at + own] = data[here + middle]!;
          out[at + 1] = (across + down + 2) >> 2;
          out[at + other] = (corners + 2) >> 2;
        } else {
          out[at + own] = (across + 1) >> 1;
          out[at + 1] = data[here + middle]!;
          out[at + other] = (down + 1) >> 1;
        }
      }
    }
    return out;
  };
  return { rowBytes: (width) => bytes * width, side_px_min: 2, to: 'rgb8', channels: 3, convert };
}
