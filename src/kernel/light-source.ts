import type { Vec3 } from '../contracts/geometry.js';
import type { Capsule } from '../robot/capsules.js';
import { type Ground, shadeOf } from '../robot/cast-shadow.js';
import { upperMedian } from './order-statistics.js';
import type { CastRegion, CellGrid } from './robot-shadow.js';

/** A change of luma by less than this share says nothing. */
const CHANGE_MIN = 0.015;
/** A change of colour by more than this is no change of light alone. */
const CHROMA_TOLERANCE = 0.012;
/** A lamp is believed where it explains this share of all that changed in the picture, twice in a row. */
const EXPLAINS_MIN = 0.7;
/** What a shadow leaves in one place it takes in another: each way at least this many cells change. */
const EACH_WAY_MIN = 2;
/** So much of the light a shadow takes, as a natural logarithm. */
const DEPTH_MIN = 0.05;
const DEPTH_MAX = 1.2;
/** Lamps that are tried: how high they stand, and all around, rad. */
const ELEVATIONS: readonly number[] = [35, 43, 51, 59, 67, 75, 83].map(
  (degrees) => (degrees * Math.PI) / 180,
);
const AZIMUTHS = 36;
/** So many of the best are judged by all of the picture, and the best of those looked at closer. */
const CANDIDATES = 6;
const REFINED = 2;
/** By steps of this size, halved so many times. */
const STEP = (5 * Math.PI) / 180;
const HALVINGS = 2;
/** A cell is in the shadow where that covers so much of it or of one beside it. */
const SHADE_MIN = 0.05;

/** A picture and where the robot was in it. */
export interface Posed {
  readonly embedding: Float32Array;
  /** 0 where the body is, below 1 beside it. */
  readonly cells: Float32Array;
  /** Its moving links, base frame; worked out when they are asked for. */
  readonly links: () => readonly Capsule[];
}

/** Towards a lamp in the base frame, rad. */
interface Direction {
  readonly azimuth: number;
  readonly elevation: number;
}

/** A lamp, and how well it explains the picture. */
interface Fit extends Direction {
  /** Share of the squares of all changes that its shadow explains, 0..1. */
  readonly share: number;
}

/** What changed since the arm rested, as far as light alone changed it. */
interface Change {
  readonly cells: readonly number[];
  /** Natural logarithm of the luma beside that at rest, less what all of the picture shares. */
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

  /** The unit vector towards the lamp, base frame; null as long as it is not known. */
  get direction(): Vec3 | null {
    return this.found === null ? null : unitVector(this.found);
  }

  /**
   * @param posed the present picture
   * @param groundOf what it shows of the table
   * @param moving whether the arm moves, or has just stopped
   * @param wanted whether something in the picture before was not explained
   * @returns null where it is not known
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

  /** Looks for the lamp, or for where it is now; true where it was found in this picture. */
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

/** Null where something else than light has changed, or too little to tell. */
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

/** The lamp whose shadow explains most: first by the cells that changed, then by all of the picture. */
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

/** Least squares of the changes over those of the shade, through zero. */
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

/** The cells that the shadow covers in one of these postures, and those beside them. */
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
