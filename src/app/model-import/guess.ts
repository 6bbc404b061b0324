import type { ADAPTER_KINDS, DetectionLayout } from '../../contracts/adapter.js';
import type { TensorType } from '../../contracts/inference.js';
import { layoutOf } from '../../plugins/adapters/index.js';

export type AdapterKind = (typeof ADAPTER_KINDS)[number];

/** What is known of a model when its output has been seen once. */
export interface Seen {
  readonly type: TensorType;
  readonly dims: readonly number[];
  /** The numbers that it gave; of another type than floats they are not needed. */
  readonly data: Float32Array | null;
  /** What the exporter wrote beside the graph. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Names of its classes; empty where nobody names them. */
  readonly classes: readonly string[];
}

/** Tasks of Ultralytics, as its exports name them. */
const TASKS: ReadonlyMap<string, AdapterKind> = new Map([
  ['detect', 'detection'],
  ['segment', 'detection'],
  ['pose', 'detection'],
  ['obb', 'detection'],
  ['classify', 'classification'],
]);
/** As many classes as classifiers trained on ImageNet have, with and without one for the rest. */
const IMAGENET: readonly number[] = [1000, 1001, 21_841, 21_843];
/** A detector has at least so many boxes where it suppresses no doubles, and at most so many values for each. */
const BOXES_MIN = 1300;
const VALUES_MAX = 1100;
const ONE_TOLERANCE = 0.01;

/** What kind of model this is; null where it does not show. */
export function kindOf(seen: Seen): AdapterKind | null {
  const { dims, type, metadata, classes } = seen;
  const task = TASKS.get(metadata.get('task') ?? '');
  if (task) return task;
  const inner = dims[0] === 1 ? dims.slice(1) : dims;
  if (inner.length === 3 && (inner[1] ?? 0) > 1) return 'segmentation';
  const [a = 0, b = 0] = inner;
  if (inner.length === 2 && !type.startsWith('float')) return 'segmentation';
  if (inner.length === 2 && isDetection(a, b, classes.length)) return 'detection';
  const length = dims.reduce((product, dim) => product * dim, 1);
  const flat = inner.filter((dim) => dim !== 1).length <= 1;
  const counted = length === classes.length || IMAGENET.includes(length);
  return flat && (counted || isProbabilities(seen, length)) ? 'classification' : null;
}

function isDetection(a: number, b: number, classes: number): boolean {
  if (b === 6 || b === 7) return true;
  const [values, boxes] = a < b ? [a, b] : [b, a];
  return values > 4 && values <= VALUES_MAX && (boxes >= BOXES_MIN || values - 4 === classes);
}

/** What a detector's output looks like; `extra`: values behind its classes that are no boxes. */
export function detectionForm({ dims, metadata, classes }: Seen): {
  readonly layout: DetectionLayout;
  readonly extra: number;
} {
  const [a = 0, b = 0] = dims.slice(-2);
  const ready = metadata.get('end2end') === 'True' || /'nms': True/.test(metadata.get('args') ?? '');
  const layout = ready && (b === 6 || b === 7) ? 'end2end' : layoutOf(a, b);
  if (layout === 'end2end' || classes.length === 0) return { layout, extra: 0 };
  const values = layout === 'yolov5' ? b - 5 : a - 4;
  const more = values - classes.length;
  // Without this mark the names may be of another model; then there are no values of masks to pass over.
  const marked = /^(segment|pose|obb)$/.test(metadata.get('task') ?? '');
  return { layout, extra: marked && more > 0 ? more : 0 };
}

/** Whether the numbers are probabilities already: of each place they are 0 to 1 and add up to 1. */
export function isProbabilities({ data, dims }: Seen, classes: number): boolean {
  if (data === null || classes < 2 || data.length === 0) return false;
  if (data.some((value) => value < -1e-3 || value > 1 + ONE_TOLERANCE)) return false;
  const last = dims.at(-1) === classes && dims[1] !== classes;
  const places = data.length / classes;
  const [step, stride] = last ? [classes, 1] : [1, places];
  for (let place = 0; place < places; place++) {
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += data[place * step + k * stride]!;
    if (Math.abs(sum - 1) > ONE_TOLERANCE) return false;
  }
  return true;
}
