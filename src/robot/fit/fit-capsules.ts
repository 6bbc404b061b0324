import type { Vec3 } from '../../contracts/geometry.js';
import type { Capsule } from '../robot-model.js';
import { dot } from '../vector.js';
import { type FittedCapsule, fitCapsule, radiusAround, volumeOf } from './one-capsule.js';
import { principalAxes } from './principal-axes.js';
import { boxAround, concatenated, cut, outermost, type Plane, sampled, split } from './surface.js';

interface FitOptions {
  /** Maximum number of capsules. */
  readonly capsules_max: number;
}

/** Resolution of the surface samples for choosing cuts: steps along the diagonal of the bounding box. */
const STEPS = 32;
/** Relative positions along an axis where cuts are tried. */
const PLACES = [0.12, 0.25, 0.38, 0.5, 0.62, 0.75, 0.88];
/** An additional capsule must reduce the volume by this share of the first one's. */
const WORTH = 0.08;
/** Grid points along the longest side for estimating the overlap of two capsules. */
const GRID = 14;
/** Capsules this thin are not cut further, m: their error is below that of the calibration. */
const THIN_M = 0.006;
const AXES: readonly Vec3[] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

interface Piece {
  readonly points: Float64Array;
  /** Half the sample spacing. */
  readonly rim_m: number;
  readonly capsule: FittedCapsule;
  /** The best cut, computed on demand; null if there is none. */
  cut?: Cut | null;
}

interface Cut {
  readonly plane: Plane;
  readonly parts: readonly [Piece, Piece];
  /** Reduction in volume, m³. */
  readonly gain_m3: number;
}

/** Binary tree of cutting planes; null leaves are uncut parts. */
type Parts = { readonly plane: Plane; readonly below: Parts; readonly above: Parts } | null;

/**
 * A few capsules that together cover every point of a triangle mesh (nine numbers per triangle, m; unordered,
 * need not be closed). The mesh is cut along planes as long as that reduces the volume, then a capsule is
 * fitted to each part; triangles crossing a plane are cut, so that their parts are covered too. Empty for no
 * triangles.
 */
export function fitCapsules(triangles: Float64Array, { capsules_max }: FitOptions): readonly Capsule[] {
  if (triangles.length < 9) return [];
  const { side_m } = boxAround(triangles);
  const diagonal_m = Math.hypot(...side_m);
  if (!(diagonal_m > 0)) return joined([triangles]);
  const step_m = diagonal_m / STEPS;
  const whole = pieceOf(sampled(triangles, step_m), step_m / 2);
  return joined(leaves(triangles, partsOf(whole, cutsOf(whole, capsules_max))));
}

/**
 * The cuts that pay off. All are tried first, because often the second one brings the gain that the first did
 * not.
 */
function cutsOf(whole: Piece, capsules_max: number): ReadonlyMap<Piece, Cut> {
  const pieces = new Set([whole]);
  const cuts: [Piece, Cut][] = [];
  const price_m3 = WORTH * whole.capsule.volume_m3;
  let [sum_m3, best_m3, worthwhile] = [0, 0, 0];
  while (pieces.size < capsules_max) {
    const [next, found] = bestOf(pieces);
    if (next === null || found === null) break;
    cuts.push([next, found]);
    pieces.delete(next);
    for (const part of found.parts) pieces.add(part);
    sum_m3 += found.gain_m3 - price_m3;
    if (sum_m3 > best_m3) [best_m3, worthwhile] = [sum_m3, cuts.length];
  }
  return new Map(cuts.slice(0, worthwhile));
}

function pieceOf(points: Float64Array, rim_m: number): Piece {
  return { points, rim_m, capsule: fitCapsule(outermost(points, false), false) };
}

/** The piece whose best cut reduces the volume most, with that cut; none if all remaining pieces are thin. */
function bestOf(pieces: ReadonlySet<Piece>): readonly [Piece, Cut] | readonly [null, null] {
  let best: readonly [Piece, Cut] | readonly [null, null] = [null, null];
  for (const piece of pieces) {
    if (piece.capsule.radius_m < THIN_M) continue;
    if (piece.cut === undefined) piece.cut = bestCut(piece);
    if (piece.cut === null) continue;
    if (best[1] === null || piece.cut.gain_m3 > best[1].gain_m3) best = [piece, piece.cut];
  }
  return best;
}

