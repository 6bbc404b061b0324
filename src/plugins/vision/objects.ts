import type { SeenObject, VisionTask } from '../../contracts/vision.js';
import { colourName, colourOfMany, quantile } from './colour.js';
import {
  CELL_PX,
  CELLS,
  COLUMNS,
  cellMiddle,
  type FrameFit,
  PixelReader,
  ROWS,
  showsFrame,
  toFramePx,
} from './frame.js';
import { BLOCK, classesOf, neighbours, type Region, ROBOT, regionsOf } from './masks.js';
import { patchAround, place, type Sighting } from './placement.js';
import { Projector } from './projector.js';
import { splitByHue } from './split.js';

/** More objects than this are not looked at; the largest come first. */
const OBJECTS_MAX = 32;
/** A cell that may be the robot with this probability tells nothing of what is behind it. */
const HIDDEN_ABOVE = 0.15;
/** Places in a cell, from its middle in input pixels, whose colours are averaged. */
const SAMPLES = [
  [-0.75, -0.75],
  [0.75, -0.75],
  [-0.75, 0.75],
  [0.75, 0.75],
] as const;
/** The picture's bright end: this share of the values seen on a coarse grid. */
const BRIGHT_SHARE = 0.95;
const BRIGHT_EVERY = 8;

/** Colours of the original frame, per mask cell. */
class CellColours {
  private readonly reader: PixelReader;
  private readonly sum = new Float32Array(3);

  constructor(
    task: VisionTask,
    private readonly fit: FrameFit,
  ) {
    this.reader = new PixelReader(task.frame);
  }

  /** Mean colour in the middle of a cell, 0..255 each. */
  of(cell: number): readonly [number, number, number] {
    const x = cellMiddle(cell % COLUMNS);
    const y = cellMiddle(Math.floor(cell / COLUMNS));
    const { sum } = this;
    sum.fill(0);
    for (const [dx, dy] of SAMPLES) {
      const [u, v] = toFramePx(this.fit, x + dx, y + dy);
      this.reader.add(u, v, sum, 0);
    }
    const n = SAMPLES.length;
    return [sum[0]! / n, sum[1]! / n, sum[2]! / n];
  }

  /** Value 0..1 of the brightest things in the picture. */
  bright(): number {
    const values: number[] = [];
    for (let row = 0; row < ROWS; row += BRIGHT_EVERY) {
      for (let column = 0; column < COLUMNS; column += BRIGHT_EVERY) {
        if (showsFrame(this.fit, column, row))
          values.push(Math.max(...this.of(row * COLUMNS + column)) / 255);
      }
    }
    return quantile(Float32Array.from(values), BRIGHT_SHARE);
  }
}

/** The cells by which an object is named: those within, where there are some; on its border the table mixes in. */
function namingCells(region: Region): Region {
  const inside = new Set(region);
  const core = region.filter((cell) => neighbours(cell).every((beside) => inside.has(beside)));
  return core.length >= 4 ? core : region;
}

function sightingOf(region: Region, owners: Int16Array, own: number, probs: Float32Array): Sighting {
  const patch = patchAround(region);
  const fill = new Float32Array(patch.columns * patch.rows);
  const visible = new Float32Array(fill.length);
  for (let i = 0; i < fill.length; i++) {
    const cell = (patch.row + Math.floor(i / patch.columns)) * COLUMNS + patch.column + (i % patch.columns);
    const owner = owners[cell]!;
    if (probs[ROBOT * CELLS + cell]! > HIDDEN_ABOVE || (owner >= 0 && owner !== own)) continue;
    visible[i] = 1;
    fill[i] = probs[BLOCK * CELLS + cell]!;
  }
  return { ...patch, fill, visible };
}

function meanOf(region: Region, probs: Float32Array): number {
  return region.reduce((sum, cell) => sum + probs[BLOCK * CELLS + cell]!, 0) / region.length;
}

export interface Findings {
  readonly objects: readonly SeenObject[];
  readonly robot_share: number;
}

/**
 * From class probabilities to things on the table: connected regions of blocks, split by hue, named by the colours of
 * the original frame, and placed by the box whose picture fits best.
 * @param probs 3 × 120 × 160, background, robot, block.
 */
export function findObjects(
  task: VisionTask,
  fit: FrameFit,
  probs: Float32Array,
  least: { readonly min_area_px: number; readonly confidence: number },
): Findings {
  const classes = classesOf(probs, fit);
  const colours = new CellColours(task, fit);
  const regions = regionsOf(classes, BLOCK)
    .filter((region) => region.length >= least.min_area_px)
    .flatMap((region) => splitByHue(region, (cell) => colours.of(cell)))
    .filter((region) => region.length >= least.min_area_px)
    .sort((a, b) => b.length - a.length || a[0]! - b[0]!)
    .slice(0, OBJECTS_MAX);
  const owners = new Int16Array(CELLS).fill(-1);
  for (const [own, region] of regions.entries()) for (const cell of region) owners[cell] = own;
  const bright = regions.length > 0 ? colours.bright() : 1;
  const projector = new Projector(task, fit);
  const objects = regions.flatMap((region, own) => {
    const confidence = meanOf(region, probs);
    if (confidence < least.confidence) return [];
    const sighting = sightingOf(region, owners, own, probs);
    const placed = place(sighting, projector, task.table_height_m, task.object_height_m);
    if (placed === null) return [];
    const hsv = colourOfMany(Float32Array.from(namingCells(region).flatMap((cell) => [...colours.of(cell)])));
    const seen: SeenObject = {
      kind: 'block',
      colour: colourName(hsv, bright),
      hsv,
      position_m: [placed.x_m, placed.y_m, task.table_height_m + task.object_height_m / 2],
      yaw_rad: placed.yaw_rad,
      size_m: placed.size_m,
      area_px: region.length,
      centroid_px: middleOf(region, fit),
      confidence,
    };
    return [seen];
  });
  return { objects, robot_share: shareOf(classes, fit) };
}

function middleOf(region: Region, fit: FrameFit): readonly [number, number] {
  const column = region.reduce((sum, cell) => sum + (cell % COLUMNS), 0) / region.length;
  const row = region.reduce((sum, cell) => sum + Math.floor(cell / COLUMNS), 0) / region.length;
  return toFramePx(fit, cellMiddle(column), cellMiddle(row));
}

function shareOf(classes: Uint8Array, fit: FrameFit): number {
  let robot = 0;
  for (const found of classes) if (found === ROBOT) robot += 1;
  return Math.min(1, (robot * CELL_PX * CELL_PX) / (fit.width_px * fit.height_px));
}
