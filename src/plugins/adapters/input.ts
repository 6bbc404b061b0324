import type { AdapterDeclaration, AdapterValue, Region } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import { toHalf } from '../../contracts/half.js';
import type { Tensor } from '../../contracts/inference.js';
import type { CameraFrame } from '../../contracts/observation.js';

const LAYOUTS = {
  rgb8: { bytes: 3, order: [0, 1, 2] },
  bgr8: { bytes: 3, order: [2, 1, 0] },
  rgba8: { bytes: 4, order: [0, 1, 2] },
  bgra8: { bytes: 4, order: [2, 1, 0] },
  mono8: { bytes: 1, order: [0, 0, 0] },
} as const satisfies Record<CameraFrame['encoding'], unknown>;

/** Grey value of letterbox margins, as in YOLO training, 0..255. */
const MARGIN = 114;

/** Largest side of an input, px. */
const SIDE_MAX = 4096;

/** Placement of a region of the frame in the model input. */
export interface Placed {
  readonly region: Region;
  /** Input pixels per frame pixel. */
  readonly scale_x: number;
  readonly scale_y: number;
  readonly left_px: number;
  readonly top_px: number;
  /** Size of the model input. */
  readonly width_px: number;
  readonly height_px: number;
}

/** Layout of a model's image input. */
export interface InputForm {
  readonly name: string;
  readonly dtype: 'float32' | 'float16' | 'uint8';
  readonly height: number;
  readonly width: number;
  readonly channels_first: boolean;
  /** Whether there is a leading batch dimension of 1. */
  readonly batched: boolean;
}

/**
 * Reads the layout of an image input from its declaration.
 * @throws SageError SAGE_517 if it is not a three-channel image, or has no fixed size.
 */
export function inputForm(
  id: string,
  { name, dtype, shape }: AdapterValue,
  size: readonly number[] | undefined,
): InputForm {
  const where = `${id} input "${name}"`;
  const told = `${dtype} [${shape.join(', ')}]`;
  if (dtype !== 'float32' && dtype !== 'float16' && dtype !== 'uint8')
    throw new SageError('SAGE_517', where, `${told}: must be float32, float16 or uint8`);
  const batched = shape.length === 4;
  const image = batched ? shape.slice(1) : shape;
  // Some exporters leave even the channels dynamic; those are PyTorch's, which puts channels first.
  const channels_first = image[0] === 3 || (typeof image[0] === 'string' && image[2] !== 3);
  if (
    image.length !== 3 ||
    (!channels_first && image[2] !== 3) ||
    (batched && typeof shape[0] === 'number' && shape[0] !== 1)
  ) {
    const form =
      'must be one image, [1, 3, height, width] or [1, height, width, 3], with or without the leading 1';
    throw new SageError('SAGE_517', where, `${told}: ${form}`);
  }
  const own = channels_first ? image.slice(1) : image.slice(0, 2);
  const [height, width] = own.map((dim, axis) => (typeof dim === 'number' ? dim : size?.[axis]));
  if (height === undefined || width === undefined) {
    const open = 'its size is dynamic, so the adapter needs a size (sage models add --size 480x640)';
    throw new SageError('SAGE_517', where, `${told}: ${open}`);
  }
  if (height > SIDE_MAX || width > SIDE_MAX) {
    throw new SageError('SAGE_517', where, `${told}: an image has at most ${SIDE_MAX} rows and columns`);
  }
  return { name, dtype, height, width, channels_first, batched };
}

/** @throws SageError SAGE_202 for an unknown encoding, SAGE_201 if the data is too short for its size. */
export function checkFrame({ width, height, step, data, encoding }: CameraFrame): void {
  if (!Object.hasOwn(LAYOUTS, encoding)) throw new SageError('SAGE_202', 'camera', `encoding "${encoding}"`);
  const row_bytes = width * LAYOUTS[encoding].bytes;
  if (!(width > 0 && height > 0) || step < row_bytes || data.byteLength < step * (height - 1) + row_bytes) {
    const told = `${width} × ${height} ${encoding} with ${step} bytes per row has ${data.byteLength} bytes`;
    throw new SageError('SAGE_201', 'camera', told);
  }
}

