import type { Vec3 } from '../../contracts/geometry.js';
import { BoxPainter, type Cuboid, type Extent } from './cuboid.js';
import type { Projector } from './projector.js';
import type { Sighting } from './sighting.js';

/** Pose of an object, and how well a box there explains what was seen (IoU, 0..1). */
export interface Placement {
  readonly x_m: number;
  readonly y_m: number;
  readonly yaw_rad: number;
  readonly size_m: number;
  readonly overlap: number;
}

/** Base and height of the boxes. */
type Height = Pick<Cuboid, 'bottom_m' | 'height_m'>;

interface Moments {
  readonly area: number;
  readonly column: number;
  readonly row: number;
}

const QUARTER = Math.PI / 2;
/** Yaws tried in the first round; a square repeats after a quarter turn. */
const TURNS = 9;
/** Most rounds of moving and scaling; without occlusion, three converge. */
const ROUNDS_MAX = 12;
const ROUNDS_EACH = 1;
/** A round that moves and scales by less than this is the last. */
const REST_M = 1e-4;
/** Allowed sizes, relative to the object height. */
const SIZE_MIN = 0.4;
const SIZE_MAX = 4;
/** Largest change of size per round, so that a bad start does not diverge. */
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

/** Field by field: a fit makes dozens of them, and spreading objects of different shapes is slow. */
function boxAt(
  x_m: number,
  y_m: number,
  yaw_rad: number,
  size_m: number,
  { bottom_m, height_m }: Height,
): Cuboid {
  return { x_m, y_m, yaw_rad, size_m, bottom_m, height_m };
}

/** Moves and scales a box until its rendering has the area and centroid of what was seen. */
class Fit {
  private readonly picture: Float32Array;
  private readonly painter: BoxPainter;
  private readonly seen: Moments;
  private readonly half_way_m: number;
  /** Point of the plane at half height under the centroid of what was seen. */
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

  /** Renders the box; null if none of it is visible. */
  private draw(cuboid: Cuboid): Moments | null {
    if (!this.painter.paint(cuboid, this.sighting, this.picture)) return null;
    return momentsOf(this.picture, this.sighting, this.painter.extent);
  }

  /**
   * The centroid of a rendered box is not the image of its centre (near parts and visible sides weigh more),
   * and occlusion shifts both; so the box is moved by the difference between the two centroids.
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

/** Offset of the vertex of the parabola through three equally spaced values, in steps, −0.5..0.5. */
function parabolaTop(left: number, middle: number, right: number): number {
  const bend = left - 2 * middle + right;
  return bend < -1e-12 ? Math.min(0.5, Math.max(-0.5, (0.5 * (left - right)) / bend)) : 0;
}

/**
 * Fits the upright box of the given height on the table whose rendering matches what was seen: position and
 * size for several yaws, then the yaw with the best overlap, interpolated by a parabola. Null if the view
 * does not hit the table.
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
