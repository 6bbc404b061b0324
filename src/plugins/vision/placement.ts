import type { Vec3 } from '../../contracts/geometry.js';
import { BoxPainter, type Cuboid, type Extent } from './cuboid.js';
import type { Projector } from './projector.js';
import type { Sighting } from './sighting.js';

/** Where an object stands, and how well a box there explains what was seen (0..1, overlap over union). */
export interface Placement {
  readonly x_m: number;
  readonly y_m: number;
  readonly yaw_rad: number;
  readonly size_m: number;
  readonly overlap: number;
}

/** Where boxes stand, and how high they are. */
type Height = Pick<Cuboid, 'bottom_m' | 'height_m'>;

interface Moments {
  readonly area: number;
  readonly column: number;
  readonly row: number;
}

const QUARTER = Math.PI / 2;
/** Turns tried in the first round; a square looks the same after a quarter. */
const TURNS = 9;
/** Rounds of moving and scaling at most; where nothing hides the object, three come to rest. */
const ROUNDS_MAX = 12;
const ROUNDS_EACH = 1;
/** A round that moves and scales by less than this is the last. */
const REST_M = 1e-4;
/** Sizes allowed, in heights of an object. */
const SIZE_MIN = 0.4;
const SIZE_MAX = 4;
/** Largest change of the size in one round, so that a bad start does not run away. */
const GROWTH_MAX = 1.3;

/** @param within the part of the patch outside of which nothing is filled */
function momentsOf(fill: Float32Array, sighting: Sighting, within: Extent): Moments | null {
  let area = 0;
  let columns = 0;
  let rows = 0;
  for (let row = within.first; row <= within.last; row++) {
    let along = 0;
    let i = row * sighting.columns + within.left;
    for (let column = within.left; column <= within.right; column++, i++) {
      const weight = fill[i]! * sighting.visible[i]!;
      along += weight;
      columns += weight * (sighting.column + column);
    }
    area += along;
    rows += along * (sighting.row + row);
  }
  return area > 1e-3 ? { area, column: columns / area, row: rows / area } : null;
}

function overlapOf(a: Float32Array, b: Float32Array, visible: Float32Array): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < a.length; i++) {
    const one = a[i]!;
    const other = b[i]!;
    const counts = visible[i]!;
    both += (one < other ? one : other) * counts;
    either += (one < other ? other : one) * counts;
  }
  return either > 0 ? both / either : 0;
}

/** Field by field: a fit makes some dozens, and spreads of objects that came about in several ways are slow. */
function boxAt(
  x_m: number,
  y_m: number,
  yaw_rad: number,
  size_m: number,
  { bottom_m, height_m }: Height,
): Cuboid {
  return { x_m, y_m, yaw_rad, size_m, bottom_m, height_m };
}

/** A box that is moved and scaled until its picture has the area and the middle of what was seen. */
class Fit {
  private readonly picture: Float32Array;
  private readonly painter: BoxPainter;
  private readonly seen: Moments;
  private readonly half_way_m: number;
  /** The place of the plane half way up that the middle of what was seen shows. */
  private readonly want: Vec3 | null;

  constructor(
    private readonly sighting: Sighting,
    seen: Moments,
    private readonly projector: Projector,
    private readonly height: Height,
  ) {
    this.picture = new Float32Array(sighting.fill.length);
    this.painter = new BoxPainter(projector);
    this.seen = seen;
    this.half_way_m = height.bottom_m + height.height_m / 2;
    this.want = projector.planePoint(seen.column, seen.row, this.half_way_m);
  }

  /** Draws the box; null when it cannot be seen at all. */
  private draw(cuboid: Cuboid): Moments | null {
    if (!this.painter.paint(cuboid, this.sighting, this.picture)) return null;
    return momentsOf(this.picture, this.sighting, this.painter.extent);
  }

  /**
   * The middle of a box's picture is not the picture of its middle (near parts and visible sides weigh more), and
   * what hides part of it shifts both; so the box is moved by the difference of the two pictures' middles.
   */
  improve(start: Cuboid, rounds: number): Cuboid {
    let box = start;
    for (let round = 0; round < rounds; round++) {
      const drawn = this.draw(box);
      if (drawn === null) return box;
      const { want } = this;
      const have = this.projector.planePoint(drawn.column, drawn.row, this.half_way_m);
      if (want === null || have === null) return box;
      const growth = Math.min(GROWTH_MAX, Math.max(1 / GROWTH_MAX, Math.sqrt(this.seen.area / drawn.area)));
      const size_m = Math.min(
        SIZE_MAX * box.height_m,
        Math.max(SIZE_MIN * box.height_m, box.size_m * growth),
      );
      const [dx, dy, grown] = [want[0] - have[0], want[1] - have[1], size_m - box.size_m];
      box = boxAt(box.x_m + dx, box.y_m + dy, box.yaw_rad, size_m, this.height);
      if (Math.abs(dx) + Math.abs(dy) + Math.abs(grown) < REST_M) return box;
    }
    return box;
  }

  overlap(cuboid: Cuboid): number {
    const drawn = this.draw(cuboid);
    return drawn === null ? 0 : overlapOf(this.picture, this.sighting.fill, this.sighting.visible);
  }
}

const wrapQuarter = (yaw_rad: number): number => yaw_rad - QUARTER * Math.floor(yaw_rad / QUARTER + 0.5);

/** Offset of the top of the parabola through three equally spaced values, in steps, −0.5..0.5. */
function parabolaTop(left: number, middle: number, right: number): number {
  const bend = left - 2 * middle + right;
  return bend < -1e-12 ? Math.min(0.5, Math.max(-0.5, (0.5 * (left - right)) / bend)) : 0;
}

/**
 * Finds the upright box of the given height on the table whose picture is what was seen: its place and size for
 * several turns, then the turn that overlaps best, between the steps by a parabola. Null where the table is not
 * under what was seen.
 */
export function fitBox(
  sighting: Sighting,
  projector: Projector,
  table_height_m: number,
  object_height_m: number,
): Placement | null {
  const whole = { first: 0, last: sighting.rows - 1, left: 0, right: sighting.columns - 1 };
  const seen = momentsOf(sighting.fill, sighting, whole);
  if (seen === null) return null;
  const height: Height = { bottom_m: table_height_m, height_m: object_height_m };
  const middle = projector.planePoint(seen.column, seen.row, table_height_m + object_height_m / 2);
  if (middle === null) return null;
  const fit = new Fit(sighting, seen, projector, height);
  const rough = fit.improve(boxAt(middle[0], middle[1], 0, object_height_m, height), ROUNDS_MAX);
  const turned = (yaw_rad: number) => boxAt(rough.x_m, rough.y_m, yaw_rad, rough.size_m, height);
  const step = QUARTER / TURNS;
  const scores: number[] = [];
  for (let k = 0; k < TURNS; k++) {
    scores.push(fit.overlap(fit.improve(turned(k * step), ROUNDS_EACH)));
  }
  const best = scores.indexOf(Math.max(...scores));
  const before = scores[(best + TURNS - 1) % TURNS]!;
  const after = scores[(best + 1) % TURNS]!;
  const yaw_rad = (best + parabolaTop(before, scores[best]!, after)) * step;
  const box = fit.improve(turned(yaw_rad), ROUNDS_MAX);
  const overlap = fit.overlap(box);
  return { x_m: box.x_m, y_m: box.y_m, yaw_rad: wrapQuarter(yaw_rad), size_m: box.size_m, overlap };
}
