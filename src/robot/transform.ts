import type { Pose, Quat, Vec3 } from '../contracts/geometry.js';

/**
 * A rigid transform as twelve numbers, row-major, of the 3 × 4 matrix [R | t] (t in m). `compose(a_T_b,
 * b_T_c)` is `a_T_c`; `applyPoint(a_T_b, p_in_b)` is the point in a.
 */
export type Transform = Float64Array;

/** Numbers in a {@link Transform}. */
export const TRANSFORM_SIZE = 12;

export function identity(): Transform {
  const out = new Float64Array(TRANSFORM_SIZE);
  out[0] = 1;
  out[5] = 1;
  out[10] = 1;
  return out;
}

/**
 * Product of two transforms inside larger arrays: out[oo..] = a[ao..] · b[bo..]. `out` may not overlap a or
 * b. The inner loop of all kinematics: does not allocate.
 */
export function composeAt(
  a: Float64Array,
  ao: number,
  b: Float64Array,
  bo: number,
  out: Float64Array,
  oo: number,
): void {
  const b0 = b[bo]!;
  const b1 = b[bo + 1]!;
  const b2 = b[bo + 2]!;
  const b3 = b[bo + 3]!;
  const b4 = b[bo + 4]!;
  const b5 = b[bo + 5]!;
  const b6 = b[bo + 6]!;
  const b7 = b[bo + 7]!;
  const b8 = b[bo + 8]!;
  const b9 = b[bo + 9]!;
  const b10 = b[bo + 10]!;
  const b11 = b[bo + 11]!;
  for (let row = 0; row < 12; row += 4) {
    const x = a[ao + row]!;
    const y = a[ao + row + 1]!;
    const z = a[ao + row + 2]!;
    out[oo + row] = x * b0 + y * b4 + z * b8;
    out[oo + row + 1] = x * b1 + y * b5 + z * b9;
    out[oo + row + 2] = x * b2 + y * b6 + z * b10;
    out[oo + row + 3] = x * b3 + y * b7 + z * b11 + a[ao + row + 3]!;
  }
}

/** a · b. */
export function compose(a: Transform, b: Transform): Transform {
  const out = new Float64Array(TRANSFORM_SIZE);
  composeAt(a, 0, b, 0, out, 0);
  return out;
}

export function invert(t: Transform): Transform {
  const out = new Float64Array(TRANSFORM_SIZE);
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) out[row * 4 + column] = t[column * 4 + row]!;
    out[row * 4 + 3] = -(t[row]! * t[3]! + t[4 + row]! * t[7]! + t[8 + row]! * t[11]!);
  }
  return out;
}

/** The point `p` (m) of the inner frame in the outer frame. */
export function applyPoint(t: Transform, p: Vec3): Vec3 {
  return [
    t[0]! * p[0] + t[1]! * p[1] + t[2]! * p[2] + t[3]!,
    t[4]! * p[0] + t[5]! * p[1] + t[6]! * p[2] + t[7]!,
    t[8]! * p[0] + t[9]! * p[1] + t[10]! * p[2] + t[11]!,
  ];
}

/** The direction `v` of the inner frame in the outer frame (rotation only). */
export function rotateVector(t: Transform, v: Vec3): Vec3 {
  return [
    t[0]! * v[0] + t[1]! * v[1] + t[2]! * v[2],
    t[4]! * v[0] + t[5]! * v[1] + t[6]! * v[2],
    t[8]! * v[0] + t[9]! * v[1] + t[10]! * v[2],
  ];
}

/** The origin of the inner frame in the outer frame, m. */
export function translationOf(t: Transform): Vec3 {
  return [t[3]!, t[7]!, t[11]!];
}

