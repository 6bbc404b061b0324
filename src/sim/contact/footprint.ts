import type { ConvexShape } from './convex.js';

/** A point of the table plane, m. */
export type Point2 = readonly [x: number, y: number];

/**
 * Outline, seen from above, of that part of a convex solid which lies below `height_m`; anticlockwise, empty where
 * nothing does.
 */
export function footprintBelow(shape: ConvexShape, corners: Float64Array, height_m: number): Point2[] {
  const points: Point2[] = [];
  for (let i = 0; i < corners.length; i += 3) {
    if (corners[i + 2]! <= height_m) points.push([corners[i]!, corners[i + 1]!]);
  }
  for (let e = 0; e < shape.edges.length; e += 2) {
    const [a, b] = [shape.edges[e]! * 3, shape.edges[e + 1]! * 3];
    const [za, zb] = [corners[a + 2]! - height_m, corners[b + 2]! - height_m];
    if (za > 0 === zb > 0) continue;
    const t = za / (za - zb);
    points.push([
      corners[a]! + t * (corners[b]! - corners[a]!),
      corners[a + 1]! + t * (corners[b + 1]! - corners[a + 1]!),
    ]);
  }
  return convexHull(points);
}

/** Convex hull, anticlockwise. Source: Andrew 1979 (monotone chain). */
export function convexHull(points: readonly Point2[]): Point2[] {
  if (points.length < 3) return [...points];
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (line: readonly Point2[]): Point2[] => {
    const hull: Point2[] = [];
    for (const p of line) {
      while (hull.length >= 2 && turn(hull.at(-2)!, hull.at(-1)!, p) <= 0) hull.pop();
      hull.push(p);
    }
    hull.pop();
    return hull;
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

const turn = (a: Point2, b: Point2, c: Point2): number =>
  (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

/** Corners of a square of edge `size_m` turned by `yaw_rad`, anticlockwise. */
export function square(x: number, y: number, yaw_rad: number, size_m: number): Point2[] {
  const r = size_m / Math.SQRT2;
  return [0, 1, 2, 3].map((k) => {
    const angle = yaw_rad + Math.PI / 4 + (k * Math.PI) / 2;
    return [x + r * Math.cos(angle), y + r * Math.sin(angle)];
  });
}

/**
 * The shortest way to move polygon `a` out of polygon `b`, m; null where they do not overlap.
 * Source: separating axes (Gottschalk 1996).
 */
export function wayOut(a: readonly Point2[], b: readonly Point2[]): Point2 | null {
  if (a.length < 3 || b.length < 3) return null;
  let least = Infinity;
  let out: Point2 = [0, 0];
  for (const polygon of [a, b]) {
    for (let i = 0; i < polygon.length; i++) {
      const [p, q] = [polygon[i]!, polygon[(i + 1) % polygon.length]!];
      const length = Math.hypot(q[0] - p[0], q[1] - p[1]);
      if (length < 1e-9) continue;
      const normal: Point2 = [(q[1] - p[1]) / length, (p[0] - q[0]) / length];
      const [ra, rb] = [range(a, normal), range(b, normal)];
      const forward = rb[1] - ra[0];
      const backward = ra[1] - rb[0];
      if (forward <= 0 || backward <= 0) return null;
      const depth = Math.min(forward, backward);
      if (depth < least) {
        least = depth;
        const sign = forward < backward ? 1 : -1;
        out = [normal[0] * depth * sign, normal[1] * depth * sign];
      }
    }
  }
  return out;
}

function range(polygon: readonly Point2[], axis: Point2): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const p of polygon) {
    const along = p[0] * axis[0] + p[1] * axis[1];
    if (along < low) low = along;
    if (along > high) high = along;
  }
  return [low, high];
}
