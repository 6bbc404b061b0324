import type { CameraFrame } from '../../contracts/observation.js';
import { CHANNELS } from './image-check.js';

/** Luma, Cb and Cr. */
export const EMBEDDING_CHANNELS = 3;
/** Samples per cell and axis: a hundred per cell bring the noise of a pixel down tenfold. */
const SAMPLES = 10;

/** Where red, green and blue lie within a pixel. */
const ORDER: Readonly<Record<CameraFrame['encoding'], readonly [number, number, number]>> = {
  rgb8: [0, 1, 2],
  rgba8: [0, 1, 2],
  bgr8: [2, 1, 0],
  bgra8: [2, 1, 0],
  mono8: [0, 0, 0],
};

/** Rows of a picture: bytes, and where among them the first of the rows begins. */
export interface Band {
  readonly data: Uint8Array;
  readonly at: number;
}

/**
 * What salience sees of a frame: rows × columns cells, each the mean luma, Cb and Cr (BT.601, full range, each
 * 0..1; grey has Cb = Cr = 0.5) of about a hundred of its pixels. The layout is row-major, channels innermost.
 * Means of red, green and blue are converted once per cell, since the conversion is linear.
 */
export function embedFrame(frame: CameraFrame, rows: number, columns: number): Float32Array {
  const { data, step } = frame;
  return embedBands(frame, rows, columns, (top) => ({ data, at: top * step }));
}

/**
 * As {@link embedFrame}, of a frame whose rows are given a few at a time.
 * @param bandOf rows from `top` to before `bottom`; what it gives is good until the next call
 */
export function embedBands(
  frame: Omit<CameraFrame, 'data'>,
  rows: number,
  columns: number,
  bandOf: (top: number, bottom: number) => Band,
): Float32Array {
  const embedding = new Float32Array(rows * columns * EMBEDDING_CHANNELS);
  const { width, height, step } = frame;
  const pixel = CHANNELS[frame.encoding];
  const [atRed, atGreen, atBlue] = ORDER[frame.encoding];
  let out = 0;
  for (let row = 0; row < rows; row++) {
    const [top, bottom] = span(row, rows, height);
    const down = stride(bottom - top);
    const first = top + (down >> 1);
    const { data, at: begin } = bandOf(first, bottom);
    for (let column = 0; column < columns; column++) {
      const [left, right] = span(column, columns, width);
      const across = stride(right - left);
      const hop = across * pixel;
      let red = 0;
      let green = 0;
      let blue = 0;
      let count = 0;
      for (let y = first; y < bottom; y += down) {
        const line = begin + (y - first) * step;
        const end = line + right * pixel;
        for (let at = line + (left + (across >> 1)) * pixel; at < end; at += hop) {
          red += data[at + atRed]!;
          green += data[at + atGreen]!;
          blue += data[at + atBlue]!;
          count += 1;
        }
      }
      writeCell(embedding, out, red / count / 255, green / count / 255, blue / count / 255);
      out += EMBEDDING_CHANNELS;
    }
  }
  return embedding;
}

/** The pixels [from, to) of one cell; never empty, so that an image smaller than the grid has cells too. */
function span(index: number, cells: number, size: number): [number, number] {
  const from = Math.floor((index * size) / cells);
  return [from, Math.max(from + 1, Math.floor(((index + 1) * size) / cells))];
}

function stride(size: number): number {
  return Math.max(1, Math.floor(size / SAMPLES));
}

function writeCell(into: Float32Array, at: number, red: number, green: number, blue: number): void {
  const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
  into[at] = luma;
  into[at + 1] = 0.5 + (blue - luma) * 0.564;
  into[at + 2] = 0.5 + (red - luma) * 0.713;
}
