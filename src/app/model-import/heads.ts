import type { DetectionHeads } from '../../contracts/adapter.js';
import type { Tensor } from '../../contracts/inference.js';
import { numbersOf } from '../../plugins/adapters/index.js';

/** Of rows that hold a box this share must look like one. */
const MOST = 0.95;
/** What lies farther beside the picture than this share of its side is no box. */
const BESIDE = 1;
/** Boxes in shares of the sides reach a little beyond the picture, those in pixels far beyond 1. */
const SHARE_MAX = 2;
const ONE_TOLERANCE = 0.01;
/** Classes of models that are trained with one more for nothing, which is the last: DETR on COCO, and on its panoptic part. */
const WITH_NOTHING: readonly number[] = [92, 251];

/** An output that was seen once. */
interface Output {
  readonly name: string;
  readonly dims: readonly number[];
  readonly whole: boolean;
  readonly values: Float32Array;
}

/** What a detector's outputs are, and where they are of a detector that cannot be read, why. */
export type Found =
  | { readonly heads: DetectionHeads; readonly classes: readonly string[] }
  | { readonly refused: string };

const outputsOf = (tensors: Readonly<Record<string, Tensor>>): readonly Output[] =>
  Object.entries(tensors).flatMap(([name, tensor]) => {
    const values = numbersOf(tensor);
    return values === null
      ? []
      : [{ name, dims: tensor.dims, whole: !tensor.type.startsWith('float'), values }];
  });

/** Without the dimensions of 1 in front, those between, and what is called a batch: [boxes, 4], [boxes], … */
function innerOf({ dims }: Output): readonly number[] {
  const last = dims.at(-1) ?? 0;
  const before = dims.slice(0, -1);
  const rows = before.filter((dim) => dim !== 1);
  return [...(rows.length === 0 && before.length > 0 ? [1] : rows), last];
}

const named = (outputs: readonly Output[], ...patterns: readonly RegExp[]): Output | undefined =>
  patterns.flatMap((pattern) => outputs.filter(({ name }) => pattern.test(name.toLowerCase())))[0];

/** How many boxes an output is of, and how many numbers each has; null where it is of no such form. */
function boxRows(output: Output): { readonly count: number; readonly width: number } | null {
  const [count, width, ...more] = innerOf(output);
  if (count === undefined || more.length > 0 || (width !== 4 && width !== 5) || output.whole) return null;
  return { count, width };
}

/**
 * What stands where in the outputs of a detector that has several (torchvision, TensorFlow's Object Detection API,
 * DETR and its kin, mmdeploy, SSD, YOLO-NAS): by their names and shapes, and by what they gave for one picture.
 * @param size height and width of the input, px
 * @returns null where these are no such outputs
 */
export function headsOf(
  tensors: Readonly<Record<string, Tensor>>,
  size: readonly [number, number],
  classes: readonly string[],
  channels_last: boolean,
): Found | null {
  const all = outputsOf(tensors);
  if (all.length < 2) return null;
  const candidates = all.filter(
    (output) => boxRows(output) !== null && !/^raw_|anchor|prior/i.test(output.name),
  );
  const boxes = named(candidates, /detection_boxes/, /box|det/, /loc|coord|regress/, /.*/);
  const rows = boxes ? boxRows(boxes) : null;
  if (!boxes || !rows) return null;
  const others = all.filter(
    (output) => output !== boxes && !/^raw_|multiclass|anchor|prior/i.test(output.name),
  );
  const parts = partsOf(others, rows);
  if (parts === null) return null;
  const { scores, labels, count } = parts;
  const tensorflow = /^detection_boxes/.test(boxes.name) || (channels_last && count !== undefined);
  const box = boxForm(boxes, rows, size, tensorflow, scores);
  if (box === null || all.some(({ name }) => /^(anchors|priors?|(bbox_)?regression)$/i.test(name))) {
    const told = `"${boxes.name}" has anchor offsets instead of boxes`;
    return { refused: `${told}; export the model with decoding: ${HOW}` };
  }
  const judged = judgedBy(scores, labels, rows.count, classes);
  const class_from = labels ? firstClass(labels, judged.classes, tensorflow) : 0;
  return {
    classes: judged.classes,
    heads: {
      boxes: boxes.name,
      ...(scores ? { scores: scores.name } : {}),
      ...(labels ? { classes: labels.name } : {}),
      ...(count ? { count: count.name } : {}),
      ...box,
      activation: judged.activation,
      background: judged.background,
      class_from,
    },
  };
}

