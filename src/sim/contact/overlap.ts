import type { Vec3 } from '../../contracts/geometry.js';
import { cross, dot, scale, subtract } from '../../robot/vector.js';

/** Turns after which two solids that are still not told apart count as touching. */
const TURNS_MAX = 32;

function farthest(corners: Float64Array, d: Vec3): Vec3 {
  let best = -Infinity;
  let at = 0;
  for (let i = 0; i < corners.length; i += 3) {
    const along = corners[i]! * d[0] + corners[i + 1]! * d[1] + corners[i + 2]! * d[2];
    if (along > best) {
      best = along;
      at = i;
    }
  }
  return [corners[at]!, corners[at + 1]!, corners[at + 2]!];
}

/**
 * Whether two convex solids, given by their corners, overlap. Source: Gilbert, Johnson and Keerthi 1988, in the
 * simplex form of van den Bergen 2003.
 */
export function overlap(a: Float64Array, b: Float64Array): boolean {
  let direction: Vec3 = [1, 0.01, 0.001];
  const simplex: Vec3[] = [support(a, b, direction)];
  direction = scale(simplex[0]!, -1);
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    if (dot(direction, direction) < 1e-18) return true;
    const point = support(a, b, direction);
    if (dot(point, direction) < 0) return false;
    simplex.unshift(point);
    const next = advance(simplex);
    if (next === null) return true;
    direction = next;
  }
  return true;
}

const support = (a: Float64Array, b: Float64Array, d: Vec3): Vec3 =>
  subtract(farthest(a, d), farthest(b, scale(d, -1)));

/** Part of `simplex` (newest first) that is nearest to the origin, and the way on; null when it holds the origin. */
function advance(simplex: Vec3[]): Vec3 | null {
  if (simplex.length === 2) return line(simplex);
  if (simplex.length === 3) return triangle(simplex);
  return tetrahedron(simplex);
}

function line(simplex: Vec3[]): Vec3 {
  const [a, b] = simplex as [Vec3, Vec3];
  const [ab, ao] = [subtract(b, a), scale(a, -1)];
  if (dot(ab, ao) > 0) return cross(cross(ab, ao), ab);
  simplex.length = 1;
  return ao;
}

function triangle(simplex: Vec3[]): Vec3 {
  const [a, b, c] = simplex as [Vec3, Vec3, Vec3];
  const [ab, ac, ao] = [subtract(b, a), subtract(c, a), scale(a, -1)];
  const normal = cross(ab, ac);
  if (dot(cross(normal, ac), ao) > 0) {
    if (dot(ac, ao) > 0) {
      simplex.splice(0, 3, a, c);
      return cross(cross(ac, ao), ac);
    }
    simplex.splice(0, 3, a, b);
    return line(simplex);
  }
  if (dot(cross(ab, normal), ao) > 0) {
    simplex.splice(0, 3, a, b);
    return line(simplex);
  }
  if (dot(normal, ao) > 0) return normal;
  simplex.splice(0, 3, a, c, b);
  return scale(normal, -1);
}

function tetrahedron(simplex: Vec3[]): Vec3 | null {
  const [a, b, c, d] = simplex as [Vec3, Vec3, Vec3, Vec3];
  const [ab, ac, ad, ao] = [subtract(b, a), subtract(c, a), subtract(d, a), scale(a, -1)];
  if (dot(cross(ab, ac), ao) > 0) {
    simplex.splice(0, 4, a, b, c);
    return triangle(simplex);
  }
  if (dot(cross(ac, ad), ao) > 0) {
    simplex.splice(0, 4, a, c, d);
    return triangle(simplex);
  }
  if (dot(cross(ad, ab), ao) > 0) {
    simplex.splice(0, 4, a, d, b);
    return triangle(simplex);
  }
  return null;
}
