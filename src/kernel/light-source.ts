import type { Vec3 } from '../contracts/geometry.js';
import type { Capsule } from '../robot/capsules.js';
import { type Ground, shadeOf } from '../robot/cast-shadow.js';
import { upperMedian } from './order-statistics.js';
import type { CastRegion, CellGrid } from './robot-shadow.js';

/** Relative change of luma below which a cell is ignored. */
const CHANGE_MIN = 0.015;
/** Larger changes of chroma are not due to light alone. */
const CHROMA_TOLERANCE = 0.012;
/** A lamp is accepted if it explains this share of all changes in the image, twice in a row. */
const EXPLAINS_MIN = 0.7;
/** A moving shadow darkens some cells and brightens others: at least this many each. */
const EACH_WAY_MIN = 2;
/** Minimum depth of a shadow, as the natural logarithm of the luma ratio. */
const DEPTH_MIN = 0.05;
const DEPTH_MAX = 1.2;
/** Search grid of lamp directions: elevation and azimuth, rad. */
const ELEVATIONS: readonly number[] = [35, 43, 51, 59, 67, 75, 83].map(
  (degrees) => (degrees * Math.PI) / 180,
);
const AZIMUTHS = 36;
/** Number of best candidates rated on the whole image; the best of those is refined. */
const CANDIDATES = 6;
const REFINED = 2;
/** Initial step of the refinement, rad, halved in each round. */
const STEP = (5 * Math.PI) / 180;
const HALVINGS = 2;
/** A cell counts as shaded if the shadow covers this share of it or of a neighbour. */
const SHADE_MIN = 0.05;

/** An image and the robot's pose in it. */
interface Posed {
  readonly embedding: Float32Array;
  /** 0 where the body is, below 1 beside it. */
  readonly cells: Float32Array;
  /** Its moving links in the base frame; computed on demand. */
  readonly links: () => readonly Capsule[];
}

/** Direction towards a lamp in the base frame, rad. */
interface Direction {
  readonly azimuth: number;
  readonly elevation: number;
}

/** A lamp direction and how well it explains the image. */
interface Fit extends Direction {
  /** Share of the sum of squared changes explained by its shadow, 0..1. */
  readonly share: number;
}

/** Changes since the arm was at rest, as far as they are due to light alone. */
interface Change {
  readonly cells: readonly number[];
  /** Log ratio of luma to that at rest, minus the part common to the whole image. */
  readonly logs: Float64Array;
}

/**
 * Estimates the direction of a distant light from the moving shadow of the arm, and from then on predicts where that
 * shadow falls, also where it is detached from the robot in the image. A direction is accepted only if nothing but light
 * changed in the whole image, some cells darkened while others brightened, and the arm's shadow under that one light
 * explains at least EXPLAINS_MIN of the change in two consecutive images. The shadow of a hand, which does not move with
 * the arm, fits no direction.
 */
export class LightSource {
  private rest: Posed | null = null;
  private previous: Posed | null = null;
  private candidate: Fit | null = null;
  private found: Fit | null = null;

  /** Unit vector towards the lamp in the base frame; null while unknown. */
  get direction(): Vec3 | null {
    return this.found === null ? null : unitVector(this.found);
  }

  /**
   * @param posed the current image
   * @param groundOf positions of its cells on the table
   * @param moving whether the arm moves, or has just stopped
   * @param wanted whether the previous image left something unexplained
   * @returns null while the lamp is unknown
   */
  update(
    posed: Posed,
    groundOf: () => Ground,
    grid: CellGrid,
    moving: boolean,
    wanted: boolean,
  ): CastRegion | null {
    const { previous } = this;
    this.previous = posed;
    if (!moving || this.rest?.embedding.length !== posed.embedding.length) {
      this.rest = posed;
      this.candidate = null;
      return null;
    }
    if (this.found === null && !wanted) return null;
    const ground = groundOf();
    const fresh = wanted && this.search(this.rest, posed, ground, grid);
    const { direction } = this;
    if (direction === null) return null;
    return { cells: shadedCells([this.rest, previous ?? posed, posed], direction, ground, grid), fresh };
  }

  /** Searches for the lamp, or tracks it; true if it was found in this image. */
  private search(rest: Posed, posed: Posed, ground: Ground, grid: CellGrid): boolean {
    const change = changeOf(rest, posed, ground, grid);
    const known = change === null ? null : this.found;
    if (change === null || (known !== null && explains(fitOf(known, change, rest, posed, ground)))) {
      this.candidate = null;
      return false;
    }
    const fit = bestFit(change, rest, posed, ground, this.candidate);
    const again = this.candidate !== null && explains(fit);
    this.candidate = explains(fit) && !again ? fit : null;
    if (again) this.found = fit;
    return again;
  }
}

const explains = (fit: Fit | null): fit is Fit => fit !== null && fit.share >= EXPLAINS_MIN;

const byShare = (a: Fit, b: Fit): number => b.share - a.share;