/** Regions of a frame to look at: the whole, then tiles × tiles parts. */
export function regionsOf({ width, height }: CameraFrame, tiles: number): readonly Region[] {
  const whole = { left: 0, top: 0, width, height };
  if (tiles === 1) return [whole];
  const parts: Region[] = [];
  for (let row = 0; row < tiles; row++) {
    for (let column = 0; column < tiles; column++) {
      const left = Math.floor((column * width) / tiles);
      const top = Math.floor((row * height) / tiles);
      const right = Math.floor(((column + 1) * width) / tiles);
      const bottom = Math.floor(((row + 1) * height) / tiles);
      parts.push({ left, top, width: right - left, height: bottom - top });
    }
  }
  return [whole, ...parts];
}

/** Placement of a region in the input: stretched, or letterboxed to keep its aspect ratio. */
export function place(region: Region, form: InputForm, fit: AdapterDeclaration['fit']): Placed {
  const scale_x = form.width / region.width;
  const scale_y = form.height / region.height;
  const input = { width_px: form.width, height_px: form.height };
  if (fit === 'stretch') return { ...input, region, scale_x, scale_y, left_px: 0, top_px: 0 };
  const scale = Math.min(scale_x, scale_y);
  return {
    ...input,
    region,
    scale_x: scale,
    scale_y: scale,
    left_px: (form.width - region.width * scale) / 2,
    top_px: (form.height - region.height * scale) / 2,
  };
}

/** Frame pixel (0, 0 = corner of the first) for a position in the input. */
export function toFrame(placed: Placed, x: number, y: number): readonly [x: number, y: number] {
  const { region, scale_x, scale_y, left_px, top_px } = placed;
  return [region.left + (x - left_px) / scale_x, region.top + (y - top_px) / scale_y];
}

/**
 * A region of the frame as model input: resampled bilinearly, scaled, and normalised per channel. Margins are
 * grey.
 */
export function inputTensor(
  frame: CameraFrame,
  placed: Placed,
  form: InputForm,
  adapter: AdapterDeclaration,
): Tensor {
  const { height, width, channels_first } = form;
  const count = height * width;
  const data = form.dtype === 'uint8' ? new Uint8Array(3 * count) : new Float32Array(3 * count);
  const { bytes, order } = LAYOUTS[frame.encoding];
  const normal = normaliser(form, adapter);
  const { region, scale_x, scale_y, left_px, top_px } = placed;
  const xs = taps(width, scale_x, left_px, region.left, region.width);
  const ys = taps(height, scale_y, top_px, region.top, region.height);
  for (let y = 0; y < height; y++) {
    const upper = ys.first[y]! * frame.step;
    const lower = ys.next[y]! * frame.step;
    const wy = ys.share[y]!;
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const inside = ys.inside[y]! > 0 && xs.inside[x]! > 0;
      const left = xs.first[x]! * bytes;
      const right = xs.next[x]! * bytes;
      const wx = xs.share[x]!;
      for (let channel = 0; channel < 3; channel++) {
        const own = order[adapter.channels === 'rgb' ? channel : 2 - channel]!;
        const above = frame.data[upper + left + own]! * (1 - wx) + frame.data[upper + right + own]! * wx;
        const below = frame.data[lower + left + own]! * (1 - wx) + frame.data[lower + right + own]! * wx;
        const value = inside ? above * (1 - wy) + below * wy : MARGIN;
        data[channels_first ? channel * count + at : at * 3 + channel] = normal(value, channel);
      }
    }
  }
  const image = channels_first ? [3, height, width] : [height, width, 3];
  const dims = form.batched ? [1, ...image] : image;
  if (form.dtype === 'float16' && data instanceof Float32Array)
    return { type: 'float16', dims, data: toHalf(data) };
  return { type: form.dtype, dims, data };
}

