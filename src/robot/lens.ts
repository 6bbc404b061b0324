import type { CameraModel, Vec3 } from '../contracts/geometry.js';
import { unit } from './vector.js';

const UNDISTORT_MAX_ITERATIONS = 40;
/** Radii at which a polynomial is checked for folding back. */
const FOLD_CHECKS = 4;
const RATIONAL_CHECKS = 12;
/** Number of coefficients of plumb_bob; more belong to rational_polynomial. */
const PLUMB_BOB = 5;

/** True if straight lines are curved in the image. */
export function hasDistortion({ distortion, lens }: CameraModel): boolean {
  return lens === 'equidistant' || distortion.some((value) => value !== 0);
}

/**
 * Distorts a direction x/z, y/z of the optical frame, in units of the focal length; null so far off axis that
 * the polynomial folds back. Models of OpenCV's calib3d and fisheye, as named by
 * sensor_msgs/distortion_models.
 */
export function distortRay(camera: CameraModel, x: number, y: number): readonly [number, number] | null {
  const r2 = x * x + y * y;
  if (camera.lens === 'equidistant') {
    const r = Math.sqrt(r2);
    if (r < 1e-12) return [x, y];
    const angle = Math.atan(r);
    if (!fisheyeIsMonotonic(camera, angle)) return null;
    const gain = distortedAngle(camera, angle) / r;
    return [x * gain, y * gain];
  }
  return isMonotonic(camera, r2) ? distort(camera, x, y) : null;
}

/** Undistorts a position in units of the focal length to a unit direction in the optical frame. */
export function undistortToRay(camera: CameraModel, x: number, y: number): Vec3 {
  if (camera.lens === 'equidistant') return undistortFisheye(camera, x, y);
  const [p, q] =
    camera.distortion.length > PLUMB_BOB ? undistortRational(camera, x, y) : undistort(camera, x, y);
  return unit(Number.isFinite(p + q) ? [p, q, 1] : [x, y, 1]) ?? [0, 0, 1];
}

/** Fixed-point iteration with additive correction. */
function undistort(camera: CameraModel, tx: number, ty: number): readonly [number, number] {
  let [x, y] = [tx, ty];
  for (let turn = 0; turn < UNDISTORT_MAX_ITERATIONS; turn++) {
    const [dx, dy] = distort(camera, x, y);
    x += tx - dx;
    y += ty - dy;
    if (Math.abs(tx - dx) + Math.abs(ty - dy) < 1e-10) break;
  }
  return [x, y];
}

/** As OpenCV's undistortPoints: divides by the radial factor, which large coefficients require. */
function undistortRational(camera: CameraModel, tx: number, ty: number): readonly [number, number] {
  let [x, y] = [tx, ty];
  for (let turn = 0; turn < UNDISTORT_MAX_ITERATIONS; turn++) {
    const radial = radialOf(camera, x * x + y * y);
    const [dx, dy] = distort(camera, x, y);
    const [nx, ny] = [(tx - (dx - x * radial)) / radial, (ty - (dy - y * radial)) / radial];
    const step = Math.abs(nx - x) + Math.abs(ny - y);
    [x, y] = [nx, ny];
    if (step < 1e-12) break;
  }
  return [x, y];
}

/** A coefficient, or 0 if absent. Indexed access, because every projected point comes through here. */
const of = (distortion: readonly number[], at: number): number => distortion[at] ?? 0;

function radialOf({ distortion }: CameraModel, r2: number): number {
  const above = 1 + r2 * (of(distortion, 0) + r2 * (of(distortion, 1) + r2 * of(distortion, 4)));
  return above / (1 + r2 * (of(distortion, 5) + r2 * (of(distortion, 6) + r2 * of(distortion, 7))));
}

/** Radial k1 k2 k3 (over k4 k5 k6) and tangential p1 p2. */
function distort(camera: CameraModel, x: number, y: number): [number, number] {
  const p1 = of(camera.distortion, 2);
  const p2 = of(camera.distortion, 3);
  const r2 = x * x + y * y;
  const radial = radialOf(camera, r2);
  return [
    x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
    y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
  ];
}

/** True while the distorted radius is still increasing with the true one at r². */
function isMonotonic(camera: CameraModel, r2: number): boolean {
  const { distortion } = camera;
  if (distortion.length > PLUMB_BOB) return rationalIsMonotonic(camera, r2);
  const k1 = of(distortion, 0);
  const k2 = of(distortion, 1);
  const k3 = of(distortion, 4);
  for (let part = 1; part <= FOLD_CHECKS; part++) {
    const s = (r2 * part * part) / (FOLD_CHECKS * FOLD_CHECKS);
    if (1 + s * (3 * k1 + s * (5 * k2 + s * 7 * k3)) <= 0) return false;
  }
  return true;
}

function rationalIsMonotonic(camera: CameraModel, r2: number): boolean {
  let before = 0;
  for (let part = 1; part <= RATIONAL_CHECKS; part++) {
    const r = (Math.sqrt(r2) * part) / RATIONAL_CHECKS;
    const bent = r * radialOf(camera, r * r);
    if (!(bent > before)) return r === 0;
    before = bent;
  }
  return true;
}

function distortedAngle({ distortion }: CameraModel, angle: number): number {
  const [k1 = 0, k2 = 0, k3 = 0, k4 = 0] = distortion;
  const s = angle * angle;
  return angle * (1 + s * (k1 + s * (k2 + s * (k3 + s * k4))));
}

/** Its derivative. */
function angleSlope({ distortion }: CameraModel, angle: number): number {
  const [k1 = 0, k2 = 0, k3 = 0, k4 = 0] = distortion;
  const s = angle * angle;
  return 1 + s * (3 * k1 + s * (5 * k2 + s * (7 * k3 + s * 9 * k4)));
}

function fisheyeIsMonotonic(camera: CameraModel, angle: number): boolean {
  for (let part = 1; part <= FOLD_CHECKS; part++) {
    if (angleSlope(camera, (angle * part) / FOLD_CHECKS) <= 0) return false;
  }
  return true;
}

/** Inverts the angle polynomial by Newton's method; beyond its range the angle is used as is. */
function undistortFisheye(camera: CameraModel, x: number, y: number): Vec3 {
  const bent = Math.hypot(x, y);
  if (bent < 1e-12) return [0, 0, 1];
  let angle = Math.min(bent, Math.PI / 2);
  for (let turn = 0; turn < UNDISTORT_MAX_ITERATIONS; turn++) {
    const slope = angleSlope(camera, angle);
    if (!(slope > 1e-6)) break;
    const step = (distortedAngle(camera, angle) - bent) / slope;
    angle = Math.min(Math.max(angle - step, 0), Math.PI);
    if (Math.abs(step) < 1e-12) break;
  }
  const side = Math.sin(angle) / bent;
  return [x * side, y * side, Math.cos(angle)];
}
