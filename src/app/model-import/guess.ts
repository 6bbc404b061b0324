import type { ADAPTER_KINDS, AdapterDeclaration, DetectionLayout } from '../../contracts/adapter.js';
import type { TensorType } from '../../contracts/inference.js';
import { layoutOf, stridesOf } from '../../plugins/adapters/index.js';

export type AdapterKind = (typeof ADAPTER_KINDS)[number];

/** What is known about a model once its output has been seen. */
export interface Seen {
  readonly name: string;
  readonly type: TensorType;
  readonly dims: readonly number[];
  /** The numbers that it gave; of another type than floats they are not needed. */
  readonly data: Float32Array | null;
  /** What the exporter wrote beside the graph. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Names of its classes; empty where nobody names them. */
  readonly classes: readonly string[];
  /** Height and width of its picture, px. */
  readonly input: readonly [number, number];
  /** Channels of the maps that masks are made of, where another output has them; else 0. */
  readonly masks: number;
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
/** Values behind the one class of a model of people's poses: 17 points of COCO, three each. */
const POINTS = 51;
const VALUES_MAX = 1100;
const ONE_TOLERANCE = 0.01;
/** Outputs that are an embedding, the best first, as Hugging Face and OpenCLIP name them. */
const EMBEDDINGS = [
  /^image_(embeds?|embeddings?|features?)$/,
  /^pooler_output$/,
  /^(sentence_|class_)?(embeddings?|embeds?|features?)$/,
  /^last_hidden_state$/,
] as const;

/** The output that by its name is an embedding. */
export function embeddingOf(names: readonly string[]): string | undefined {
  return EMBEDDINGS.flatMap((pattern) => names.filter((name) => pattern.test(name.toLowerCase())))[0];
}

/** What kind of model this is; null where it does not show. */
export function kindOf(seen: Seen): AdapterKind | null {
  const { dims, type, metadata, classes } = seen;
  const task = TASKS.get(metadata.get('task') ?? '');
  if (task) return task;
  if (embeddingOf([seen.name])) return 'embedding';
  const inner = dims[0] === 1 ? dims.slice(1) : dims;
  if (inner.length === 3 && (inner[1] ?? 0) > 1) return isMap(inner, seen.input) ? 'segmentation' : null;
  const [a = 0, b = 0] = inner;
  if (inner.length === 2 && !type.startsWith('float')) return 'segmentation';
  if (inner.length === 2 && isDetection(a, b, classes.length)) return 'detection';
  const length = dims.reduce((product, dim) => product * dim, 1);
  const flat = inner.filter((dim) => dim !== 1).length <= 1;
  const counted = length === classes.length || IMAGENET.includes(length);
  const logits = seen.name === 'logits' && length > 1;
  return flat && (counted || logits || isProbabilities(seen, length)) ? 'classification' : null;
}

function isDetection(a: number, b: number, classes: number): boolean {
  if (b === 6 || b === 7) return true;
  const [values, boxes] = a < b ? [a, b] : [b, a];
  const fits = boxes >= BOXES_MIN || (classes > 0 && [4, 5].includes(values - classes));
  return values > 4 && values <= VALUES_MAX && fits;
}

/** What a detector's output looks like; `extra`: values behind its classes that are no boxes. */
export function detectionForm(seen: Seen): Pick<AdapterDeclaration, 'extra' | 'columns'> & {
  readonly layout: DetectionLayout;
} {
  const { dims, metadata, classes, masks } = seen;
  const [a = 0, b = 0] = dims.slice(-2);
  // Without this mark the names may be of another model; then there are no values of masks to pass over.
  const marked = /^(segment|pose|obb)$/.test(metadata.get('task') ?? '');
  const ready = metadata.get('end2end') === 'True' || /'nms': True/.test(metadata.get('args') ?? '');
  if (ready && marked && b > 6 && a > 1) return { layout: 'end2end', extra: b - 6 };
  const layout = ready && (b === 6 || b === 7) ? 'end2end' : layoutOf(a, b);
  if (layout === 'end2end') return { layout, extra: 0, ...columnsOf(seen, b) };
  if (layout === 'yolov5' && inCells(seen, b)) return { layout: 'yolox', extra: 0 };
  const values = layout === 'yolov5' ? b - 5 : a - 4;
  const more = classes.length === 0 ? 0 : values - classes.length;
  if (marked) return { layout, extra: Math.max(0, more) };
  // The mark is lost where another program has written the file since.
  const behind = masks > 0 && masks < values ? masks : values === 1 + POINTS ? POINTS : 0;
  return { layout, extra: classes.length === 0 || more === behind ? behind : 0 };
}

/** The forms of ready rows, the usual one first: then those of PaddleDetection, and of YOLO-NAS. */
const ROWS: Readonly<Record<number, readonly string[]>> = {
  6: ['ltrbsc', 'csltrb'],
  7: ['_ltrbcs', '_ltrbsc'],
};
/** EfficientDet of AutoML has y before x; by its numbers it looks like YOLO-NAS. */
const AUTOML = { name: /^detections(:0)?$/, columns: '_tlbrsc' } as const;

/** What the values of ready rows are, where they are not the usual: classes are whole numbers, scores 0 to 1. */
function columnsOf({ name, data, metadata }: Seen, width: number): { readonly columns?: string } {
  if (data === null || metadata.get('task') === 'detect') return {};
  const [usual, ...others] = ROWS[width] ?? [];
  const rows = Array.from({ length: data.length / width }, (_, n) =>
    data.subarray(n * width, (n + 1) * width),
  );
  const used = rows.filter((row) => row.some((value) => value !== 0));
  const fits = (columns: string): boolean =>
    used.every((row) => {
      const [label, score] = [row[columns.indexOf('c')]!, row[columns.indexOf('s')]!];
      return Number.isInteger(label) && label >= -1 && score >= 0 && score <= 1 + ONE_TOLERANCE;
    });
  if (used.length === 0 || usual === undefined || fits(usual)) return {};
  const found = others.find(fits);
  if (found === undefined) return {};
  return { columns: width === 7 && AUTOML.name.test(name) ? AUTOML.columns : found };
}

/** Of rows with a box each for every cell: whether they count from their cell, as YOLOX has them before decoding. */
function inCells({ data, dims, input }: Seen, width: number): boolean {
  const [rows, columns] = input;
  const boxes = dims.at(-2) ?? 0;
  if (data === null || !stridesOf(boxes, { width_px: columns, height_px: rows })) return false;
  let farthest = 0;
  for (let n = 0; n < boxes; n++) farthest = Math.max(farthest, data[n * width]!);
  // Decoded centres reach to the right side of the picture, however little the model was trained.
  return farthest < columns / 2;
}

/**
 * Whether the numbers are probabilities already: of each place they are 0 to 1 and add up to 1; one for each of many
 * places, for one class against the rest, need only be 0 to 1.
 */
export function isProbabilities({ type, data, dims }: Seen, classes: number): boolean {
  if (!type.startsWith('float') || data === null || classes < 1 || data.length < 2) return false;
  if (data.some((value) => value < -1e-3 || value > 1 + ONE_TOLERANCE)) return false;
  if (classes === 1) return true;
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

/**
 * Whether two neighbouring dimensions are the rows and columns of a map of the picture: of its aspect, within a cell.
 * @param inner the dimensions behind that of the batch
 * @param input height and width of the picture, px
 */
export function isMap(inner: readonly number[], [height, width]: readonly [number, number]): boolean {
  return inner.some((rows, at) => {
    const columns = inner[at + 1];
    if (columns === undefined || rows < 2 || columns < 2) return false;
    return Math.abs(rows * width - columns * height) <= Math.max(height, width);
  });
}