const HOW = 'torchvision: the whole model; EfficientDet, RetinaNet: with postprocessing; YOLO: with its grid';

interface Parts {
  readonly scores: Output | undefined;
  readonly labels: Output | undefined;
  readonly count: Output | undefined;
}

/** Scores, classes and how many boxes count, among the other outputs; null where nothing is their score. */
function partsOf(
  others: readonly Output[],
  rows: { readonly count: number; readonly width: number },
): Parts | null {
  const perBox = others.filter(({ values }) => values.length === rows.count);
  const count = named(
    others.filter(({ values }) => values.length === 1),
    /num|count|valid/,
  );
  const rest = perBox.filter((output) => output !== count);
  const labels = named(rest, /class|label|(^|_)cls/) ?? rest.find(({ whole }) => whole);
  const single = rest.filter((output) => output !== labels && !output.whole);
  const perClass = others.filter((output) => {
    const [boxes, classes = 0] = innerOf(output);
    return !output.whole && output.dims.length > 1 && boxes === rows.count && classes > 1 && rows.count !== 1;
  });
  const scores =
    rows.width === 5
      ? undefined
      : (named(single, /score|conf|prob/) ??
        (labels ? single[0] : undefined) ??
        named(perClass, /score|conf|prob|logit|cls|class/) ??
        single[0] ??
        perClass[0]);
  if (rows.width === 4 && !scores) return null;
  if (rows.width === 5 && !labels) return null;
  return { scores, labels: scores && perClass.includes(scores) ? undefined : labels, count };
}

type BoxForm = Pick<DetectionHeads, 'form' | 'unit'>;

/** Whether boxes are corners or centre and size, in pixels or shares, by the numbers of one picture; null: neither. */
function boxForm(
  { name, values }: Output,
  { count, width }: { readonly count: number; readonly width: number },
  [rows, columns]: readonly [number, number],
  tensorflow: boolean,
  scores: Output | undefined,
): BoxForm | null {
  const boxes = Array.from({ length: count }, (_, n) => values.subarray(n * width, n * width + 4)).filter(
    (box) => box.some((value) => value !== 0),
  );
  const corner = tensorflow ? 'tlbr' : 'ltrb';
  if (boxes.length === 0) {
    const detr = /^pred_boxes$/.test(name) && /logits/.test(scores?.name ?? '');
    if (detr) return { form: 'cxcywh', unit: 'share' };
    return { form: corner, unit: tensorflow ? 'share' : 'pixels' };
  }
  const largest = boxes.reduce((most, box) => Math.max(most, ...box), 0);
  const unit = largest <= SHARE_MAX ? 'share' : 'pixels';
  const [high, wide] = unit === 'share' ? [1, 1] : [rows, columns];
  const side = Math.max(high, wide) * (1 + BESIDE);
  const inside = boxes.filter((box) => box.every((value) => value >= -side && value <= side)).length;
  if (inside < MOST * boxes.length) return null;
  const share = (is: (box: Float32Array) => boolean): number => boxes.filter(is).length / boxes.length;
  if (share(([l, t, r, b]) => r! >= l! && b! >= t!) >= MOST) return { form: corner, unit };
  const sized = ([x, y, w, h]: Float32Array): boolean => x! >= 0 && y! >= 0 && w! >= 0 && h! >= 0;
  return share(sized) >= MOST ? { form: 'cxcywh', unit } : null;
}

