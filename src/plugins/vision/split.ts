import { hsvOf, hueDistance, isColourful } from './colour.js';
import { cellsBeside, connected, interiorOf, NO_LABEL, noLabels, type Region, SIDES } from './masks.js';

const BIN_DEG = 5;
const BINS = 360 / BIN_DEG;
/**
 * Two colours of one region must be this far apart, each with this share of it, and with less than this in
 * between.
 */
const APART_DEG = 17;
const SHARE_MIN = 0.14;
const VALLEY_MAX = 0.6;
/** White, grey or black needs a larger share: a glossy block has highlights. */
const PALE_SHARE_MIN = 0.25;
/** Hue of achromatic cells. */
const NO_HUE = -1;
/** Parts with fewer cells than this, or this share of the largest, are merged into a neighbour. */
const PART_CELLS_MIN = 6;
const PART_SHARE_MIN = 0.12;
const SMOOTHINGS = 2;

/** Reused scratch memory, as in masks.ts; unlabelled between calls. */
const hue_of = noLabels();
const label_before = noLabels();
const part_of = noLabels();

/** Hue histogram of a region, normalised and smoothed over three bins. */
function histogram(hues: Float64Array): Float32Array {
  const raw = new Float32Array(BINS);
  for (const hue of hues) {
    if (hue === NO_HUE) continue;
    const bin = Math.floor(hue / BIN_DEG) % BINS;
    raw[bin] = raw[bin]! + 1 / hues.length;
  }
  return raw.map((value, i) => (raw[(i + BINS - 1) % BINS]! + 2 * value + raw[(i + 1) % BINS]!) / 4);
}

/** Lowest weight between two bins, the shorter way round. */
function valleyBetween(weights: Float32Array, a: number, b: number): number {
  const way = (b - a + BINS) % BINS;
  const [from, steps] = way <= BINS / 2 ? [a, way] : [b, BINS - way];
  let lowest = Number.POSITIVE_INFINITY;
  for (let k = 0; k <= steps; k++) lowest = Math.min(lowest, weights[(from + k) % BINS]!);
  return lowest;
}

const middleOf = (bin: number): number => (bin + 0.5) * BIN_DEG;

/** The distinct hues of a region, strongest first. */
function peaks(weights: Float32Array): number[] {
  const order: number[] = [];
  for (let bin = 0; bin < BINS; bin++) if (weights[bin]! > 0) order.push(bin);
  order.sort((a, b) => weights[b]! - weights[a]! || a - b);
  const chosen: number[] = [];
  for (const bin of order) {
    const distinct = chosen.every(
      (other) =>
        hueDistance(middleOf(bin), middleOf(other)) >= APART_DEG &&
        valleyBetween(weights, bin, other) < VALLEY_MAX * Math.min(weights[bin]!, weights[other]!),
    );
    if (distinct) chosen.push(bin);
  }
  return chosen.map(middleOf);
}

/** Index of the nearest centre; the number of centres for achromatic cells. */
function nearestPeak(hue: number, centres: readonly number[]): number {
  if (hue === NO_HUE) return centres.length;
  let best = 0;
  for (let i = 1; i < centres.length; i++) {
    if (hueDistance(hue, centres[i]!) < hueDistance(hue, centres[best]!)) best = i;
  }
  return best;
}

/** Share of cells nearest to each centre, and last the share of achromatic ones. */
function sharesOf(hues: Float64Array, centres: readonly number[]): number[] {
  const counts = new Array<number>(centres.length + 1).fill(0);
  for (const hue of hues) counts[nearestPeak(hue, centres)]! += 1;
  return counts.map((count) => count / hues.length);
}

/**
 * Majority vote: each cell takes the most frequent label among itself and its neighbours in the region; ties
 * keep its own.
 */
