import { quantile } from './colour.js';
import type { Patch } from './cuboid.js';
import {
  CELL_PX,
  COLUMNS,
  cellMiddle,
  type FrameFit,
  frameColumn,
  frameRow,
  type PixelReader,
} from './frame.js';

/** Chromaticity: red and green as shares of the total, invariant to shading. */
type Chroma = readonly [red: number, green: number];

/** Axis from the colour of the surroundings to that of an object. */
interface ColourAxis {
  readonly from_r: number;
  readonly from_g: number;
  readonly way_r: number;
  readonly way_g: number;
}

/** Minimum colour distance between object and surroundings for the colours to locate the edge. */
const APART_MIN = 0.07;
const CELLS_MIN = 4;
/** A pixel darker than this (sum of channels, 0..765) has no usable chromaticity. */
const LIGHT_MIN = 45;
/**
 * Below and above these shares a pixel counts as fully one or the other: texture of the table, shading of the
 * faces.
 */
const SHARE_LOW = 0.2;
const SHARE_HIGH = 0.8;
/** Samples along each side of a cell. */
const PLACES = 4;

/** Reads the chromaticity of the frame in mask cells. */
export class ChromaReader {
  private readonly sum = new Float32Array(3);
  /** Pixel columns of a cell. */
  private readonly columns = new Int32Array(PLACES);

  constructor(
    private readonly reader: PixelReader,
    private readonly fit: FrameFit,
  ) {}

  /** Chromaticity at a position in the model's input; null if too dark. */
  private at(x: number, y: number): Chroma | null {
    const { sum } = this;
    sum.fill(0);
    this.reader.add(frameColumn(this.fit, x), frameRow(this.fit, y), sum, 0);
    const light = sum[0]! + sum[1]! + sum[2]!;
    return light < LIGHT_MIN ? null : [sum[0]! / light, sum[1]! / light];
  }

  /** Median over the centres of cells; null if too few are bright enough. */
  median(cells: readonly number[]): Chroma | null {
    const reds = new Float32Array(cells.length);
    const greens = new Float32Array(cells.length);
    let count = 0;
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!;
      const chroma = this.at(cellMiddle(cell % COLUMNS), cellMiddle(Math.floor(cell / COLUMNS)));
      if (chroma === null) continue;
      reds[count] = chroma[0];
      greens[count] = chroma[1];
      count += 1;
    }
    if (count < CELLS_MIN) return null;
    return [quantile(reds.subarray(0, count), 0.5), quantile(greens.subarray(0, count), 0.5)];
  }

  /** Share of a cell along the colour axis, 0..1; null if it is too dark to tell. */
  share(column: number, row: number, { from_r, from_g, way_r, way_g }: ColourAxis): number | null {
    const { sum, columns, reader, fit } = this;
    const length = way_r * way_r + way_g * way_g;
    const pixel = CELL_PX / PLACES / fit.scale;
    const first_u = (column * CELL_PX - fit.left_px) / fit.scale + pixel / 2 - 0.5;
    const first_v = (row * CELL_PX - fit.top_px) / fit.scale + pixel / 2 - 0.5;
    let total = 0;
    let count = 0;
    for (let k = 0; k < PLACES; k++) columns[k] = reader.column(first_u + k * pixel);
    for (let down = 0; down < PLACES; down++) {
      const pixel_row = reader.row(first_v + down * pixel);
      for (let across = 0; across < PLACES; across++) {
        sum[0] = 0;
        sum[1] = 0;
        sum[2] = 0;
        reader.addPixel(columns[across]!, pixel_row, sum, 0);
        const light = sum[0] + sum[1]! + sum[2]!;
        if (light < LIGHT_MIN) continue;
        const along = ((sum[0] / light - from_r) * way_r + (sum[1]! / light - from_g) * way_g) / length;
        total += Math.min(1, Math.max(0, (along - SHARE_LOW) / (SHARE_HIGH - SHARE_LOW)));
        count += 1;
      }
    }
    return count > 0 ? total / count : null;
  }
}

/**
 * Sharpens the edge of a colourful object with the colours of the original frame, which has four times the
 * resolution of the masks: each cell near the region is filled by the share of its pixels with the object's
 * colour rather than that of the surroundings. Changes `fill` in place; leaves it alone if the colours are
 * too similar.
 * @param core cells that certainly show the object.
 * @param around cells that certainly show the surroundings.
 * @param near 1 for the cells of the patch that may be changed.
 */
export function sharpen(
  chromas: ChromaReader,
  core: readonly number[],
  around: readonly number[],
  patch: Patch,
  near: Uint8Array,
  fill: Float32Array,
): void {
  const own = chromas.median(core);
  const other = chromas.median(around);
  if (own === null || other === null) return;
  const way: ColourAxis = {
    from_r: other[0],
    from_g: other[1],
    way_r: own[0] - other[0],
    way_g: own[1] - other[1],
  };
  if (Math.hypot(way.way_r, way.way_g) < APART_MIN) return;
  for (let i = 0; i < fill.length; i++) {
    if (near[i] !== 1) continue;
    const column = patch.column + (i % patch.columns);
    const row = patch.row + Math.floor(i / patch.columns);
    fill[i] = chromas.share(column, row, way) ?? fill[i]!;
  }
}
