import { SageError } from '../../contracts/errors.js';
import type { CameraFrame } from '../../contracts/observation.js';

/** Size of the model's input and of its masks: 4 × 4 input pixels per mask cell. */
export const INPUT_WIDTH = 640;
export const INPUT_HEIGHT = 480;
export const CELL_PX = 4;
export const COLUMNS = INPUT_WIDTH / CELL_PX;
export const ROWS = INPUT_HEIGHT / CELL_PX;
export const CELLS = COLUMNS * ROWS;
const INPUT_CHANNELS = 3;

/** Bytes per pixel, and offsets of red, green and blue. */
const LAYOUTS = {
  rgb8: { bytes: 3, r: 0, g: 1, b: 2 },
  bgr8: { bytes: 3, r: 2, g: 1, b: 0 },
  rgba8: { bytes: 4, r: 0, g: 1, b: 2 },
  bgra8: { bytes: 4, r: 2, g: 1, b: 0 },
  mono8: { bytes: 1, r: 0, g: 0, b: 0 },
} as const satisfies Record<CameraFrame['encoding'], unknown>;

/** Placement of the frame in the model's input: scaled to fit, centred, aspect ratio kept. */
export interface FrameFit {
  /** Input pixels per frame pixel. */
  readonly scale: number;
  readonly left_px: number;
  readonly top_px: number;
  readonly width_px: number;
  readonly height_px: number;
}

/**
 * Checks a frame and computes its placement.
 * @throws SageError SAGE_202 for an unknown encoding, SAGE_201 if the data is too short for its size, or
 * there are no pixels.
 */
export function fitOf(frame: CameraFrame): FrameFit {
  const { width, height, step, data, encoding } = frame;
  if (!Object.hasOwn(LAYOUTS, encoding)) throw new SageError('SAGE_202', 'camera', `encoding "${encoding}"`);
  const row_bytes = width * LAYOUTS[encoding].bytes;
  const needed = height > 0 ? step * (height - 1) + row_bytes : 0;
  if (!(width > 0 && height > 0) || step < row_bytes || data.byteLength < needed) {
    const told = `${width} × ${height} ${encoding} with ${step} bytes a row has ${data.byteLength} bytes`;
    throw new SageError('SAGE_201', 'camera', told);
  }
  const scale = Math.min(INPUT_WIDTH / width, INPUT_HEIGHT / height);
  const width_px = Math.max(1, Math.round(width * scale));
  const height_px = Math.max(1, Math.round(height * scale));
  const left_px = Math.floor((INPUT_WIDTH - width_px) / 2);
  const top_px = Math.floor((INPUT_HEIGHT - height_px) / 2);
  return { scale, left_px, top_px, width_px, height_px };
}

/** Column of the frame (centre of the first = 0) for a column of the input. */
export const frameColumn = (fit: FrameFit, x: number): number => (x + 0.5 - fit.left_px) / fit.scale - 0.5;

/** Row of the frame (centre of the first = 0) for a row of the input. */
export const frameRow = (fit: FrameFit, y: number): number => (y + 0.5 - fit.top_px) / fit.scale - 0.5;

/** Frame pixel (centre of the first = 0, 0) for a position in the input. */
export function toFramePx(fit: FrameFit, x: number, y: number): readonly [u: number, v: number] {
  return [frameColumn(fit, x), frameRow(fit, y)];
}

/** Column in mask cells (centre of the first = 0) for a column of the frame. */
export const cellColumn = (fit: FrameFit, u: number): number =>
  ((u + 0.5) * fit.scale + fit.left_px) / CELL_PX - 0.5;

/** Row in mask cells (centre of the first = 0) for a row of the frame. */
export const cellRow = (fit: FrameFit, v: number): number =>
  ((v + 0.5) * fit.scale + fit.top_px) / CELL_PX - 0.5;

/** Input position of a cell's centre; with `toFramePx` the inverse of the above. */
export const cellMiddle = (cell: number): number => (cell + 0.5) * CELL_PX - 0.5;

/** True for cells whose centre is in the frame and not in the margin. */
export function showsFrame(fit: FrameFit, column: number, row: number): boolean {
  const x = cellMiddle(column) - fit.left_px;
  const y = cellMiddle(row) - fit.top_px;
  return x > -0.5 && y > -0.5 && x < fit.width_px - 0.5 && y < fit.height_px - 0.5;
}

/** Reads pixels of a frame of any encoding. */
export class PixelReader {
  private readonly pixel_bytes: number;
  private readonly red: number;
  private readonly green: number;
  private readonly blue: number;
  private readonly data: Uint8Array;
  private readonly step: number;
  readonly width: number;
  readonly height: number;

  constructor(frame: CameraFrame) {
    const { bytes, r, g, b } = LAYOUTS[frame.encoding];
    this.pixel_bytes = bytes;
    this.red = r;
    this.green = g;
    this.blue = b;
    this.data = frame.data;
    this.step = frame.step;
    this.width = frame.width;
    this.height = frame.height;
  }

  /** The pixel column nearest to u. */
  column(u: number): number {
    return Math.min(this.width - 1, Math.max(0, Math.round(u)));
  }

