import { hsvOf, hueDistance, isColourful } from './colour.js';
import { connected, interiorOf, neighbours, type Region } from './masks.js';

const BIN_DEG = 5;
const BINS = 360 / BIN_DEG;
/** Two colours of one region must be this far apart, each have this share of it, and less than this between them. */
const APART_DEG = 17;
const SHARE_MIN = 0.14;
const VALLEY_MAX = 0.6;
/** White, grey or black must have more: a glossy block has a pale spot. */
const PALE_SHARE_MIN = 0.25;
/** Label of cells without a hue. */
const PALE = -1;
/** Parts of fewer cells than this, or than this share of the largest, join a neighbour. */
const PART_CELLS_MIN = 6;
const PART_SHARE_MIN = 0.12;
const SMOOTHINGS = 2;

/** Weight of each hue in a region, smoothed over three bins, the weights being shares of its cells. */
function histogram(hues: readonly (number | null)[]): Float32Array {
  const raw = new Float32Array(BINS);
  for (const hue of hues) {
    if (hue === null) continue;
    const bin = Math.floor(hue / BIN_DEG) % BINS;
    raw[bin] = raw[bin]! + 1 / hues.length;
  }
  return raw.map((value, i) => (raw[(i + BINS - 1) % BINS]! + 2 * value + raw[(i + 1) % BINS]!) / 4);
}

/** Lowest weight on the shorter way round between two bins. */
function valleyBetween(weights: Float32Array, a: number, b: number): number {
  const way = (b - a + BINS) % BINS;
  const [from, steps] = way <= BINS / 2 ? [a, way] : [b, BINS - way];
  let lowest = Number.POSITIVE_INFINITY;
  for (let k = 0; k <= steps; k++) lowest = Math.min(lowest, weights[(from + k) % BINS]!);
  return lowest;
}

const middleOf = (bin: number): number => (bin + 0.5) * BIN_DEG;

/** The distinct hues of a region, the strongest first. */
function peaks(weights: Float32Array): number[] {
  const order = Array.from(weights.keys()).sort((a, b) => weights[b]! - weights[a]! || a - b);
  const chosen: number[] = [];
  for (const bin of order) {
    if (weights[bin]! <= 0) break;
    const distinct = chosen.every(
      (other) =>
        hueDistance(middleOf(bin), middleOf(other)) >= APART_DEG &&
        valleyBetween(weights, bin, other) < VALLEY_MAX * Math.min(weights[bin]!, weights[other]!),
    );
    if (distinct) chosen.push(bin);
  }
  return chosen.map(middleOf);
}

function nearestPeak(hue: number | null, centres: readonly number[]): number {
  if (hue === null) return PALE;
  let best = 0;
  for (let i = 1; i < centres.length; i++) {
    if (hueDistance(hue, centres[i]!) < hueDistance(hue, centres[best]!)) best = i;
  }
  return best;
}

/** Each cell takes the label that most of itself and its neighbours in the region have; ties keep its own. */
function smooth(labels: Map<number, number>): void {
  for (let turn = 0; turn < SMOOTHINGS; turn++) {
    const before = new Map(labels);
    for (const [cell, own] of before) {
      const votes = new Map<number, number>([[own, 1.5]]);
      for (const beside of neighbours(cell)) {
        const label = before.get(beside);
        if (label !== undefined) votes.set(label, (votes.get(label) ?? 0) + 1);
      }
      for (const [label, count] of votes) if (count > votes.get(labels.get(cell)!)!) labels.set(cell, label);
    }
  }
}

/** Small parts join the part with which they share the longest border; largest first. */
function absorbSmall(parts: readonly Region[]): Region[] {
  const sorted = [...parts].sort((a, b) => b.length - a.length);
  const least = Math.max(PART_CELLS_MIN, (sorted[0]?.length ?? 0) * PART_SHARE_MIN);
  const kept = sorted.filter((part) => part.length >= least).map((part) => [...part]);
  if (kept.length === 0) return sorted.slice(0, 1);
  const owner = new Map(kept.flatMap((part, i) => part.map((cell) => [cell, i] as const)));
  for (const part of sorted) {
    if (part.length >= least) continue;
    const borders = new Map<number, number>();
    for (const beside of part.flatMap(neighbours)) {
      const other = owner.get(beside);
      if (other !== undefined) borders.set(other, (borders.get(other) ?? 0) + 1);
    }
    const [into] = [...borders].sort((a, b) => b[1] - a[1])[0] ?? [];
    if (into !== undefined) kept[into]!.push(...part);
  }
  return kept;
}

/** Gives every cell of the region the label of a nearest labelled one. */
function grow(labels: Map<number, number>, region: Region): void {
  const inside = new Set(region);
  const queue = [...labels.keys()];
  // Every cell enters the queue once.
  for (let at = 0; at < queue.length; at++) {
    const cell = queue[at]!;
    for (const beside of neighbours(cell)) {
      if (!inside.has(beside) || labels.has(beside)) continue;
      labels.set(beside, labels.get(cell)!);
      queue.push(beside);
    }
  }
}

/**
 * Splits a region of blocks by hue, so that two that touch in the picture become two. A block of one colour stays
 * whole under shade, gloss and noise.
 * @param rgbOf colour of a cell, 0..255 each.
 */
export function splitByHue(
  region: Region,
  rgbOf: (cell: number) => readonly [number, number, number],
): Region[] {
  const interior = interiorOf(region);
  if (interior.length < PART_CELLS_MIN) return [region];
  const hues = interior.map((cell) => {
    const [r, g, b] = rgbOf(cell);
    const hsv = hsvOf(r / 255, g / 255, b / 255);
    return isColourful(hsv) ? hsv[0] : null;
  });
  const candidates = peaks(histogram(hues));
  const share = (label: number): number =>
    hues.filter((hue) => nearestPeak(hue, candidates) === label).length / interior.length;
  const centres = candidates.filter((_, i) => share(i) >= SHARE_MIN);
  const parts = centres.length + (share(PALE) >= PALE_SHARE_MIN ? 1 : 0);
  if (parts < 2) return [region];
  const labels = new Map(interior.map((cell, i) => [cell, nearestPeak(hues[i]!, centres)] as const));
  smooth(labels);
  grow(labels, region);
  return absorbSmall(connected(region, (cell) => labels.get(cell)!));
}
