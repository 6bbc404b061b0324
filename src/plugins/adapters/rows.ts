import type { AdapterModel, DetectionLayout } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import type { Tensor } from '../../contracts/inference.js';

/** Detectors with built-in suppression have at most this many rows. */
const END2END_MAX = 1000;
/** Strides of YOLOX per level, px; large models have a fourth level. */
const STRIDES = [
  [8, 16, 32],
  [8, 16, 32, 64],
] as const;

/** A box in input pixels. */
export interface Box {
  readonly label: number;
  readonly score: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Height and width of the model input, px. */
export interface InputSize {
  readonly width_px: number;
  readonly height_px: number;
}

/** Strides into the output: value k of box `n` is at `n * row + k * column`. */
interface Form {
  readonly layout: DetectionLayout;
  readonly boxes: number;
  readonly values: number;
  readonly row: number;
  readonly column: number;
}

/**
 * Default interpretation of the two axes of a detector's output: six or seven values in few rows are finished
 * boxes; otherwise the longer axis is the boxes.
 */
export function layoutOf(a: number, b: number): DetectionLayout {
  if ((b === 6 || b === 7) && a <= END2END_MAX) return 'end2end';
  return a > b ? 'yolov5' : 'yolov8';
}

/**
 * YOLOv5 and relatives output [1, boxes, 5 + classes]: centre, size, objectness, classes; YOLOX the same in
 * units of its cells. YOLOv8 and relatives output [1, 4 + classes, boxes], without objectness. Models with
 * built-in suppression output finished rows, [1, boxes, 6] or [boxes, 6]: corners, score, class; YOLOv7 has
 * the image index first and the score last (7).
 */
function formOf({ id, adapter }: AdapterModel, { dims }: Tensor): Form {
  const [a, b] = dims.slice(-2);
  const one = dims.length === 3 ? dims[0] === 1 : dims.length === 2;
  if (!one || a === undefined || b === undefined) {
    const told = `a detector outputs [1, boxes, values] or [1, values, boxes], not [${dims.join(', ')}]`;
    throw new SageError('SAGE_517', id, told);
  }
  const layout = adapter.layout ?? layoutOf(a, b);
  if (layout === 'yolov8') return { layout, boxes: b, values: a, row: 1, column: b };
  return { layout, boxes: a, values: b, row: b, column: 1 };
}

/**
 * Number of classes in rows with a score per class. @throws SageError SAGE_517 if it does not match the
 * manifest.
 */
function scored({ id, adapter, classes }: AdapterModel, { layout, values }: Form): number {
  const before = layout === 'yolov8' ? 4 : 5;
  const count = values - before - adapter.extra;
  if (count < 1)
    throw new SageError('SAGE_517', id, `${layout} with ${values} values per box leaves none for classes`);
  if (classes.length > 0 && classes.length !== count) {
    const told = `${layout} with ${values} values per box has ${count} classes, but the manifest names ${classes.length}`;
    const masks = count > classes.length ? '; for mask or keypoint values after them, set extra' : '';
    throw new SageError('SAGE_517', id, told + masks);
  }
  return count;
}

/** Finished boxes: corners, score and class per row, in the order of `columns`. */
function readyBoxes({ id, adapter }: AdapterModel, data: Float32Array, form: Form): Box[] {
  const { boxes, values } = form;
  const columns = adapter.columns ?? (values - adapter.extra === 7 ? '_ltrbcs' : 'ltrbsc');
  if (values !== columns.length + adapter.extra) {
    const wanted = adapter.columns ? `${columns.length + adapter.extra} (${columns})` : '6 or 7';
    throw new SageError('SAGE_517', id, `end2end has ${wanted} values per box, not ${values}`);
  }
  const at = Object.fromEntries([...columns].map((letter, k) => [letter, k]));
  const found: Box[] = [];
  for (let n = 0; n < boxes; n++) {
    const value = (letter: string): number => data[n * values + at[letter]!]!;
    const score = Math.min(1, value('s'));
    if (!(score >= adapter.score_min)) continue;
    const [left, top, right, bottom] = [value('l'), value('t'), value('r'), value('b')];
    found.push({ label: value('c'), score, left, top, right, bottom });
  }
  return found;
}

const cellsAt = (stride: number, { width_px, height_px }: InputSize): number =>
  Math.floor(width_px / stride) * Math.floor(height_px / stride);

/** The YOLOX strides whose cells add up to this many boxes; undefined if none do. */
export function stridesOf(boxes: number, size: InputSize): readonly number[] | undefined {
  return STRIDES.find((all) => all.reduce((sum: number, each) => sum + cellsAt(each, size), 0) === boxes);
}

/**
 * Cell of each YOLOX box: position and stride, px. @throws SageError SAGE_517 if the number does not match.
 */
function cellsOf(id: string, boxes: number, size: InputSize): Float32Array {
  const { width_px, height_px } = size;
  const strides = stridesOf(boxes, size);
  if (!strides) {
    const told = `yolox with an image of ${height_px} × ${width_px} does not have ${boxes} cells at strides 8, 16, 32 (and 64)`;
    throw new SageError('SAGE_517', id, told);
  }
  const found = new Float32Array(3 * boxes);
  let at = 0;
  for (const stride of strides) {
    const columns = Math.floor(width_px / stride);
    for (let cell = 0; cell < cellsAt(stride, size); cell++) {
      found.set([cell % columns, Math.floor(cell / columns), stride], at);
      at += 3;
    }
  }
  return found;
}

/**
 * Boxes with a score per class: centre and size, objectness for YOLOv5 and YOLOX, classes. YOLOX: the centre
 * is relative to its cell and the size is an exponent, both in strides (Megvii YOLOX, `demo_postprocess`).
 */
function scoredBoxes(model: AdapterModel, data: Float32Array, form: Form, size: InputSize): Box[] {
  const classes = scored(model, form);
  const { layout, boxes, row, column } = form;
  const cells = layout === 'yolox' ? cellsOf(model.id, boxes, size) : null;
  const first_class = layout === 'yolov8' ? 4 : 5;
  const found: Box[] = [];
  for (let n = 0; n < boxes; n++) {
    const at = (k: number): number => data[n * row + k * column]!;
    const objectness = layout === 'yolov8' ? 1 : at(4);
    if (objectness < model.adapter.score_min) continue;
    let label = 0;
    for (let k = 1; k < classes; k++) {
      if (at(first_class + k) > at(first_class + label)) label = k;
    }
    const score = Math.min(1, objectness * at(first_class + label));
    if (!(score >= model.adapter.score_min)) continue;
    let [x, y, w, h] = [at(0), at(1), at(2), at(3)];
    if (cells) {
      const [column_at, row_at, stride] = cells.subarray(3 * n, 3 * n + 3);
      [x, y] = [(x + column_at!) * stride!, (y + row_at!) * stride!];
      [w, h] = [Math.exp(w) * stride!, Math.exp(h) * stride!];
    }
    found.push({ label, score, left: x - w / 2, top: y - h / 2, right: x + w / 2, bottom: y + h / 2 });
  }
  return found;
}

/**
 * Boxes from a single output, those at or above score_min.
 * @throws SageError SAGE_517 for an output of another form.
 */
export function boxesOfRows(model: AdapterModel, output: Tensor, data: Float32Array, size: InputSize): Box[] {
  const form = formOf(model, output);
  return form.layout === 'end2end' ? readyBoxes(model, data, form) : scoredBoxes(model, data, form, size);
}
