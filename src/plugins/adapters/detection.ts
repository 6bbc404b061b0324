import type { AdapterModel, Detection } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import type { Tensor } from '../../contracts/inference.js';
import { type Placed, toFrame } from './input.js';

/** Boxes that are compared with each other at most, the surest; of them at most DETECTIONS_MAX remain. */
const CANDIDATES_MAX = 300;
const DETECTIONS_MAX = 100;

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
  readonly boxes: number;
  readonly values: number;
  readonly row: number;
  readonly column: number;
  /** First class score; before it the objectness, where there is one. */
  readonly first_class: 4 | 5;
}

/**
 * YOLOv5 and its kin give [1, boxes, 5 + classes]: centre, size, objectness, classes. YOLOv8 and its kin give
 * [1, 4 + classes, boxes] without objectness. Without a layout the longer of the two axes is that of the boxes.
 */
function formOf({ id, adapter }: AdapterModel, { dims }: Tensor): Form {
  const [batch, a, b] = dims;
  if (dims.length !== 3 || batch !== 1 || a === undefined || b === undefined) {
    throw new SageError(
      'SAGE_517',
      id,
      `a detector gives [1, boxes, values] or [1, values, boxes], not [${dims.join(', ')}]`,
    );
  }
  const layout = adapter.layout ?? (a > b ? 'yolov5' : 'yolov8');
  const form: Form =
    layout === 'yolov5'
      ? { boxes: a, values: b, row: b, column: 1, first_class: 5 }
      : { boxes: b, values: a, row: 1, column: b, first_class: 4 };
  if (form.values <= form.first_class) {
    throw new SageError('SAGE_517', id, `${layout} with ${form.values} values a box has no classes`);
  }
  return form;
}

/** Boxes above score_min in pixels of the input, the surest first. */
function candidates(model: AdapterModel, output: Tensor): Box[] {
  const { boxes, values, row, column, first_class } = formOf(model, output);
  const data = output.data as Float32Array;
  const found: Box[] = [];
  for (let n = 0; n < boxes; n++) {
    const at = (k: number): number => data[n * row + k * column]!;
    const objectness = first_class === 5 ? at(4) : 1;
    if (objectness < model.adapter.score_min) continue;
    let label = 0;
    for (let k = 1; k < values - first_class; k++) {
      if (at(first_class + k) > at(first_class + label)) label = k;
    }
    const score = Math.min(1, objectness * at(first_class + label));
    if (!(score >= model.adapter.score_min)) continue;
    const [x, y, w, h] = [at(0), at(1), at(2), at(3)];
    found.push({ label, score, left: x - w / 2, top: y - h / 2, right: x + w / 2, bottom: y + h / 2 });
  }
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

/** The detections of one look, in pixels of the frame. @throws SageError SAGE_517 for an output of another form. */
export function detectionsOf(model: AdapterModel, output: Tensor, placed: Placed): Detection[] {
  const { region } = placed;
  const boxes = candidates(model, output).map((box): Detection => {
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
