import type { AdapterModel } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import type { Tensor } from '../../contracts/inference.js';
import type { Placed } from './input.js';
import { sigmoid, softmaxAt } from './softmax.js';

/** Number of classes of an index map whose manifest names none. */
const CLASSES_OF_MAP = 256;

/** Share of the image per class, and the uncertainty, 0..1. */
export interface Shares {
  readonly vector: Float32Array;
  readonly uncertainty: number;
}

/** Reads the positions of an output, row-major. */
interface Places {
  readonly rows: number;
  readonly columns: number;
  readonly classes: number;
  /** Class of a position, negative for none, and its probability. */
  readonly at: (place: number) => readonly [label: number, probability: number];
}

/**
 * Share of the image per class, by the most probable class of each position; margins do not count. Outputs:
 * [1, classes, rows, columns] (channels last if the image input is), one channel for a single class against
 * the rest, or class indices, [1, rows, columns] or [1, 1, rows, columns].
 * @throws SageError SAGE_517 for an output of another form
 */
export function sharesOf(
  model: AdapterModel,
  output: Tensor,
  data: Float32Array,
  placed: Placed | null,
): Shares {
  const { rows, columns, classes, at } = placesOf(model, output, data);
  const vector = new Float32Array(classes);
  let count = 0;
  let unsure = 0;
  for (let row = 0; row < rows; row++) {
    if (isMargin((row + 0.5) / rows, placed?.top_px, placed?.height_px)) continue;
    for (let column = 0; column < columns; column++) {
      if (isMargin((column + 0.5) / columns, placed?.left_px, placed?.width_px)) continue;
      const [label, probability] = at(row * columns + column);
      if (!(label >= 0 && label < classes)) continue;
      vector[label] = vector[label]! + 1;
      unsure += 1 - probability;
      count++;
    }
  }
  if (count === 0) return { vector, uncertainty: 1 };
  for (let k = 0; k < classes; k++) vector[k] = vector[k]! / count;
  return { vector, uncertainty: Math.min(1, Math.max(0, unsure / count)) };
}

/** Whether a position, 0..1 along one axis of the input, is in the margin. */
function isMargin(share: number, margin_px = 0, side_px = 1): boolean {
  const place_px = share * side_px;
  return place_px < margin_px || place_px > side_px - margin_px;
}

function placesOf(model: AdapterModel, { dims, type }: Tensor, data: Float32Array): Places {
  const whole = !type.startsWith('float');
  const four = dims.length === 4 && dims[0] === 1;
  const last = four && model.vision?.shape.at(-1) === 3 && dims[1] !== 1;
  const [classes = 0, rows = 0, columns = 0] = four
    ? last
      ? [dims[3], dims[1], dims[2]]
      : dims.slice(1)
    : dims.length === 3 && dims[0] === 1
      ? [0, dims[1], dims[2]]
      : [];
  const size = { rows, columns };
  if (rows > 0 && columns > 0) {
    if (classes === 0 || (classes === 1 && whole)) return mapOf(model, size, data);
    if (classes === 1) return oneAgainstRest(model, size, data);
    requireClasses(model, classes);
    return scoresOf(model, { ...size, classes }, data, last);
  }
  const told = `a segmenter outputs [1, classes, rows, columns] or [1, rows, columns], not [${dims.join(', ')}]`;
  throw new SageError('SAGE_517', model.id, told);
}

type Size = Pick<Places, 'rows' | 'columns'>;

/** Class indices; out-of-range ones, such as 255 for "ignore", are skipped. */
function mapOf({ id, classes }: AdapterModel, size: Size, data: Float32Array): Places {
  if (!data.every(Number.isInteger)) {
    throw new SageError('SAGE_517', id, 'a map without channels must hold class indices');
  }
  const count = classes.length === 0 ? CLASSES_OF_MAP : classes.length;
  return { ...size, classes: count, at: (place) => [data[place]!, 1] };
}

/** One channel: the probability of class 1, the one looked for; class 0 is everything else. */
function oneAgainstRest(model: AdapterModel, size: Size, data: Float32Array): Places {
  requireClasses(model, 2);
  return {
    ...size,
    classes: 2,
    at: (place) => {
      const own = data[place]!;
      const probability = model.adapter.softmax ? sigmoid(own) : own;
      return probability > 0.5 ? [1, probability] : [0, 1 - probability];
    },
  };
}

function scoresOf(
  { adapter }: AdapterModel,
  size: Omit<Places, 'at'>,
  data: Float32Array,
  channels_last: boolean,
): Places {
  const { rows, columns, classes } = size;
  const [step, stride] = channels_last ? [classes, 1] : [1, rows * columns];
  const own = new Float32Array(classes);
  return {
    ...size,
    at: (place) => {
      if (adapter.softmax) softmaxAt(data, place * step, classes, stride, own);
      else for (let k = 0; k < classes; k++) own[k] = data[place * step + k * stride]!;
      let best = 0;
      for (let k = 1; k < classes; k++) if (own[k]! > own[best]!) best = k;
      return [best, own[best]!];
    },
  };
}

/** @throws SageError SAGE_517 if the number of classes does not match the manifest */
export function requireClasses({ id, classes }: AdapterModel, count: number): void {
  if (classes.length === 0 || classes.length === count) return;
  throw new SageError(
    'SAGE_517',
    id,
    `it outputs ${count} classes, but the manifest names ${classes.length}`,
  );
}
