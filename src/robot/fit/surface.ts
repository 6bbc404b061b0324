import type { Vec3 } from '../../contracts/geometry.js';

/** Directions spread evenly over a hemisphere (Fibonacci), in which extreme points are searched. */
function directions(count: number): Float64Array {
  const found = new Float64Array(3 * count);
  for (let i = 0; i < count; i++) {
    const z = 1 - (i + 0.5) / count;
    const ring = Math.sqrt(1 - z * z);
    const turn = i * Math.PI * (3 - Math.sqrt(5));
    found.set([ring * Math.cos(turn), ring * Math.sin(turn), z], 3 * i);
  }
  return found;
}

const COARSE = directions(32);
const FINE = directions(160);

/** Points (three numbers each) that are extreme in some direction: they determine what encloses all. */
export function outermost(points: Float64Array, fine: boolean): Float64Array {
  const ways = fine ? FINE : COARSE;
  if (points.length <= ways.length * 2) return points;
  const kept = new Set<number>();
  for (let way = 0; way < ways.length; way += 3) {
    const [x, y, z] = [ways[way]!, ways[way + 1]!, ways[way + 2]!];
    let [low, high, lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
    for (let at = 0; at < points.length; at += 3) {
      const along = points[at]! * x + points[at + 1]! * y + points[at + 2]! * z;
      if (along < low) [low, lowest] = [along, at];
      if (along > high) [high, highest] = [along, at];
    }
    kept.add(lowest).add(highest);
  }
  return pick(points, [...kept]);
}

function pick(points: Float64Array, places: readonly number[]): Float64Array {
  const found = new Float64Array(3 * places.length);
  for (const [index, at] of places.entries()) found.set(points.subarray(at, at + 3), 3 * index);
  return found;
}

/** All numbers of some lists in one, in their order. */
export function concatenated(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Bounding box of points: its lower corner and its sides. */
export function boxAround(points: Float64Array): { readonly low: Vec3; readonly side_m: Vec3 } {
  const low = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const high = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < points.length; at++) {
    low[at % 3] = Math.min(low[at % 3]!, points[at]!);
    high[at % 3] = Math.max(high[at % 3]!, points[at]!);
  }
  const side = (k: number): number => high[k]! - low[k]!;
  return { low: [low[0]!, low[1]!, low[2]!], side_m: [side(0), side(1), side(2)] };
}

/**
 * Samples all over a mesh (nine numbers per triangle), about one per cube of side `step_m`: large triangles
 * get interior points, small ones share them.
 */
export function sampled(triangles: Float64Array, step_m: number): Float64Array {
  const { low } = boxAround(triangles);
  const cells = new Map<number, Vec3>();
  const put = (x: number, y: number, z: number): void => {
    const cell = (value: number, k: number): number => Math.floor((value - low[k]!) / step_m);
    const key = (cell(x, 0) * 1024 + cell(y, 1)) * 1024 + cell(z, 2);
    if (!cells.has(key)) cells.set(key, [x, y, z]);
  };
  for (let at = 0; at < triangles.length; at += 9) {
    const t = triangles.subarray(at, at + 9);
    const edge = (i: number, j: number): number =>
      Math.hypot(t[3 * i]! - t[3 * j]!, t[3 * i + 1]! - t[3 * j + 1]!, t[3 * i + 2]! - t[3 * j + 2]!);
    const parts = Math.max(1, Math.ceil(Math.max(edge(0, 1), edge(1, 2), edge(2, 0)) / step_m));
    for (let i = 0; i <= parts; i++) {
      for (let j = 0; j <= parts - i; j++) {
        const [u, v, w] = [i / parts, j / parts, (parts - i - j) / parts];
        put(
          u * t[0]! + v * t[3]! + w * t[6]!,
          u * t[1]! + v * t[4]! + w * t[7]!,
          u * t[2]! + v * t[5]! + w * t[8]!,
        );
      }
    }
  }
  return Float64Array.from([...cells.values()].flat());
}

/** A plane: a unit normal, and the distance along it. */
export interface Plane {
  readonly normal: Vec3;
  readonly at_m: number;
}

/** Points on either side of a plane; those within `rim_m` go to both. */
export function split(
  points: Float64Array,
  { normal, at_m }: Plane,
  rim_m: number,
): readonly [Float64Array, Float64Array] {
  const sides: [number[], number[]] = [[], []];
  for (let at = 0; at < points.length; at += 3) {
    const along = points[at]! * normal[0] + points[at + 1]! * normal[1] + points[at + 2]! * normal[2];
    if (along < at_m + rim_m) sides[0].push(at);
    if (along >= at_m - rim_m) sides[1].push(at);
  }
  return [pick(points, sides[0]), pick(points, sides[1])];
}

/** Cuts triangles along a plane, into one set per side. */
export function cut(triangles: Float64Array, plane: Plane): readonly [Float64Array, Float64Array] {
  const { normal, at_m } = plane;
  const sides: [number[], number[]] = [[], []];
  for (let at = 0; at < triangles.length; at += 9) {
    const corners = [0, 3, 6].map((k): Vec3 => {
      const p = at + k;
      return [triangles[p]!, triangles[p + 1]!, triangles[p + 2]!];
    });
    const over = corners.map((p) => p[0] * normal[0] + p[1] * normal[1] + p[2] * normal[2] - at_m);
    if (over.every((height) => height < 0)) sides[0].push(...corners.flat());
    else if (over.every((height) => height >= 0)) sides[1].push(...corners.flat());
    else cutOne(corners, over, sides);
  }
  return [Float64Array.from(sides[0]), Float64Array.from(sides[1])];
}

/** Sutherland-Hodgman clipping for both sides at once; each remaining polygon becomes a triangle fan. */
function cutOne(corners: readonly Vec3[], over: readonly number[], sides: [number[], number[]]): void {
  const parts: [Vec3[], Vec3[]] = [[], []];
  for (const [i, p] of corners.entries()) {
    const j = (i + 1) % 3;
    const [here, there] = [over[i]!, over[j]!];
    parts[here < 0 ? 0 : 1].push(p);
    if (here < 0 === there < 0) continue;
    const k = here / (here - there);
    const q = corners[j]!;
    const between: Vec3 = [p[0] + k * (q[0] - p[0]), p[1] + k * (q[1] - p[1]), p[2] + k * (q[2] - p[2])];
    for (const part of parts) part.push(between);
  }
  for (const [side, part] of parts.entries()) {
    for (let k = 2; k < part.length; k++)
      sides[side as 0 | 1].push(...part[0]!, ...part[k - 1]!, ...part[k]!);
  }
}
