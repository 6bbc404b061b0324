import type { CameraModel, Vec3 } from '../contracts/geometry.js';
import type { SeenObject, VisionAnswer } from '../contracts/vision.js';
import { cellAt } from '../robot/camera.js';
import { surprisingCells } from './surprising.js';

/** Two sightings of a static object are closer than this, m: the error of vision. */
const SAME_PLACE_M = 0.01;
/** An object closer than this to a place is at that place, m. */
const AT_PLACE_M = 0.02;
/** Reach of an object's shadow in the image, m. */
const SHADOW_M = 0.02;
const THINGS_MAX = 64;

type Thing = Pick<SeenObject, 'position_m' | 'size_m' | 'colour'>;

/** Result of one look, at the image of `stamp_ms`. */
interface Sighting {
  readonly stamp_ms: number;
  readonly things: readonly Thing[];
}

/** Maps the camera image to the table. */
export interface TableView {
  readonly rows: number;
  readonly columns: number;
  readonly camera: CameraModel;
  readonly pixelOf: (position_m: Vec3) => readonly [number, number] | null;
  readonly table_height_m: number;
  readonly object_height_m: number;
}

/**
 * Tells a rearranged table from an intruder. A surprising cell is explained where vision saw an object at the same place
 * in two sightings in a row, or where an object used to be and both sightings miss it. Every surprising cell must be
 * explained and static: a hand is larger than the objects it moves, and enters over the image edge, where no cell is ever
 * explained.
 */
export class MovedObjects {
  private sightings: readonly Sighting[] = [];
  /** Objects on the table before the crisis. */
  private before: readonly Thing[] = [];
  /** Places where objects appeared or vanished, as explained in this crisis; null if none. */
  private settled: readonly Thing[] | null = null;

  /** What was accepted as normal in this crisis, in words; null if nothing. */
  get explanation(): string | null {
    if (this.settled === null) return null;
    const { length } = this.settled;
    const places = length === 0 ? '' : ` (${length} ${length === 1 ? 'place' : 'places'})`;
    return `moved things have settled${places}`;
  }

  /** Resets at the end of a crisis. */
  reset(): void {
    this.settled = null;
  }

  /**
   * Records an answer of vision.
   * @param calm true outside a crisis, when the beliefs are the reference
   */
  noteSighting({ stamp_ms, objects }: VisionAnswer, believed: readonly Thing[], calm: boolean): void {
    this.sightings = [...this.sightings.slice(-1), { stamp_ms, things: objects.slice(0, THINGS_MAX) }];
    if (calm) this.before = believed.slice(0, THINGS_MAX);
  }

  /**
   * Cells to accept as normal; empty unless every surprising cell is explained and static. What was moved is
   * `told` until the crisis is over.
   * @param surprising_s how long each cell has been surprising, s; negative where it is not
   */
  explainedCells(
    surprising_s: Float32Array,
    still_s: number,
    now_ms: number,
    view: TableView,
  ): readonly number[] {
    const cells = surprisingCells(surprising_s);
    if (cells.length === 0 || cells.some((cell) => surprising_s[cell]! < still_s)) return [];
    const first = this.sightings[0];
    const second = this.sightings[1];
    if (first === undefined || second === undefined) return [];
    const settled_s = cells.reduce((least, cell) => Math.min(least, surprising_s[cell]!), Infinity);
    // Both images must be from after the table settled.
    if (Math.min(first.stamp_ms, second.stamp_ms) < now_ms - settled_s * 1000) return [];
    const places = placesOf(first, second, this.before).map((place) => ({
      place,
      cells: cellsOf(place, view),
    }));
    const known = new Set(places.flatMap((one) => one.cells));
    if (!cells.every((cell) => known.has(cell))) return [];
    const shown = places.filter((one) => one.cells.some((cell) => surprising_s[cell]! >= 0));
    this.settle(shown.map(({ place }) => place));
    return cells;
  }

  /** Objects still in their old place are merely next to what was moved. */
  private settle(places: readonly Thing[]): void {
    const settled = [...(this.settled ?? [])];
    const gone = (place: Thing): boolean => this.before.includes(place);
    for (const place of places) {
      const stayed = !gone(place) && this.before.some((other) => sameThing(other, place));
      if (!stayed && settled.every((other) => distance(other, place) > AT_PLACE_M)) settled.push(place);
    }
    this.settled = settled.slice(0, THINGS_MAX);
  }
}

const sameThing = (a: Thing, b: Thing): boolean => a.colour === b.colour && distance(a, b) < AT_PLACE_M;

/** Places of objects present in both looks, and former places empty in both. */
function placesOf(first: Sighting, second: Sighting, before: readonly Thing[]): readonly Thing[] {
  const lies = second.things.filter((thing) =>
    first.things.some((other) => other.colour === thing.colour && distance(other, thing) < SAME_PLACE_M),
  );
  const seen = [...first.things, ...second.things];
  return [...lies, ...before.filter((thing) => seen.every((other) => distance(other, thing) > AT_PLACE_M))];
}

const distance = (a: Thing, b: Thing): number =>
  Math.hypot(a.position_m[0] - b.position_m[0], a.position_m[1] - b.position_m[1]);

/** Cells that show an object or its shadow, without those at the image border; empty if it is not in view. */
function cellsOf({ position_m: [x, y], size_m }: Thing, view: TableView): readonly number[] {
  const { rows, columns, camera, pixelOf, table_height_m, object_height_m } = view;
  const half_m = (size_m * Math.SQRT2) / 2;
  const corners = [
    ...square(x, y, half_m + SHADOW_M, table_height_m),
    ...square(x, y, half_m, table_height_m + object_height_m),
  ].map(pixelOf);
  const pixels = corners.flatMap((pixel) => (pixel === null ? [] : [pixel]));
  if (pixels.length < corners.length) return [];
  const shown = pixels.map((pixel) => cellAt(pixel, camera, view));
  const [inRows, inColumns] = [shown.map(({ row }) => row), shown.map(({ column }) => column)];
  const left = Math.max(1, Math.min(...inColumns));
  const right = Math.min(columns - 2, Math.max(...inColumns));
  const top = Math.max(1, Math.min(...inRows));
  const bottom = Math.min(rows - 2, Math.max(...inRows));
  const cells: number[] = [];
  for (let row = top; row <= bottom; row++)
    for (let column = left; column <= right; column++) cells.push(row * columns + column);
  return cells;
}

const square = (x: number, y: number, half_m: number, z: number): Vec3[] => [
  [x - half_m, y - half_m, z],
  [x - half_m, y + half_m, z],
  [x + half_m, y - half_m, z],
  [x + half_m, y + half_m, z],
];
