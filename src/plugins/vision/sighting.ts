import type { Patch } from './cuboid.js';
import { CELLS, COLUMNS, ROWS } from './frame.js';
import { BACKGROUND, BLOCK, interiorOf, type Region, ROBOT } from './masks.js';
import { type ChromaReader, sharpen } from './matte.js';

/** The observation of one object: its share of each cell, and which cells are occluded. */
export interface Sighting extends Patch {
  /** 0..1 per cell of the patch. */
  readonly fill: Float32Array;
  /** 1 where `fill` counts, 0 where the robot or another object occludes what may be behind. */
  readonly visible: Float32Array;
}

/** Cells with at least this robot probability count as occluded. */
const HIDDEN_ABOVE = 0.15;
/** Certainly the table. */
const TABLE_ABOVE = 0.8;
/**
 * An object's edge is searched within this many cells of its region; the ring beyond shows its surroundings.
 */
const EDGE_CELLS = 2;
const RING_CELLS = 2;
/** Interior cells needed to determine the colour; with fewer, the whole region is used. */
const CORE_MIN = 4;

/** The patch around a region, inside the mask. */
function patchAround(region: Region): Patch {
  let [left, right, top, bottom] = [COLUMNS, 0, ROWS, 0];
  for (const cell of region) {
    const column = cell % COLUMNS;
    const row = Math.floor(cell / COLUMNS);
    left = Math.min(left, column);
    right = Math.max(right, column);
    top = Math.min(top, row);
    bottom = Math.max(bottom, row);
  }
  const margin = EDGE_CELLS + RING_CELLS;
  const column = Math.max(0, left - margin);
  const row = Math.max(0, top - margin);
  return {
    column,
    row,
    columns: Math.min(COLUMNS - 1, right + margin) - column + 1,
    rows: Math.min(ROWS - 1, bottom + margin) - row + 1,
  };
}

/** 1 for the cells of the patch within edge range of the region. */
function reach(region: Region, patch: Patch): Uint8Array {
  const near = new Uint8Array(patch.columns * patch.rows);
  for (const cell of region) {
    const column = (cell % COLUMNS) - patch.column;
    const row = Math.floor(cell / COLUMNS) - patch.row;
    const last = Math.min(patch.columns - 1, column + EDGE_CELLS);
    for (let y = Math.max(0, row - EDGE_CELLS); y <= Math.min(patch.rows - 1, row + EDGE_CELLS); y++) {
      near.fill(1, y * patch.columns + Math.max(0, column - EDGE_CELLS), y * patch.columns + last + 1);
    }
  }
  return near;
}

/**
 * The cells that determine an object's colour: interior ones if there are enough, because the border mixes
 * with the table.
 */
export function coreOf(region: Region): Region {
  const core = interiorOf(region);
  return core.length >= CORE_MIN ? core : region;
}

/** One object: its region, the cells that determine its colour ({@link coreOf}), and its number. */
interface Found {
  readonly region: Region;
  readonly core: Region;
  readonly own: number;
}

/**
 * The observation of an object.
 * @param owners number of the object per mask cell, −1 for none.
 */
export function sightingOf(
  { region, core, own }: Found,
  owners: Int16Array,
  probs: Float32Array,
  chromas: ChromaReader,
): Sighting {
  const patch = patchAround(region);
  const near = reach(region, patch);
  const fill = new Float32Array(near.length);
  const visible = new Float32Array(near.length);
  const around: number[] = [];
  for (let row = 0, i = 0; row < patch.rows; row++) {
    let cell = (patch.row + row) * COLUMNS + patch.column;
    for (const end = cell + patch.columns; cell < end; cell++, i++) {
      const owner = owners[cell]!;
      if (probs[ROBOT * CELLS + cell]! > HIDDEN_ABOVE || (owner >= 0 && owner !== own)) {
        near[i] = 0;
        continue;
      }
      visible[i] = 1;
      if (near[i] === 1) fill[i] = probs[BLOCK * CELLS + cell]!;
      else if (probs[BACKGROUND * CELLS + cell]! > TABLE_ABOVE) around.push(cell);
    }
  }
  sharpen(chromas, core, around, patch, near, fill);
  const { column, row, columns, rows } = patch;
  return { column, row, columns, rows, fill, visible };
}