  /** The pixel row nearest to v. */
  row(v: number): number {
    return Math.min(this.height - 1, Math.max(0, Math.round(v)));
  }

  /** Adds the colour of the pixel nearest to (u, v), 0..255 each, to `sum` at `at`. */
  add(u: number, v: number, sum: Float32Array, at: number): void {
    this.addPixel(this.column(u), this.row(v), sum, at);
  }

  /** Adds the colour of a pixel, 0..255 each, to `sum` at `at`. */
  addPixel(column: number, row: number, sum: Float32Array, at: number): void {
    const { data } = this;
    const first = row * this.step + column * this.pixel_bytes;
    sum[at] = sum[at]! + data[first + this.red]!;
    sum[at + 1] = sum[at + 1]! + data[first + this.green]!;
    sum[at + 2] = sum[at + 2]! + data[first + this.blue]!;
  }
}

/** Colour of the margin: the image mean, so that it does not bias the statistics inside the model. */
function meanColour(frame: CameraFrame): readonly [number, number, number] {
  const across = 32;
  const reader = new PixelReader(frame);
  const sum = new Float32Array(3);
  for (let i = 0; i < across * across; i++) {
    const u = (((i % across) + 0.5) / across) * frame.width;
    const v = ((Math.floor(i / across) + 0.5) / across) * frame.height;
    reader.add(u, v, sum, 0);
  }
  const n = across * across;
  return [sum[0]! / n, sum[1]! / n, sum[2]! / n];
}

function copyChannels(frame: CameraFrame, out: Uint8Array): void {
  const { bytes, r, g, b } = LAYOUTS[frame.encoding];
  const { data, step } = frame;
  let to = 0;
  for (let row = 0; row < INPUT_HEIGHT; row++) {
    let from = row * step;
    for (let column = 0; column < INPUT_WIDTH; column++, from += bytes, to += INPUT_CHANNELS) {
      out[to] = data[from + r]!;
      out[to + 1] = data[from + g]!;
      out[to + 2] = data[from + b]!;
    }
  }
}

/** For each pixel along one axis: source pixels and weights (of 256). */
function taps(
  count: number,
  size: number,
  scale: number,
): { first: Int32Array; next: Int32Array; share: Int32Array } {
  const first = new Int32Array(count);
  const next = new Int32Array(count);
  const share = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const at = Math.min(size - 1, Math.max(0, (i + 0.5) / scale - 0.5));
    first[i] = Math.floor(at);
    next[i] = Math.min(size - 1, first[i]! + 1);
    share[i] = Math.round((at - first[i]!) * 256);
  }
  return { first, next, share };
}

/** Bilinear; the model averages 4 × 4 pixels of the result, which covers what that skips in larger frames. */
function resample(frame: CameraFrame, fit: FrameFit, out: Uint8Array): void {
  const { bytes, r, g, b } = LAYOUTS[frame.encoding];
  const { data, step } = frame;
  const across = taps(fit.width_px, frame.width, fit.scale);
  const down = taps(fit.height_px, frame.height, fit.scale);
  for (let y = 0; y < fit.height_px; y++) {
    const upper = down.first[y]! * step;
    const lower = down.next[y]! * step;
    const wy = down.share[y]!;
    let to = ((y + fit.top_px) * INPUT_WIDTH + fit.left_px) * INPUT_CHANNELS;
    for (let x = 0; x < fit.width_px; x++) {
      const left = across.first[x]! * bytes;
      const right = across.next[x]! * bytes;
      const wx = across.share[x]!;
      const w00 = (256 - wx) * (256 - wy);
      const w01 = wx * (256 - wy);
      const w10 = (256 - wx) * wy;
      const w11 = wx * wy;
      for (const channel of [r, g, b]) {
        const sum =
          w00 * data[upper + left + channel]! +
          w01 * data[upper + right + channel]! +
          w10 * data[lower + left + channel]! +
          w11 * data[lower + right + channel]!;
        out[to] = (sum + 32768) >> 16;
        to += 1;
      }
    }
  }
}

/**
 * The frame as model input: rgb8, 480 rows of 640 pixels. A frame that already has this form is not copied.
 * @throws SageError as `fitOf`.
 */
export function modelInput(frame: CameraFrame, fit: FrameFit = fitOf(frame)): Uint8Array {
  const bytes = INPUT_WIDTH * INPUT_HEIGHT * INPUT_CHANNELS;
  const same_size = frame.width === INPUT_WIDTH && frame.height === INPUT_HEIGHT;
  if (same_size && frame.encoding === 'rgb8' && frame.step === INPUT_WIDTH * INPUT_CHANNELS) {
    return frame.data.subarray(0, bytes);
  }
  const out = new Uint8Array(bytes);
  if (same_size) {
    copyChannels(frame, out);
    return out;
  }
  if (fit.width_px < INPUT_WIDTH || fit.height_px < INPUT_HEIGHT) {
    const margin = meanColour(frame);
    for (let i = 0; i < bytes; i += INPUT_CHANNELS) out.set(margin, i);
  }
  resample(frame, fit, out);
  return out;
}
