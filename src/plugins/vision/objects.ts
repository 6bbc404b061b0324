import type { SeenObject, VisionTask } from '../../contracts/vision.js';
import { CellColours } from './cell-colours.js';
import { colourName, colourOfMany } from './colour.js';
import { CELL_PX, CELLS, COLUMNS, cellMiddle, type FrameFit, PixelReader, toFramePx } from './frame.js';
import { BLOCK, classesOf, type Region, ROBOT, regionsOf } from './masks.js';
import { ChromaReader } from './matte.js';
import { fitBox } from './placement.js';
import { Projector } from './projector.js';
import { coreOf, sightingOf } from './sighting.js';
import { splitByHue } from './split.js';

/** Most objects per look; the largest come first. */
const OBJECTS_MAX = 32;

/** Mean block probability of a region. */
function meanOf(region: Region, probs: Float32Array): number {
  let sum = 0;
  for (const cell of region) sum += probs[BLOCK * CELLS + cell]!;
  return sum / region.length;
}

export interface Findings {
  readonly objects: readonly SeenObject[];
  readonly robot_share: number;
}

/**
 * From class probabilities to objects on the table: connected block regions, split by hue, named by the
 * colours of the original frame, and placed by the box whose rendering fits best.
 * @param probs 3 × 120 × 160, background, robot, block.
 */
export function findObjects(
  task: VisionTask,
  fit: FrameFit,
  probs: Float32Array,
  least: { readonly min_area_px: number; readonly confidence: number },
): Findings {
  const classes = classesOf(probs, fit);
  const reader = new PixelReader(task.frame);
  const colours = new CellColours(reader, fit);
  const chromas = new ChromaReader(reader, fit);
  const regions = regionsOf(classes, BLOCK)
    .filter((region) => region.length >= least.min_area_px)
    .flatMap((region) => splitByHue(region, (cell, into) => colours.read(cell, into)))
    .filter((region) => region.length >= least.min_area_px)
    .sort((a, b) => b.length - a.length || a[0]! - b[0]!)
    .slice(0, OBJECTS_MAX);
  const owners = new Int16Array(CELLS).fill(-1);
  for (const [own, region] of regions.entries()) for (const cell of region) owners[cell] = own;
  const bright = regions.length > 0 ? colours.bright() : 1;
  const projector = new Projector(task, fit);
  const objects = regions.flatMap((region, own) => {
    const sure = meanOf(region, probs);
    if (sure < least.confidence) return [];
    const core = coreOf(region);
    const sighting = sightingOf({ region, core, own }, owners, probs, chromas);
    const placed = fitBox(sighting, projector, task.table_height_m, task.object_height_m);
    if (placed === null) return [];
    // A finger or a shadow that the model takes for a block seldom has the outline of one.
    const confidence = sure * placed.overlap;
    if (confidence < least.confidence) return [];
    const hsv = colourOfMany(colours.all(core));
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
  let columns = 0;
  let rows = 0;
  for (const cell of region) {
    columns += cell % COLUMNS;
    rows += Math.floor(cell / COLUMNS);
  }
  const [column, row] = [columns / region.length, rows / region.length];
  return toFramePx(fit, cellMiddle(column), cellMiddle(row));
}

function shareOf(classes: Uint8Array, fit: FrameFit): number {
  let robot = 0;
  for (let cell = 0; cell < classes.length; cell++) if (classes[cell] === ROBOT) robot += 1;
  return Math.min(1, (robot * CELL_PX * CELL_PX) / (fit.width_px * fit.height_px));
}
