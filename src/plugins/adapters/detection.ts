import type { AdapterModel, Detection } from '../../contracts/adapter.js';
import type { Tensor } from '../../contracts/inference.js';
import { boxesOfHeads } from './heads.js';
import { type Placed, toFrame } from './input.js';
import { type Box, boxesOfRows } from './rows.js';
import { floats } from './values.js';

/** Boxes considered for suppression, best first; at most DETECTIONS_MAX of them are kept. */
const CANDIDATES_MAX = 300;
const DETECTIONS_MAX = 100;

/** Boxes above score_min in input pixels, best first. */
function candidates(model: AdapterModel, tensors: Readonly<Record<string, Tensor>>, placed: Placed): Box[] {
  const { heads } = model.adapter;
  const output = tensors[model.output.name]!;
  const found = heads
    ? boxesOfHeads(model, heads, tensors, placed)
    : boxesOfRows(model, output, floats(model, output), placed);
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

/**
 * Non-maximum suppression: among boxes of one class that overlap by more than `iou_max`, only the best is
 * kept.
 */
export function suppress(detections: readonly Detection[], iou_max: number): Detection[] {
  const kept: Detection[] = [];
  for (const each of [...detections].sort((a, b) => b.score - a.score)) {
    if (kept.length >= DETECTIONS_MAX) break;
    if (kept.every((other) => other.label !== each.label || iou(other, each) <= iou_max)) kept.push(each);
  }
  return kept;
}

/**
 * The detections of one look, in frame pixels. @param tensors the requested outputs
 * @throws SageError SAGE_517 for outputs of another form.
 */
export function detectionsOf(
  model: AdapterModel,
  tensors: Readonly<Record<string, Tensor>>,
  placed: Placed,
): Detection[] {
  const { region } = placed;
  const boxes = candidates(model, tensors, placed).map((box): Detection => {
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