/**
 * Sound as model input: the newest part if its length is fixed, all of it if a dimension is dynamic.
 * @param sound mono, −1..1, newest last
 * @throws SageError SAGE_508 if there is too little sound, SAGE_517 if the input is not float32.
 */
export function soundTensor(id: string, sound: Float32Array, { name, dtype, shape }: AdapterValue): Tensor {
  const where = `${id} input "${name}"`;
  if (dtype !== 'float32') throw new SageError('SAGE_517', where, `${dtype}: audio must be float32`);
  const fixed = shape.reduce<number>(
    (product, dim) => (typeof dim === 'number' ? product * dim : product),
    1,
  );
  const open = shape.filter((dim) => typeof dim !== 'number').length;
  const rest = open === 0 ? 1 : Math.floor(sound.length / fixed);
  if (open > 1)
    throw new SageError('SAGE_517', where, `[${shape.join(', ')}]: only one dimension may be dynamic`);
  const count = fixed * rest;
  if (count === 0 || count > sound.length) {
    const told = `got ${sound.length} samples for [${shape.join(', ')}]; microphone.window_s sets how many are kept`;
    throw new SageError('SAGE_508', where, told);
  }
  const dims = shape.map((dim) => (typeof dim === 'number' ? dim : rest));
  return { type: dtype, dims, data: sound.slice(sound.length - count) };
}

/**
 * A constant input: one value per element, or one for all; dynamic dimensions are 1.
 * @throws SageError SAGE_517 if the number of values does not match, or its type is not numeric.
 */
export function constantTensor(
  id: string,
  { name, dtype, shape }: AdapterValue,
  numbers: readonly number[],
): Tensor {
  const dims = shape.map((dim) => (typeof dim === 'number' ? dim : 1));
  const length = dims.reduce((product, dim) => product * dim, 1);
  const where = `${id} input "${name}"`;
  if (numbers.length !== 1 && numbers.length !== length) {
    const told = `the manifest has ${numbers.length} numbers for ${dtype} [${shape.join(', ')}]`;
    throw new SageError('SAGE_517', where, told);
  }
  const values = Array.from({ length }, (_, i) => numbers[numbers.length === 1 ? 0 : i]!);
  switch (dtype) {
    case 'float32':
      return { type: dtype, dims, data: Float32Array.from(values) };
    case 'float16':
      return { type: dtype, dims, data: toHalf(Float32Array.from(values)) };
    case 'int32':
      return { type: dtype, dims, data: Int32Array.from(values) };
    case 'int64':
      return { type: dtype, dims, data: BigInt64Array.from(values, (value) => BigInt(Math.round(value))) };
    case 'uint8':
    case 'bool':
      return { type: dtype, dims, data: Uint8Array.from(values) };
    default:
      throw new SageError(
        'SAGE_517',
        where,
        `${dtype}: constants must be float32, float16, int32, int64 or bool`,
      );
  }
}

/** Integer inputs are not normalised: such a model does that itself. */
function normaliser({ dtype }: InputForm, { scale, mean, std }: AdapterDeclaration) {
  if (dtype === 'uint8') return (value: number): number => Math.round(value);
  return (value: number, channel: number): number => (value / scale - mean[channel]!) / std[channel]!;
}

/**
 * For each input pixel along one axis: two frame pixels and the weight of the second; `inside`: not in the
 * margin.
 */
function taps(count: number, scale: number, margin_px: number, begin: number, size: number) {
  const first = new Int32Array(count);
  const next = new Int32Array(count);
  const share = new Float32Array(count);
  const inside = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const at = (i + 0.5 - margin_px) / scale - 0.5;
    inside[i] = at > -0.5 - 1e-6 && at < size - 0.5 + 1e-6 ? 1 : 0;
    const within = Math.min(size - 1, Math.max(0, at));
    first[i] = begin + Math.floor(within);
    next[i] = begin + Math.min(size - 1, Math.floor(within) + 1);
    share[i] = within - Math.floor(within);
  }
  return { first, next, share, inside };
}
