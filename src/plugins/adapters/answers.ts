import type { AdapterModel, Detection } from '../../contracts/adapter.js';
import { SageError } from '../../contracts/errors.js';
import type { Tensor } from '../../contracts/inference.js';
import { detectionsOf, suppress } from './detection.js';
import type { Placed } from './input.js';
import { requireClasses, sharesOf } from './segmentation.js';
import { sigmoid, softmaxAt } from './softmax.js';
import { floats } from './values.js';

/** Most classes in an answer. */
const LABELS_MAX = 5;
const EMBEDDING_MAX = 65_536;
/**
 * Names for the classes of a detector without any. A fixed number, because salience compares vectors across
 * images.
 */
const UNNAMED = Array.from({ length: 256 }, (_, k) => `class ${k}`);

/** Result of one look: numbers that can be averaged over looks, and boxes. */
export interface Part {
  /** Probability or share per class, or the embedding. */
  readonly vector: Float32Array;
  readonly uncertainty: number;
  readonly detections: readonly Detection[];
}

/** Entropy relative to the uniform distribution, 0..1. */
function relativeEntropy(probabilities: Float32Array): number {
  if (probabilities.length < 2) return 0;
  let sum = 0;
  for (const p of probabilities) if (p > 0) sum -= p * Math.log(p);
  return Math.min(1, Math.max(0, sum / Math.log(probabilities.length)));
}

function classification(model: AdapterModel, output: Tensor): Part {
  const data = floats(model, output);
  if (output.dims.filter((dim) => dim !== 1).length > 1 || data.length === 0) {
    const told = `a classifier outputs [1, classes], not [${output.dims.join(', ')}]`;
    throw new SageError('SAGE_517', model.id, told);
  }
  const vector = data.length === 1 ? thisOrNot(data[0]!, model) : Float32Array.from(data);
  requireClasses(model, vector.length);
  if (model.adapter.softmax && data.length > 1) softmaxAt(data, 0, data.length, 1, vector);
  return { vector, uncertainty: relativeEntropy(vector), detections: [] };
}

/** A single score is the probability of class 1, the one looked for; class 0 is everything else. */
function thisOrNot(score: number, { adapter }: AdapterModel): Float32Array {
  const probability = adapter.softmax ? sigmoid(score) : score;
  return Float32Array.of(1 - probability, probability);
}

/**
 * Pools an embedding: all numbers; for [1, tokens, numbers] the first (class) token or the mean over tokens;
 * for [1, channels, rows, columns] the mean over positions.
 */
function pooled(model: AdapterModel, output: Tensor): Float32Array {
  const data = floats(model, output);
  const { dims } = output;
  const { pool } = model.adapter;
  if (pool === 'none' || dims.length < 3) return data;
  const places_last = dims.length === 4;
  const width = (places_last ? dims[1] : dims.at(-1)) ?? 0;
  if (width === 0 || data.length === 0) return data;
  const count = data.length / width;
  const [step, stride] = places_last ? [1, count] : [width, 1];
  const used = pool === 'first' ? 1 : count;
  const sums = new Float32Array(width);
  for (let place = 0; place < used; place++)
    for (let k = 0; k < width; k++) sums[k] = sums[k]! + data[place * step + k * stride]! / used;
  return sums;
}

function embedding(model: AdapterModel, output: Tensor): Part {
  const data = pooled(model, output);
  if (data.length === 0 || data.length > EMBEDDING_MAX) {
    const one = output.dims.length > 2 ? '; pool: "first" uses the first token, "mean" the mean of all' : '';
    const told = `an embedding of ${data.length} numbers; 1 to ${EMBEDDING_MAX} are supported${one}`;
    throw new SageError('SAGE_517', model.id, told);
  }
  return { vector: Float32Array.from(data), uncertainty: 0, detections: [] };
}

function detection(
  model: AdapterModel,
  tensors: Readonly<Record<string, Tensor>>,
  placed: Placed | null,
): Part {
  if (placed === null) throw new SageError('SAGE_517', model.id, 'a detector needs an image input');
  return detectionPart(model, detectionsOf(model, tensors, placed));
}

/** Per class, the score of its best box; uncertainty is the mean over the boxes, and 0 without any. */
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

/**
 * Interprets one look. @param tensors the requested outputs, including the first
 * @throws SageError SAGE_517 if an output does not have the adapter's form.
 */
export function partOf(
  model: AdapterModel,
  tensors: Readonly<Record<string, Tensor>>,
  placed: Placed | null,
): Part {
  const output = tensors[model.output.name]!;
  switch (model.adapter.kind) {
    case 'classification':
      return classification(model, output);
    case 'detection':
      return detection(model, tensors, placed);
    case 'segmentation':
      return { ...sharesOf(model, output, floats(model, output), placed), detections: [] };
    case 'embedding':
      return embedding(model, output);
  }
}

/** Merges several looks: all boxes without duplicates; the mean of everything else. */
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

/** The largest classes by name. */
export function labelsOf(model: AdapterModel, vector: Float32Array): { label: string; share: number }[] {
  if (model.adapter.kind === 'embedding') return [];
  return [...vector]
    .map((share, k) => ({ label: model.classes[k] ?? `class ${k}`, share }))
    .sort((a, b) => b.share - a.share)
    .slice(0, LABELS_MAX)
    .filter(({ share }) => share > 0);
}