const unitVector = ({ azimuth, elevation }: Direction): Vec3 => [
  Math.cos(elevation) * Math.cos(azimuth),
  Math.cos(elevation) * Math.sin(azimuth),
  Math.sin(elevation),
];

/** Null if more than light has changed, or too little to tell. */
function changeOf(rest: Posed, posed: Posed, ground: Ground, { channels }: CellGrid): Change | null {
  const cells: number[] = [];
  const logs: number[] = [];
  for (let cell = 0; cell < posed.cells.length; cell++) {
    if (posed.cells[cell] !== 1 || rest.cells[cell] !== 1 || ground.places_m[cell] === null) continue;
    const at = cell * channels;
    const gain = (posed.embedding[at] as number) / (rest.embedding[at] as number);
    if (!(gain > 0) || !Number.isFinite(gain)) return null;
    for (let channel = at + 1; channel < at + channels; channel++) {
      const left =
        (posed.embedding[channel] as number) - 0.5 - gain * ((rest.embedding[channel] as number) - 0.5);
      if (Math.abs(left) > CHROMA_TOLERANCE) return null;
    }
    cells.push(cell);
    logs.push(Math.log(gain));
  }
  if (cells.length === 0) return null;
  const common = upperMedian(Float64Array.from(logs), logs.length);
  const changed = Float64Array.from(logs, (log) => log - common);
  const darker = changed.filter((log) => log < -CHANGE_MIN).length;
  const brighter = changed.filter((log) => log > CHANGE_MIN).length;
  return Math.min(darker, brighter) < EACH_WAY_MIN ? null : { cells, logs: changed };
}

/** The lamp whose shadow explains most: first rated on the changed cells, then on the whole image. */
function bestFit(change: Change, rest: Posed, posed: Posed, ground: Ground, near: Fit | null): Fit | null {
  const all = (fit: Direction): Fit => fitOf(fit, change, rest, posed, ground);
  const tried = near === null ? coarseSearch(change, rest, posed, ground) : [near];
  const starts = tried.map(all).sort(byShare).slice(0, REFINED);
  let best: Fit | null = null;
  for (const start of starts) {
    const fine = hillClimb(start, all);
    if (best === null || fine.share > best.share) best = fine;
  }
  return best;
}

function coarseSearch(change: Change, rest: Posed, posed: Posed, ground: Ground): readonly Fit[] {
  const strong = [...change.cells.keys()].filter(
    (index) => Math.abs(change.logs[index] as number) > CHANGE_MIN,
  );
  const part: Change = {
    cells: strong.map((index) => change.cells[index] as number),
    logs: Float64Array.from(strong, (index) => change.logs[index] as number),
  };
  const fits: Fit[] = [];
  for (const elevation of ELEVATIONS)
    for (let turn = 0; turn < AZIMUTHS; turn++) {
      const azimuth = (2 * Math.PI * turn) / AZIMUTHS;
      fits.push(fitOf({ azimuth, elevation }, part, rest, posed, ground));
    }
  return fits.sort(byShare).slice(0, CANDIDATES);
}

function hillClimb(start: Fit, at: (lamp: Direction) => Fit): Fit {
  let best = start;
  for (let halving = 0, step = STEP; halving <= HALVINGS; halving++, step /= 2) {
    const { azimuth, elevation } = best;
    for (const [turn, rise] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      const tried = at({ azimuth: azimuth + turn * step, elevation: elevation + rise * step });
      if (tried.share > best.share) best = tried;
    }
  }
  return best;
}

/** Least-squares fit of the changes to the shading, through the origin. */
function fitOf(lamp: Direction, { cells, logs }: Change, rest: Posed, posed: Posed, ground: Ground): Fit {
  const { azimuth, elevation } = lamp;
  const direction = unitVector(lamp);
  const now = shadeOf(posed.links(), direction, ground, cells);
  const before = shadeOf(rest.links(), direction, ground, cells);
  let both = 0;
  let shades = 0;
  let changes = 0;
  for (let index = 0; index < cells.length; index++) {
    const shade = (before[index] as number) - (now[index] as number);
    const log = logs[index] as number;
    both += shade * log;
    shades += shade * shade;
    changes += log * log;
  }
  const depth = shades > 0 ? both / shades : 0;
  const share = depth >= DEPTH_MIN && depth <= DEPTH_MAX ? (both * both) / (shades * changes) : 0;
  return { azimuth, elevation, share };
}

/** Cells covered by the shadow in one of these postures, and their neighbours. */
function shadedCells(
  postures: readonly Posed[],
  lamp: Vec3,
  ground: Ground,
  { rows, columns }: CellGrid,
): Uint8Array {
  const every = [...ground.places_m.keys()];
  const shades = postures.map(({ links }) => shadeOf(links(), lamp, ground, every));
  const found = new Uint8Array(rows * columns);
  for (const cell of every) {
    if (!shades.some((shade) => (shade[cell] as number) >= SHADE_MIN)) continue;
    const row = Math.floor(cell / columns);
    const column = cell % columns;
    for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++)
      for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++)
        found[y * columns + x] = 1;
  }
  return found;
}