function bestCut({ points, rim_m, capsule }: Piece): Cut | null {
  let best: Cut | null = null;
  for (const normal of [...AXES, ...principalAxes(points)]) {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let at = 0; at < points.length; at += 3) {
      const along = dot([points[at]!, points[at + 1]!, points[at + 2]!], normal);
      low = Math.min(low, along);
      high = Math.max(high, along);
    }
    for (const place of PLACES) {
      const plane = { normal, at_m: low + place * (high - low) };
      const [below, above] = split(points, plane, rim_m);
      if (below.length < 12 || above.length < 12) continue;
      const parts = [pieceOf(below, rim_m), pieceOf(above, rim_m)] as const;
      const gain_m3 = capsule.volume_m3 - volumeOfBoth(parts[0].capsule, parts[1].capsule);
      if (best === null || gain_m3 > best.gain_m3) best = { plane, parts, gain_m3 };
    }
  }
  return best;
}

/** Volume of the union of two capsules, m³. */
function volumeOfBoth(one: FittedCapsule, other: FittedCapsule): number {
  const { a, b, radius_m } = one;
  const low = a.map((value, k) => Math.min(value, b[k]!) - radius_m);
  const side = a.map((value, k) => Math.max(value, b[k]!) + radius_m - low[k]!);
  const step = Math.max(...side) / GRID;
  let [inOne, inBoth] = [0, 0];
  for (let x = low[0]! + step / 2; x < low[0]! + side[0]!; x += step) {
    for (let y = low[1]! + step / 2; y < low[1]! + side[1]!; y += step) {
      for (let z = low[2]! + step / 2; z < low[2]! + side[2]!; z += step) {
        if (!within(one, x, y, z)) continue;
        inOne++;
        if (within(other, x, y, z)) inBoth++;
      }
    }
  }
  const shared = inOne > 0 ? inBoth / inOne : 0;
  return one.volume_m3 * (1 - shared) + other.volume_m3;
}

function within({ a, b, radius_m }: Capsule, x: number, y: number, z: number): boolean {
  const [wx, wy, wz] = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
  const [dx, dy, dz] = [x - a[0], y - a[1], z - a[2]];
  const square = wx * wx + wy * wy + wz * wz;
  const along = square > 0 ? Math.min(1, Math.max(0, (dx * wx + dy * wy + dz * wz) / square)) : 0;
  const [ex, ey, ez] = [dx - along * wx, dy - along * wy, dz - along * wz];
  return ex * ex + ey * ey + ez * ez < radius_m * radius_m;
}

function partsOf(piece: Piece, cuts: ReadonlyMap<Piece, Cut>): Parts {
  const found = cuts.get(piece);
  if (found === undefined) return null;
  const [below, above] = found.parts;
  return { plane: found.plane, below: partsOf(below, cuts), above: partsOf(above, cuts) };
}

/** Splits the mesh itself, rather than its samples. */
function leaves(triangles: Float64Array, parts: Parts): readonly Float64Array[] {
  if (triangles.length === 0) return [];
  if (parts === null) return [triangles];
  const [below, above] = cut(triangles, parts.plane);
  return [...leaves(below, parts.below), ...leaves(above, parts.above)];
}

/**
 * Capsules of the parts; pairs are merged as long as that adds less volume than an additional capsule must
 * save.
 */
function joined(parts: readonly Float64Array[]): readonly Capsule[] {
  let left = parts.map((triangles) => ({ triangles, capsule: exactly(triangles) }));
  while (left.length > 1) {
    const price_m3 = WORTH * left.reduce((sum, { capsule }) => sum + capsule.volume_m3, 0);
    let best: {
      readonly pair: readonly (typeof left)[number][];
      readonly one: (typeof left)[number];
    } | null = null;
    let least_m3 = price_m3;
    for (const [index, a] of left.entries()) {
      for (const b of left.slice(index + 1)) {
        const triangles = concatenated([a.triangles, b.triangles]);
        const capsule = exactly(triangles);
        const more_m3 = capsule.volume_m3 - volumeOfBoth(a.capsule, b.capsule);
        if (more_m3 < least_m3) [least_m3, best] = [more_m3, { pair: [a, b], one: { triangles, capsule } }];
      }
    }
    if (best === null) break;
    const { pair, one } = best;
    left = [...left.filter((part) => !pair.includes(part)), one];
  }
  return left.map(({ capsule: { a, b, radius_m } }) => ({ a, b, radius_m }));
}

/** A capsule around all corners of some triangles, which therefore contains the triangles. */
function exactly(triangles: Float64Array): FittedCapsule {
  const { a, b } = fitCapsule(outermost(triangles, true), true);
  const capsule = { a, b, radius_m: radiusAround(triangles, a, b) };
  return { ...capsule, volume_m3: volumeOf(capsule) };
}