function smooth(cells: readonly number[], labels: Int16Array): void {
  const beside = new Int32Array(SIDES);
  const before = label_before;
  for (let turn = 0; turn < SMOOTHINGS; turn++) {
    for (const cell of cells) before[cell] = labels[cell]!;
    for (const cell of cells) {
      const own = before[cell]!;
      const count = cellsBeside(cell, beside);
      const votesFor = (label: number): number => {
        let votes = label === own ? 1.5 : 0;
        for (let side = 0; side < count; side++) if (before[beside[side]!] === label) votes += 1;
        return votes;
      };
      let most = votesFor(own);
      for (let side = 0; side < count; side++) {
        const label = before[beside[side]!]!;
        if (label === NO_LABEL || label === own) continue;
        const votes = votesFor(label);
        if (votes <= most) continue;
        most = votes;
        labels[cell] = label;
      }
    }
  }
  for (const cell of cells) before[cell] = NO_LABEL;
}

/** Merges small parts into the part with the longest shared border; largest first. */
function absorbSmall(parts: readonly Region[]): Region[] {
  const sorted = [...parts].sort((a, b) => b.length - a.length);
  const least = Math.max(PART_CELLS_MIN, (sorted[0]?.length ?? 0) * PART_SHARE_MIN);
  const kept = sorted.filter((part) => part.length >= least).map((part) => [...part]);
  if (kept.length === 0) return sorted.slice(0, 1);
  for (const [i, part] of kept.entries()) for (const cell of part) part_of[cell] = i;
  const beside = new Int32Array(SIDES);
  for (const part of sorted) {
    if (part.length >= least) continue;
    const borders = new Map<number, number>();
    for (const cell of part) {
      const count = cellsBeside(cell, beside);
      for (let side = 0; side < count; side++) {
        const other = part_of[beside[side]!]!;
        if (other !== NO_LABEL) borders.set(other, (borders.get(other) ?? 0) + 1);
      }
    }
    const [into] = [...borders].sort((a, b) => b[1] - a[1])[0] ?? [];
    if (into !== undefined) kept[into]!.push(...part);
  }
  for (const part of kept) for (const cell of part) part_of[cell] = NO_LABEL;
  return kept;
}

/** Gives every cell of the region the label of the nearest labelled one. */
function grow(cells: readonly number[], labels: Int16Array, region: Region): void {
  for (const cell of region) part_of[cell] = 1;
  for (const cell of cells) part_of[cell] = NO_LABEL;
  const queue = [...cells];
  const beside = new Int32Array(SIDES);
  // Every cell enters the queue once, and loses its mark.
  for (let at = 0; at < queue.length; at++) {
    const cell = queue[at]!;
    const count = cellsBeside(cell, beside);
    for (let side = 0; side < count; side++) {
      const next = beside[side]!;
      if (part_of[next] === NO_LABEL) continue;
      part_of[next] = NO_LABEL;
      labels[next] = labels[cell]!;
      queue.push(next);
    }
  }
}

/**
 * Splits a block region by hue, so that two blocks touching in the image are separated. A single-coloured
 * block stays whole under shading, gloss and noise.
 * @param rgbOf writes the colour of a cell, 0..255 each, to the first three elements of `into`.
 */
export function splitByHue(region: Region, rgbOf: (cell: number, into: Float32Array) => void): Region[] {
  const interior = interiorOf(region);
  if (interior.length < PART_CELLS_MIN) return [region];
  const rgb = new Float32Array(3);
  const hues = new Float64Array(interior.length);
  for (let i = 0; i < interior.length; i++) {
    rgbOf(interior[i]!, rgb);
    const hsv = hsvOf(rgb[0]! / 255, rgb[1]! / 255, rgb[2]! / 255);
    hues[i] = isColourful(hsv) ? hsv[0] : NO_HUE;
  }
  const candidates = peaks(histogram(hues));
  const shares = sharesOf(hues, candidates);
  const centres = candidates.filter((_, i) => shares[i]! >= SHARE_MIN);
  const parts = centres.length + (shares.at(-1)! >= PALE_SHARE_MIN ? 1 : 0);
  if (parts < 2) return [region];
  for (let i = 0; i < interior.length; i++) hue_of[interior[i]!] = nearestPeak(hues[i]!, centres);
  smooth(interior, hue_of);
  grow(interior, hue_of, region);
  return absorbSmall(connected(region, hue_of));
}
