import type { AdapterModel, Detection } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import { fromHalf } from '../../contracts/half.js';
import type { Tensor } from '../../contracts/inference.js';
import { detectionsOf, suppress } from './detection.js';
import type { Placed } from './input.js';
import { requireClasses, sharesOf } from './segmentation.js';
import { sigmoid, softmaxAt } from './softmax.js';

/** Classes that stand in an answer at most. */
const LABELS_MAX = 5;
const EMBEDDING_MAX = 65_536;
/** Classes of a detector whose manifest names none: as many for each picture, as salience compares one with the next. */
const UNNAMED = Array.from({ length: 256 }, (_, k) => `class ${k}`);

/** What one look gave: numbers that can be averaged over looks, and boxes. */
export interface Part {
  /** Probability or share per class, or the embedding. */
  readonly vector: Float32Array;
  readonly uncertainty: number;
  readonly detections: readonly Detection[];
}

/** What the model gave, as float32. @throws SageError SAGE_517 where it is of no numbers */
function floats(model: AdapterModel, { type, data, dims }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  if (type === 'bool')
    throw new SageError('SAGE_517', model.id, `its output is of truth values: [${dims.join(', ')}]`);
  if (type === 'float16') return fromHalf(data as Uint16Array);
  return Float32Array.from(data as ArrayLike<number | bigint>, Number);
}

/** Entropy over that of knowing nothing, 0..1. */
function relativeEntropy(probabilities: Float32Array): number {
  if (probabilities.length < 2) return 0;
  let sum = 0;
  for (const p of probabilities) if (p > 0) sum -= p * Math.log(p);
  return Math.min(1, Math.max(0, sum / Math.log(probabilities.length)));
}

function classification(model: AdapterModel, output: Tensor): Part {
  const data = floats(model, output);
  if (output.dims.filter((dim) => dim !== 1).length > 1 || data.length === 0) {
    const told = `a classifier gives [1, classes], not [${output.dims.join(', ')}]`;
    throw new SageError('SAGE_517', model.id, told);
  }
  const vector = data.length === 1 ? thisOrNot(data[0]!, model) : Float32Array.from(data);
  requireClasses(model, vector.length);
  if (model.adapter.softmax && data.length > 1) softmaxAt(data, 0, data.length, 1, vector);
  return { vector, uncertainty: relativeEntropy(vector), detections: [] };
}

/** One number says how much the picture is of the class that is looked for, class 1; class 0 is the rest. */
function thisOrNot(score: number, { adapter }: AdapterModel): Float32Array {
  const probability = adapter.softmax ? sigmoid(score) : score;
  return Float32Array.of(1 - probability, probability);
}

function embedding(model: AdapterModel, output: Tensor): Part {
  const data = floats(model, output);
  if (data.length === 0 || data.length > EMBEDDING_MAX) {
    const told = `an embedding of ${data.length} numbers; 1 to ${EMBEDDING_MAX} are taken`;
    throw new SageError('SAGE_517', model.id, told);
  }
  return { vector: Float32Array.from(data), uncertainty: 0, detections: [] };
}

function detection(model: AdapterModel, output: Tensor, placed: Placed | null): Part {
  if (placed === null)
    throw new SageError('SAGE_517', model.id, 'a detector needs a picture to find boxes in');
  return detectionPart(model, detectionsOf(model, output, floats(model, output), placed));
}

/** Per class the score of its surest box; unsure as the boxes are in the mean, and not at all where there are none. */
function detectionPart(model: AdapterModel, detections: readonly Detection[]): Part {
  const names = model.classes.length > 0 ? model.classes : UNNAMED;
  const vector = new Float32Array(names.length);
  let unsure = 0;
  for (const { label, score } of detections) {
    const at = names.indexOf(label);
    if (at >= 0) vector[at] = Math.max(vector[at]!, score);
    unsure += (1 - score) / detections.length;
  }
  return { vector, uncertainty: unsure, detections };
}

/** What one look means. @throws SageError SAGE_517 for an output of another form than the adapter's. */
export function partOf(model: AdapterModel, output: Tensor, placed: Placed | null): Part {
  switch (model.adapter.kind) {
    case 'classification':
      return classification(model, output);
    case 'detection':
      return detection(model, output, placed);
    case 'segmentation':
      return { ...sharesOf(model, output, floats(model, output), placed), detections: [] };
    case 'embedding':
      return embedding(model, output);
  }
}

/** Several looks together: boxes of all, without doubles; of everything else the mean. */
export function combine(model: AdapterModel, parts: readonly Part[]): Part {
  const [first] = parts;
  if (!first || parts.length === 1)
    return first ?? { vector: new Float32Array(1), uncertainty: 1, detections: [] };
  if (model.adapter.kind === 'detection') {
    const all = parts.flatMap(({ detections }) => detections);
    return detectionPart(model, suppress(all, model.adapter.iou_max));
  }
  const vector = new Float32Array(first.vector.length);
  for (const part of parts) {
    for (let k = 0; k < vector.length; k++) vector[k] = vector[k]! + (part.vector[k] ?? 0) / parts.length;
  }
  const uncertainty = parts.reduce((sum, part) => sum + part.uncertainty / parts.length, 0);
  return { vector, uncertainty, detections: [] };
}

/** The largest classes, named. */
export function labelsOf(model: AdapterModel, vector: Float32Array): { label: string; share: number }[] {
  if (model.adapter.kind === 'embedding') return [];
  return [...vector]
    .map((share, k) => ({ label: model.classes[k] ?? `class ${k}`, share }))
    .sort((a, b) => b.share - a.share)
    .slice(0, LABELS_MAX)
    .filter(({ share }) => share > 0);
}