/** Fixed-axis roll, pitch, yaw (rad) as in URDF: R = Rz(yaw) · Ry(pitch) · Rx(roll). */
export function fromRpy(xyz_m: Vec3, rpy: Vec3): Transform {
  const [cr, cp, cy] = [Math.cos(rpy[0]), Math.cos(rpy[1]), Math.cos(rpy[2])];
  const [sr, sp, sy] = [Math.sin(rpy[0]), Math.sin(rpy[1]), Math.sin(rpy[2])];
  return Float64Array.of(
    cy * cp,
    cy * sp * sr - sy * cr,
    cy * sp * cr + sy * sr,
    xyz_m[0],
    sy * cp,
    sy * sp * sr + cy * cr,
    sy * sp * cr - cy * sr,
    xyz_m[1],
    -sp,
    cp * sr,
    cp * cr,
    xyz_m[2],
  );
}

/** From a position and a quaternion (normalised here; a zero quaternion gives no rotation). */
export function fromPose(pose: Pose): Transform {
  const { orientation: q, position_m } = pose;
  const norm = Math.hypot(q[0], q[1], q[2], q[3]);
  const turns = norm > 0;
  const x = turns ? q[0] / norm : 0;
  const y = turns ? q[1] / norm : 0;
  const z = turns ? q[2] / norm : 0;
  const w = turns ? q[3] / norm : 1;
  return Float64Array.of(
    1 - 2 * (y * y + z * z),
    2 * (x * y - z * w),
    2 * (x * z + y * w),
    position_m[0],
    2 * (x * y + z * w),
    1 - 2 * (x * x + z * z),
    2 * (y * z - x * w),
    position_m[1],
    2 * (x * z - y * w),
    2 * (y * z + x * w),
    1 - 2 * (x * x + y * y),
    position_m[2],
  );
}

/** The rotation as a unit quaternion x y z w with w ≥ 0 (Shepperd's method: the largest divisor is used). */
export function quaternionOf(t: Transform): Quat {
  const [m00, m11, m22] = [t[0]!, t[5]!, t[10]!];
  const candidates = [m00 - m11 - m22, m11 - m00 - m22, m22 - m00 - m11, m00 + m11 + m22];
  const largest = candidates.indexOf(Math.max(...candidates));
  const root = Math.sqrt(Math.max(0, candidates[largest]! + 1)) * 2;
  let q: [number, number, number, number];
  if (largest === 3) {
    q = [(t[9]! - t[6]!) / root, (t[2]! - t[8]!) / root, (t[4]! - t[1]!) / root, root / 4];
  } else if (largest === 0) {
    q = [root / 4, (t[1]! + t[4]!) / root, (t[2]! + t[8]!) / root, (t[9]! - t[6]!) / root];
  } else if (largest === 1) {
    q = [(t[1]! + t[4]!) / root, root / 4, (t[6]! + t[9]!) / root, (t[2]! - t[8]!) / root];
  } else {
    q = [(t[2]! + t[8]!) / root, (t[6]! + t[9]!) / root, root / 4, (t[4]! - t[1]!) / root];
  }
  return q[3] < 0 ? [-q[0], -q[1], -q[2], -q[3]] : q;
}

/** The transform as a pose of the contracts. */
export function toPose(t: Transform): Pose {
  return { position_m: translationOf(t), orientation: quaternionOf(t) };
}

/** Rotation about a unit axis by an angle (rad), Rodrigues' formula, written to out[oo..]. */
export function axisAngleAt(
  x: number,
  y: number,
  z: number,
  angle: number,
  out: Float64Array,
  oo: number,
): void {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  const d = 1 - c;
  out[oo] = c + x * x * d;
  out[oo + 1] = x * y * d - z * s;
  out[oo + 2] = x * z * d + y * s;
  out[oo + 3] = 0;
  out[oo + 4] = y * x * d + z * s;
  out[oo + 5] = c + y * y * d;
  out[oo + 6] = y * z * d - x * s;
  out[oo + 7] = 0;
  out[oo + 8] = z * x * d - y * s;
  out[oo + 9] = z * y * d + x * s;
  out[oo + 10] = c + z * z * d;
  out[oo + 11] = 0;
}

/** Rotation about a unit axis by an angle (rad). */
export function fromAxisAngle(axis: Vec3, angle: number): Transform {
  const out = new Float64Array(TRANSFORM_SIZE);
  axisAngleAt(axis[0], axis[1], axis[2], angle, out, 0);
  return out;
}
