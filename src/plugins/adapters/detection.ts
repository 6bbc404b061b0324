import type { AdapterModel, Detection, DetectionLayout } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import type { Tensor } from '../../contracts/inference.js';
import { type Placed, toFrame } from './input.js';

/** Boxes that are compared with each other at most, the surest; of them at most DETECTIONS_MAX remain. */
const CANDIDATES_MAX = 300;
const DETECTIONS_MAX = 100;

/** Rows of a detector that ends with its own suppression; one that gives more boxes leaves that to others. */
const END2END_MAX = 1000;

interface Box {
  readonly label: number;
  readonly score: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Where the numbers of box `n` are in the output: value k of it is at `n * row + k * column`. */
interface Form {
  readonly layout: DetectionLayout;
  readonly boxes: number;
  readonly values: number;
  readonly row: number;
  readonly column: number;
}

/**
 * What the two axes of a detector's output are taken for where nobody says: six or seven values in few rows are boxes
 * that are ready; else the longer axis is that of the boxes.
 */
export function layoutOf(a: number, b: number): DetectionLayout {
  if ((b === 6 || b === 7) && a <= END2END_MAX) return 'end2end';
  return a > b ? 'yolov5' : 'yolov8';
}

/**
 * YOLOv5 and its kin give [1, boxes, 5 + classes]: centre, size, objectness, classes. YOLOv8 and its kin give
 * [1, 4 + classes, boxes] without objectness. Models that suppress doubles by themselves give rows that are ready,
 * [1, boxes, 6] or [boxes, 6]: corners, score, class; YOLOv7 has the picture's number first and the score last (7).
 */
function formOf({ id, adapter }: AdapterModel, { dims }: Tensor): Form {
  const [a, b] = dims.slice(-2);
  const one = dims.length === 3 ? dims[0] === 1 : dims.length === 2;
  if (!one || a === undefined || b === undefined) {
    const told = `a detector gives [1, boxes, values] or [1, values, boxes], not [${dims.join(', ')}]`;
    throw new SageError('SAGE_517', id, told);
  }
  const layout = adapter.layout ?? layoutOf(a, b);
  if (layout === 'yolov8') return { layout, boxes: b, values: a, row: 1, column: b };
  return { layout, boxes: a, values: b, row: b, column: 1 };
}

/** The classes of a box that has each one's score. @throws SageError SAGE_517 where they are not those of the manifest. */
function scored({ id, adapter, classes }: AdapterModel, { layout, values }: Form): number {
  const before = layout === 'yolov5' ? 5 : 4;
  const count = values - before - adapter.extra;
  if (count < 1) throw new SageError('SAGE_517', id, `${layout} with ${values} values a box has no classes`);
  if (classes.length > 0 && classes.length !== count) {
    const told = `${layout} with ${values} values a box has ${count} classes, its manifest names ${classes.length}`;
    const masks = count > classes.length ? '; for values of masks or keypoints behind them set extra' : '';
    throw new SageError('SAGE_517', id, told + masks);
  }
  return count;
}

/** Boxes that are ready: corners, score and class in each row. */
function readyBoxes({ id, adapter }: AdapterModel, data: Float32Array, form: Form): Box[] {
  const { boxes, values } = form;
  if (values !== 6 && values !== 7) {
    throw new SageError('SAGE_517', id, `end2end has 6 or 7 values a box, not ${values}`);
  }
  const found: Box[] = [];
  for (let n = 0; n < boxes; n++) {
    const at = n * values;
    const [first, score_at, class_at] = values === 6 ? [at, at + 4, at + 5] : [at + 1, at + 6, at + 5];
    const score = Math.min(1, data[score_at]!);
    if (!(score >= adapter.score_min)) continue;
    const [left, top, right, bottom] = data.subarray(first, first + 4);
    found.push({ label: data[class_at]!, score, left: left!, top: top!, right: right!, bottom: bottom! });
  }
  return found;
}

/** Boxes with a score for each class: centre and size, objectness with YOLOv5, classes. */
function scoredBoxes(model: AdapterModel, data: Float32Array, form: Form): Box[] {
  const classes = scored(model, form);
  const { layout, boxes, row, column } = form;
  const first_class = layout === 'yolov5' ? 5 : 4;
  const found: Box[] = [];
  for (let n = 0; n < boxes; n++) {
    const at = (k: number): number => data[n * row + k * column]!;
    const objectness = layout === 'yolov5' ? at(4) : 1;
    if (objectness < model.adapter.score_min) continue;
    let label = 0;
    for (let k = 1; k < classes; k++) {
      if (at(first_class + k) > at(first_class + label)) label = k;
    }
    const score = Math.min(1, objectness * at(first_class + label));
    if (!(score >= model.adapter.score_min)) continue;
    const [x, y, w, h] = [at(0), at(1), at(2), at(3)];
    found.push({ label, score, left: x - w / 2, top: y - h / 2, right: x + w / 2, bottom: y + h / 2 });
  }
  return found;
}

/** Boxes above score_min in pixels of the input, the surest first. */
function candidates(model: AdapterModel, output: Tensor, data: Float32Array): Box[] {
  const form = formOf(model, output);
  const found = form.layout === 'end2end' ? readyBoxes(model, data, form) : scoredBoxes(model, data, form);
  return found.sort((a, b) => b.score - a.score).slice(0, CANDIDATES_MAX);
}

/** Intersection over union of two boxes, 0..1. */
export function iou(a: Omit<Detection, 'label' | 'score'>, b: Omit<Detection, 'label' | 'score'>): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  const area = (box: typeof a): number => (box.right - box.left) * (box.bottom - box.top);
  return both / (area(a) + area(b) - both);
}

/** Of boxes of one class that overlap by more than `iou_max` only the surest stays (non-maximum suppression). */
export function suppress(detections: readonly Detection[], iou_max: number): Detection[] {
  const kept: Detection[] = [];
  for (const each of [...detections].sort((a, b) => b.score - a.score)) {
    if (kept.length >= DETECTIONS_MAX) break;
    if (kept.every((other) => other.label !== each.label || iou(other, each) <= iou_max)) kept.push(each);
  }
  return kept;
}

/**
 * The detections of one look, in pixels of the frame. @param data the output's numbers
 * @throws SageError SAGE_517 for an output of another form.
 */
export function detectionsOf(
  model: AdapterModel,
  output: Tensor,
  data: Float32Array,
  placed: Placed,
): Detection[] {
  const { region } = placed;
  const boxes = candidates(model, output, data).map((box): Detection => {
    const [left, top] = toFrame(placed, box.left, box.top);
    const [right, bottom] = toFrame(placed, box.right, box.bottom);
    return {
      label: model.classes[box.label] ?? `class ${box.label}`,
      score: box.score,
      left: Math.max(region.left, left),
      top: Math.max(region.top, top),
      right: Math.min(region.left + region.width, right),
      bottom: Math.min(region.top + region.height, bottom),
    };
  });
  return suppress(boxes, model.adapter.iou_max);
}
