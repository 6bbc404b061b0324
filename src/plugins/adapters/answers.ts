import type { AdapterModel, Detection } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import type { Tensor } from '../../contracts/inference.js';
import { detectionsOf, suppress } from './detection.js';
import type { Placed } from './input.js';

/** Classes that stand in an answer at most. */
const LABELS_MAX = 5;
const EMBEDDING_MAX = 65_536;

/** What one look gave: numbers that can be averaged over looks, and boxes. */
export interface Part {
  /** Probability or share per class, or the embedding. */
  readonly vector: Float32Array;
  readonly uncertainty: number;
  readonly detections: readonly Detection[];
}

function floats(model: AdapterModel, { data, dims }: Tensor): Float32Array {
  if (data instanceof Float32Array && data.length > 0) return data;
  throw new SageError('SAGE_517', model.id, `its output is not of float32 numbers: [${dims.join(', ')}]`);
}

/** @param stride distance of the classes of one place in `data` */
function softmaxAt(
  data: Float32Array,
  begin: number,
  classes: number,
  stride: number,
  out: Float32Array,
): void {
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < classes; k++) most = Math.max(most, data[begin + k * stride]!);
  let sum = 0;
  for (let k = 0; k < classes; k++) {
    const value = Math.exp(data[begin + k * stride]! - most);
    out[k] = value;
    sum += value;
  }
  for (let k = 0; k < classes; k++) out[k] = out[k]! / sum;
}

/** Entropy over that of knowing nothing, 0..1. */
export function relativeEntropy(probabilities: Float32Array): number {
  if (probabilities.length < 2) return 0;
  let sum = 0;
  for (const p of probabilities) if (p > 0) sum -= p * Math.log(p);
  return Math.min(1, Math.max(0, sum / Math.log(probabilities.length)));
}

function classification(model: AdapterModel, output: Tensor): Part {
  const data = floats(model, output);
  const vector = Float32Array.from(data);
  if (model.adapter.softmax) softmaxAt(data, 0, data.length, 1, vector);
  return { vector, uncertainty: relativeEntropy(vector), detections: [] };
}

/** [1, classes, rows, columns]: the share of the picture that each class has, by the largest of each place. */
function segmentation(model: AdapterModel, output: Tensor): Part {
  const data = floats(model, output);
  const [batch, classes, rows, columns] = output.dims;
  if (output.dims.length !== 4 || batch !== 1 || classes === undefined || classes < 2) {
    const told = `a segmenter gives [1, classes, rows, columns], not [${output.dims.join(', ')}]`;
    throw new SageError('SAGE_517', model.id, told);
  }
  const places = (rows ?? 0) * (columns ?? 0);
  const vector = new Float32Array(classes);
  const own = new Float32Array(classes);
  let unsure = 0;
  for (let at = 0; at < places; at++) {
    if (model.adapter.softmax) softmaxAt(data, at, classes, places, own);
    else for (let k = 0; k < classes; k++) own[k] = data[at + k * places]!;
    let best = 0;
    for (let k = 1; k < classes; k++) if (own[k]! > own[best]!) best = k;
    vector[best] = vector[best]! + 1 / places;
    unsure += (1 - own[best]!) / places;
  }
  return { vector, uncertainty: Math.min(1, Math.max(0, unsure)), detections: [] };
}

function embedding(model: AdapterModel, output: Tensor): Part {
  const data = floats(model, output);
  if (data.length > EMBEDDING_MAX) {
    throw new SageError(
      'SAGE_517',
      model.id,
      `an embedding of ${data.length} numbers; at most ${EMBEDDING_MAX}`,
    );
  }
  return { vector: Float32Array.from(data), uncertainty: 0, detections: [] };
}

function detection(model: AdapterModel, output: Tensor, placed: Placed | null): Part {
  floats(model, output);
  if (placed === null)
    throw new SageError('SAGE_517', model.id, 'a detector needs a picture to find boxes in');
  return detectionPart(model, detectionsOf(model, output, placed));
}

/** Per class the score of its surest box; unsure as the boxes are in the mean, and not at all where there are none. */
function detectionPart(model: AdapterModel, detections: readonly Detection[]): Part {
  const names =
    model.classes.length > 0 ? model.classes : [...new Set(detections.map(({ label }) => label))].sort();
  const vector = new Float32Array(Math.max(1, names.length));
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
      return segmentation(model, output);
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
