import { CELLS, COLUMNS, type FrameFit, ROWS, showsFrame } from './frame.js';

/** Classes of the segmentation, in the order of its probabilities. */
export const BACKGROUND = 0;
export const ROBOT = 1;
export const BLOCK = 2;

/** A connected set of cells, as indices row · 160 + column. */
export type Region = readonly number[];

/** Most probable class per cell; cells that show no part of the frame are background. */
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

/** Indices of the up to four cells beside this one. */
export function neighbours(cell: number): number[] {
  const column = cell % COLUMNS;
  const beside: number[] = [];
  if (column > 0) beside.push(cell - 1);
  if (column < COLUMNS - 1) beside.push(cell + 1);
  if (cell >= COLUMNS) beside.push(cell - COLUMNS);
  if (cell < CELLS - COLUMNS) beside.push(cell + COLUMNS);
  return beside;
}

/** Splits cells into sets that hang together over their sides, among those with the same label. */
export function connected(cells: Iterable<number>, labelOf: (cell: number) => number): Region[] {
  const open = new Set(cells);
  const regions: Region[] = [];
  for (const seed of open) {
    open.delete(seed);
    const region = [seed];
    const label = labelOf(seed);
    // Every cell leaves `open` once, so this ends.
    for (let at = 0; at < region.length; at++) {
      for (const beside of neighbours(region[at]!)) {
        if (!open.has(beside) || labelOf(beside) !== label) continue;
        open.delete(beside);
        region.push(beside);
      }
    }
    regions.push(region);
  }
  return regions;
}

/** The connected regions of one class. */
export function regionsOf(classes: Uint8Array, wanted: number): Region[] {
  const cells: number[] = [];
  for (let i = 0; i < CELLS; i++) if (classes[i] === wanted) cells.push(i);
  return connected(cells, () => wanted);
}

/** Cells with the region all around: those on its border show the table, too, and so have a hue of neither. */
export function interiorOf(region: Region): number[] {
  const inside = new Set(region);
  return region.filter((cell) => {
    const column = cell % COLUMNS;
    if (column === 0 || column === COLUMNS - 1 || cell < COLUMNS || cell >= CELLS - COLUMNS) return false;
    return (
      inside.has(cell - 1) && inside.has(cell + 1) && inside.has(cell - COLUMNS) && inside.has(cell + COLUMNS)
    );
  });
}
