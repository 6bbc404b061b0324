import type { Vec3 } from '../../contracts/geometry.js';
import type { Capsule } from '../robot-model.js';
import { add, cross, dot, length, scale, unit } from '../vector.js';
import { principalAxes } from './principal-axes.js';

/** Radii tried, as multiples of the smallest: a wider capsule needs less length beyond a flat end. */
const WIDER = [1, 1.04, 1.1, 1.18, 1.3];
/** Successive tilts of the axis in search of a smaller capsule, rad. */
const TILTS = [0.25, 0.12, 0.06, 0.03];
/** Iterations of the smallest-circle search; its radius is then within 1 % of the optimum. */
const CIRCLE_STEPS = 40;
const MIDDLE: readonly Vec3[] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

export interface FittedCapsule extends Capsule {
  readonly volume_m3: number;
}

/** π r² l + 4/3 π r³. */
export function volumeOf({ a, b, radius_m: r }: Capsule): number {
  return Math.PI * r ** 2 * Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]) + (4 / 3) * Math.PI * r ** 3;
}

/**
 * A small capsule around points (at least one, three numbers each, m): the smallest of those along the
 * principal axes and the axes of their frame; `exact` also tilts the best axis.
 */
export function fitCapsule(points: Float64Array, exact: boolean): FittedCapsule {
  let best: { axis: Vec3; capsule: FittedCapsule } | null = null;
  const attempt = (axis: Vec3): boolean => {
    const capsule = alongAxis(points, axis);
    if (best !== null && capsule.volume_m3 >= best.capsule.volume_m3 * 0.999) return false;
    best = { axis, capsule };
    return true;
  };
  for (const axis of [...principalAxes(points), ...MIDDLE]) attempt(axis);
  const found = (): { axis: Vec3; capsule: FittedCapsule } => best!;
  if (!exact) return found().capsule;
  for (const tilt of TILTS) {
    for (let round = 0, better = true; better && round < 4; round++) {
      const { axis } = found();
      better = false;
      for (const side of sidesOf(axis)) {
        better = attempt(unit(add(axis, scale(side, tilt))) ?? axis) || better;
        better = attempt(unit(add(axis, scale(side, -tilt))) ?? axis) || better;
      }
    }
  }
  return found().capsule;
}

/** Two unit vectors that complete a unit vector to an orthogonal basis. */
export function sidesOf(axis: Vec3): readonly [Vec3, Vec3] {
  const v = unit(cross(axis, Math.abs(axis[0]) < 0.7 ? [1, 0, 0] : [0, 1, 0])) ?? [0, 1, 0];
  return [v, cross(axis, v)];
}

/** The smallest capsule around points with a given axis direction, among the radii tried. */
function alongAxis(points: Float64Array, axis: Vec3): FittedCapsule {
  const count = points.length / 3;
  const [v, w] = sidesOf(axis);
  const x = new Float64Array(count);
  const y = new Float64Array(count);
  const h = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const p: Vec3 = [points[3 * i]!, points[3 * i + 1]!, points[3 * i + 2]!];
    x[i] = dot(p, v);
    y[i] = dot(p, w);
    h[i] = dot(p, axis);
  }
  const circle = enclosingCircle(x, y);
  const square = x.map((value, i) => (value - circle.x) ** 2 + (y[i]! - circle.y) ** 2);
  let best: FittedCapsule | null = null;
  for (const wider of WIDER) {
    const radius_m = circle.radius * wider;
    let high = Number.NEGATIVE_INFINITY;
    let low = Number.POSITIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const cap = Math.sqrt(Math.max(0, radius_m ** 2 - square[i]!));
      high = Math.max(high, h[i]! - cap);
      low = Math.min(low, h[i]! + cap);
    }
    if (high < low) high = low = (high + low) / 2;
    const at = (along: number): Vec3 => add(add(scale(v, circle.x), scale(w, circle.y)), scale(axis, along));
    const capsule = { a: at(low), b: at(high), radius_m };
    const volume_m3 = volumeOf(capsule);
    if (best === null || volume_m3 < best.volume_m3) best = { ...capsule, volume_m3 };
  }
  return best!;
}

/**
 * An approximately smallest enclosing circle (Bădoiu & Clarkson 2003: move towards the farthest point, in
 * decreasing steps).
 */
function enclosingCircle(xs: Float64Array, ys: Float64Array): { x: number; y: number; radius: number } {
  let best = { x: 0, y: 0, radius: Number.POSITIVE_INFINITY };
  let [x, y] = [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
  for (let step = 0; step < CIRCLE_STEPS; step++) {
    let far = -1;
    let at = 0;
    for (let i = 0; i < xs.length; i++) {
      const square = (xs[i]! - x) ** 2 + (ys[i]! - y) ** 2;
      if (square > far) [far, at] = [square, i];
    }
    if (Math.sqrt(far) < best.radius) best = { x, y, radius: Math.sqrt(far) };
    x += (xs[at]! - x) / (step + 2.5);
    y += (ys[at]! - y) / (step + 2.5);
  }
  return best;
}

/** Radius that a segment needs to contain all points, m. */
export function radiusAround(points: Float64Array, a: Vec3, b: Vec3): number {
  const way: Vec3 = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
  const square = length(way) ** 2;
  let far = 0;
  for (let at = 0; at < points.length; at += 3) {
    const dx = points[at]! - a[0];
    const dy = points[at + 1]! - a[1];
    const dz = points[at + 2]! - a[2];
    const along =
      square > 0 ? Math.min(1, Math.max(0, (dx * way[0] + dy * way[1] + dz * way[2]) / square)) : 0;
    far = Math.max(far, (dx - along * way[0]) ** 2 + (dy - along * way[1]) ** 2 + (dz - along * way[2]) ** 2);
  }
  return Math.sqrt(far);
}
