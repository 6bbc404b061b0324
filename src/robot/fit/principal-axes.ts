import type { Vec3 } from '../../contracts/geometry.js';
import { unit } from '../vector.js';

/** Sweeps of the Jacobi method; three by three matrices converge in five. */
const SWEEPS = 8;

/** The principal axes of points (three numbers each) as unit vectors: eigenvectors of their covariance. */
export function principalAxes(points: Float64Array): readonly Vec3[] {
  const c = covariance(points);
  const v = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const [p, q] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      rotate(c, v, p, q);
    }
  }
  return [0, 1, 2].map((k) => unit([v[0]![k]!, v[1]![k]!, v[2]![k]!]) ?? [1, 0, 0]);
}

function covariance(points: Float64Array): number[][] {
  const count = points.length / 3;
  const mean = [0, 0, 0];
  for (let at = 0; at < points.length; at++) mean[at % 3]! += points[at]! / count;
  const c = [0, 1, 2].map(() => [0, 0, 0]);
  for (let at = 0; at < points.length; at += 3) {
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        c[i]![j]! += ((points[at + i]! - mean[i]!) * (points[at + j]! - mean[j]!)) / count;
      }
    }
  }
  return c;
}

/** One rotation of Jacobi's method: makes the element (p, q) zero (Golub & Van Loan, §8.5). */
function rotate(c: number[][], v: number[][], p: number, q: number): void {
  const off = c[p]![q]!;
  if (Math.abs(off) < 1e-18) return;
  const theta = (c[q]![q]! - c[p]![p]!) / (2 * off);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cos = 1 / Math.hypot(t, 1);
  const sin = t * cos;
  for (let k = 0; k < 3; k++) {
    const [a, b] = [c[k]![p]!, c[k]![q]!];
    c[k]![p] = cos * a - sin * b;
    c[k]![q] = sin * a + cos * b;
  }
  for (let k = 0; k < 3; k++) {
    const [a, b] = [c[p]![k]!, c[q]![k]!];
    c[p]![k] = cos * a - sin * b;
    c[q]![k] = sin * a + cos * b;
    const [e, f] = [v[k]![p]!, v[k]![q]!];
    v[k]![p] = cos * e - sin * f;
    v[k]![q] = sin * e + cos * f;
  }
}
