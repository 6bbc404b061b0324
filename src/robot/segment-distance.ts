/**
 * Squared distance between the segments p[i..i+5] and p[j..j+5] (two ends x y z each, m).
 * Source: C. Ericson, Real-Time Collision Detection (2005), §5.1.9.
 */
export function segmentDistanceSquared(p: Float64Array, i: number, j: number): number {
  const ux = p[i + 3]! - p[i]!;
  const uy = p[i + 4]! - p[i + 1]!;
  const uz = p[i + 5]! - p[i + 2]!;
  const vx = p[j + 3]! - p[j]!;
  const vy = p[j + 4]! - p[j + 1]!;
  const vz = p[j + 5]! - p[j + 2]!;
  const rx = p[i]! - p[j]!;
  const ry = p[i + 1]! - p[j + 1]!;
  const rz = p[i + 2]! - p[j + 2]!;
  const a = ux * ux + uy * uy + uz * uz;
  const e = vx * vx + vy * vy + vz * vz;
  const f = vx * rx + vy * ry + vz * rz;
  const c = ux * rx + uy * ry + uz * rz;
  const b = ux * vx + uy * vy + uz * vz;
  let s = 0;
  let t = 0;
  if (a > TINY) {
    const determinant = a * e - b * b;
    s = determinant > TINY * a * e ? clamp01((b * f - c * e) / determinant) : 0;
    t = e > TINY ? (b * s + f) / e : 0;
    if (t < 0 || e <= TINY) {
      t = 0;
      s = clamp01(-c / a);
    } else if (t > 1) {
      t = 1;
      s = clamp01((b - c) / a);
    }
  } else if (e > TINY) {
    t = clamp01(f / e);
  }
  const dx = rx + s * ux - t * vx;
  const dy = ry + s * uy - t * vy;
  const dz = rz + s * uz - t * vz;
  return dx * dx + dy * dy + dz * dz;
}

const TINY = 1e-12;
const clamp01 = (x: number): number => (x < 0 ? 0 : x > 1 ? 1 : x);
