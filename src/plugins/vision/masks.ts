import { CELLS, COLUMNS, type FrameFit, ROWS, showsFrame } from './frame.js';

/** Segmentation classes, in the order of the probabilities. */
export const BACKGROUND = 0;
export const ROBOT = 1;
export const BLOCK = 2;

/** A connected set of cells, as indices row · 160 + column. */
export type Region = readonly number[];

/** Most probable class per cell; cells outside the frame are background. */
export function classesOf(probs: Float32Array, fit: FrameFit): Uint8Array {
  const classes = new Uint8Array(CELLS);
  for (let row = 0, i = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++, i++) {
      const background = probs[i]!;
      const robot = probs[CELLS + i]!;
      const block = probs[2 * CELLS + i]!;
      if (block > background && block >= robot) classes[i] = BLOCK;
      else if (robot > background) classes[i] = ROBOT;
    }
  }
  if (fit.width_px < COLUMNS * 4 || fit.height_px < ROWS * 4) hideMargin(classes, fit);
  return classes;
}

function hideMargin(classes: Uint8Array, fit: FrameFit): void {
  for (let i = 0; i < CELLS; i++) {
    if (!showsFrame(fit, i % COLUMNS, Math.floor(i / COLUMNS))) classes[i] = BACKGROUND;
  }
}

/** Most neighbours of a cell. */
export const SIDES = 4;

/** Writes the indices of the up to four adjacent cells to `out`; returns their number. */
export function cellsBeside(cell: number, out: Int32Array): number {
  const column = cell % COLUMNS;
  let count = 0;
  if (column > 0) out[count++] = cell - 1;
  if (column < COLUMNS - 1) out[count++] = cell + 1;
  if (cell >= COLUMNS) out[count++] = cell - COLUMNS;
  if (cell < CELLS - COLUMNS) out[count++] = cell + COLUMNS;
  return count;
}

/** Label of cells that belong to nothing. */
export const NO_LABEL = -1;

/** A label per mask cell, {@link NO_LABEL} everywhere. */
export const noLabels = (): Int16Array => new Int16Array(CELLS).fill(NO_LABEL);

/**
 * Reused scratch memory: a dozen allocations per look would trigger V8's garbage collector. Unlabelled
 * between calls.
 */
const labels_of_class = noLabels();
const inside = noLabels();

/**
 * Splits cells into 4-connected components of equal label.
 * @param labels of all mask cells; those of `cells` become {@link NO_LABEL}.
 */
export function connected(cells: readonly number[], labels: Int16Array): Region[] {
  const regions: Region[] = [];
  const beside = new Int32Array(SIDES);
  for (const seed of cells) {
    const label = labels[seed]!;
    if (label === NO_LABEL) continue;
    labels[seed] = NO_LABEL;
    const region = [seed];
    // Every cell loses its label once, so this terminates.
    for (let at = 0; at < region.length; at++) {
      const count = cellsBeside(region[at]!, beside);
      for (let side = 0; side < count; side++) {
        const cell = beside[side]!;
        if (labels[cell] !== label) continue;
        labels[cell] = NO_LABEL;
        region.push(cell);
      }
    }
    regions.push(region);
  }
  return regions;
}

/** The connected regions of one class. */
export function regionsOf(classes: Uint8Array, wanted: number): Region[] {
  const cells: number[] = [];
  for (let cell = 0; cell < CELLS; cell++) {
    if (classes[cell] !== wanted) continue;
    cells.push(cell);
    labels_of_class[cell] = wanted;
  }
  return connected(cells, labels_of_class);
}

/** Cells surrounded by the region: those on its border show the table as well, so their hue is a mixture. */
export function interiorOf(region: Region): number[] {
  for (const cell of region) inside[cell] = 1;
  const interior: number[] = [];
  for (const cell of region) {
    const column = cell % COLUMNS;
    if (column === 0 || column === COLUMNS - 1 || cell < COLUMNS || cell >= CELLS - COLUMNS) continue;
    // 1 for each neighbour in the region.
    if (inside[cell - 1]! + inside[cell + 1]! + inside[cell - COLUMNS]! + inside[cell + COLUMNS]! === SIDES) {
      interior.push(cell);
    }
  }
  for (const cell of region) inside[cell] = NO_LABEL;
  return interior;
}