type Judged = Pick<DetectionHeads, 'activation' | 'background'> & { readonly classes: readonly string[] };

/** How scores become probabilities, and which of the classes is none. */
function judgedBy(
  scores: Output | undefined,
  labels: Output | undefined,
  boxes: number,
  names: readonly string[],
): Judged {
  const plain = { activation: 'none', background: 'none', classes: names } as const;
  if (!scores || scores.values.length === 0) return plain;
  const { values } = scores;
  const ready = values.every((value) => value >= -1e-3 && value <= 1 + ONE_TOLERANCE);
  const classes = Math.round(values.length / boxes);
  if (labels || classes === 1) return { ...plain, activation: ready ? 'none' : 'sigmoid' };
  const together = ready && sumsToOne(values, classes);
  const nothing = nothingOf(values, classes);
  // Without names only the last class can be known for nothing: the first may be that of people, seen in every shadow.
  const one_more = names.length === 0 ? nothing === 'last' : names.length === classes - 1;
  const softmax = ready ? together : one_more || WITH_NOTHING.includes(classes);
  if (!softmax) return { ...plain, activation: ready ? 'none' : 'sigmoid' };
  const first = /^(__background__|background|bg|nothing|none)$/i.test(names[0] ?? '');
  const background = first || (ready && nothing === 'first') ? 'first' : 'last';
  const own =
    names.length === classes ? (background === 'first' ? names.slice(1) : names.slice(0, -1)) : names;
  return { activation: ready ? 'none' : 'softmax', background, classes: own };
}

function sumsToOne(values: Float32Array, classes: number): boolean {
  for (let at = 0; at < values.length; at += classes) {
    const sum = values.subarray(at, at + classes).reduce((all, value) => all + value, 0);
    if (Math.abs(sum - 1) > ONE_TOLERANCE) return false;
  }
  return true;
}

/** Where the class for nothing stands, if one does: most boxes of a picture without things are of it. */
function nothingOf(values: Float32Array, classes: number): 'none' | 'first' | 'last' {
  let first = 0;
  let last = 0;
  for (let at = 0; at < values.length; at += classes) {
    const row = values.subarray(at, at + classes);
    const best = row.indexOf(Math.max(...row));
    if (best === 0) first++;
    if (best === classes - 1) last++;
  }
  const most = 0.6 * (values.length / classes);
  return last > most ? 'last' : first > most ? 'first' : 'none';
}

/** The number of the first class: TensorFlow begins at 1, unless the list has a name for 0; else 1 where 0 would be one too many. */
function firstClass({ values }: Output, names: readonly string[], tensorflow: boolean): number {
  if (names.length > 0 && values.some((value) => value >= names.length)) return 1;
  if (tensorflow) return /^(__background__|background|bg|\?+|n\/a)$/i.test(names[0] ?? '') ? 0 : 1;
  return 0;
}

/**
 * Why outputs are those of a detector whose boxes are still to be made: maps of its levels, each half as large as the
 * one before; or null.
 */
export function rawLevels(tensors: Readonly<Record<string, Tensor>>): string | null {
  const sides = Object.values(tensors).flatMap(({ dims, type }) => {
    if (!type.startsWith('float') || dims.length < 4) return [];
    const inner = dims.slice(1).filter((dim) => dim > 1);
    return inner.length < 3 ? [] : [inner];
  });
  const halved = sides.some((a) =>
    sides.some(
      (b) =>
        a.length === b.length &&
        a.filter((dim, i) => dim !== b[i]).length === 2 &&
        a.every((dim, i) => dim === b[i] || dim === 2 * b[i]!),
    ),
  );
  return halved
    ? `its outputs are the raw feature levels of a detector; export it with decoding: ${HOW}; or pass --kind`
    : null;
}
