import type { AdapterModel, DetectionHeads } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import type { Tensor } from '../../contracts/inference.js';
import type { Box, InputSize } from './rows.js';
import { requireClasses } from './segmentation.js';
import { sigmoid, softmaxAt } from './softmax.js';
import { floats } from './values.js';

/** Best class of a box and its score; negative label for background. */
type Judge = (n: number) => readonly [label: number, score: number];

/** Converts the four numbers of a box to corners, in the same unit. */
function corners(form: DetectionHeads['form'], a: number, b: number, c: number, d: number) {
  switch (form) {
    case 'ltrb':
      return [a, b, c, d] as const;
    case 'tlbr':
      return [b, a, d, c] as const;
    case 'cxcywh':
      return [a - c / 2, b - d / 2, a + c / 2, b + d / 2] as const;
  }
}

/** One score per box, with its class in another output if there is one. */
function byBox(heads: DetectionHeads, scores: (n: number) => number, classes: Float32Array | null): Judge {
  const probability = heads.activation === 'sigmoid' ? sigmoid : (score: number) => score;
  return (n) => [classes ? classes[n]! - heads.class_from : 0, probability(scores(n))];
}

/** A score per box and class; the background column is skipped. */
function byClass(model: AdapterModel, heads: DetectionHeads, scores: Float32Array, count: number): Judge {
  const { activation, background } = heads;
  const begin = background === 'first' ? 1 : 0;
  const end = background === 'last' ? count - 1 : count;
  requireClasses(model, end - begin);
  const own = new Float32Array(count);
  return (n) => {
    if (activation === 'softmax') softmaxAt(scores, n * count, count, 1, own);
    else for (let k = 0; k < count; k++) own[k] = scores[n * count + k]!;
    let best = begin;
    for (let k = begin + 1; k < end; k++) if (own[k]! > own[best]!) best = k;
    return [best - begin, activation === 'sigmoid' ? sigmoid(own[best]!) : own[best]!];
  };
}

/** Selects how the scores are read. @throws SageError SAGE_517 if they do not match the number of boxes. */
function judgeOf(
  model: AdapterModel,
  heads: DetectionHeads,
  numbers: (name: string) => Float32Array,
  boxes: { readonly count: number; readonly width: number },
): Judge {
  const classes = heads.classes === undefined ? null : numbers(heads.classes);
  const refuse = (name: string, length: number): never => {
    const told = `output "${name}" has ${length} numbers for ${boxes.count} boxes`;
    throw new SageError('SAGE_517', model.id, told);
  };
  if (classes && classes.length !== boxes.count) refuse(heads.classes!, classes.length);
  if (heads.scores === undefined) {
    if (boxes.width !== 5) throw new SageError('SAGE_517', model.id, 'its heads have no scores output');
    const behind = numbers(heads.boxes);
    return byBox(heads, (n) => behind[n * 5 + 4]!, classes);
  }
  const scores = numbers(heads.scores);
  const each = scores.length / boxes.count;
  if (!Number.isInteger(each) || each < 1 || (classes && each !== 1)) refuse(heads.scores, scores.length);
  if (classes || each === 1) return byBox(heads, (n) => scores[n]!, classes);
  return byClass(model, heads, scores, each);
}

/**
 * Boxes of a detector with separate outputs for boxes, scores and classes (torchvision, TensorFlow, DETR, …),
 * those at or above score_min, in input pixels. Zero rows means no boxes.
 * @throws SageError SAGE_517 for outputs of another form.
 */
export function boxesOfHeads(
  model: AdapterModel,
  heads: DetectionHeads,
  tensors: Readonly<Record<string, Tensor>>,
  { width_px, height_px }: InputSize,
): Box[] {
  const numbers = (name: string): Float32Array => {
    const tensor = tensors[name];
    if (!tensor) throw new SageError('SAGE_517', model.id, `it returned no output "${name}"`);
    return floats(model, tensor);
  };
  const data = numbers(heads.boxes);
  const { dims } = tensors[heads.boxes]!;
  const width = dims.at(-1) ?? 0;
  if (width !== 4 && width !== 5) {
    const told = `output "${heads.boxes}" is [${dims.join(', ')}]; boxes must be [1, boxes, 4] or [boxes, 4]`;
    throw new SageError('SAGE_517', model.id, told);
  }
  const count = data.length / width;
  if (count === 0) return [];
  const judge = judgeOf(model, heads, numbers, { count, width });
  const filled = heads.count === undefined ? count : Math.min(count, numbers(heads.count)[0] ?? count);
  const [sx, sy] = heads.unit === 'share' ? [width_px, height_px] : [1, 1];
  const found: Box[] = [];
  for (let n = 0; n < filled; n++) {
    const [label, probability] = judge(n);
    const score = Math.min(1, probability);
    if (!(score >= model.adapter.score_min) || label < 0) continue;
    const at = n * width;
    const [l, t, r, b] = corners(heads.form, data[at]!, data[at + 1]!, data[at + 2]!, data[at + 3]!);
    found.push({ label, score, left: l * sx, top: t * sy, right: r * sx, bottom: b * sy });
  }
  return found;
}
