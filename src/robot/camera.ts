import type { CameraModel, Pose, Vec3 } from '../contracts/geometry.js';
import { distortRay, hasDistortion, undistortToRay } from './lens.js';
import { compose, fromPose, fromRpy, rotateVector, toPose } from './transform.js';
import { unit } from './vector.js';

type PoseConvention = 'auto' | 'optical' | 'link';

/** A ray; `direction` is a unit vector. */
interface Ray {
  readonly origin_m: Vec3;
  readonly direction: Vec3;
}

/** Largest distance of the table, m, when deciding a pose's convention by whether it sees the table. */
const LOOK_MAX_M = 5;
/** A shallower view (sine of the angle below the horizon) does not count as looking at the table. */
const LOOK_MIN_DROP = 0.05;

/** Optical axes (z forward, x right, y down) in a camera link (x forward, y left, z up), REP-103. */
const LINK_TO_OPTICAL = fromRpy([0, 0, 0], [-Math.PI / 2, 0, -Math.PI / 2]);

/**
 * Pose of the optical frame from that of a camera frame, both in the base frame. `auto` takes the pose as
 * optical unless only the link interpretation (x forward) looks at the table plane within 5 m.
 */
export function cameraPoseOptical(pose: Pose, convention: PoseConvention, table_height_m: number): Pose {
  const asLink = toPose(compose(fromPose(pose), LINK_TO_OPTICAL));
  if (convention === 'link') return asLink;
  if (convention === 'optical') return toPose(fromPose(pose));
  const onlyLink = !looksAtTable(pose, table_height_m) && looksAtTable(asLink, table_height_m);
  return onlyLink ? asLink : toPose(fromPose(pose));
}

function looksAtTable(optical: Pose, table_height_m: number): boolean {
  const ray = rayInBase(optical, [0, 0, 1]);
  if (ray.direction[2] > -LOOK_MIN_DROP) return false;
  const hit = intersectPlane(ray, table_height_m);
  return hit !== null && (ray.origin_m[2] - table_height_m) / -ray.direction[2] <= LOOK_MAX_M;
}

/** A direction of the optical frame as a ray in the base frame. */
export function rayInBase(optical: Pose, direction: Vec3): Ray {
  const turned = rotateVector(fromPose(optical), direction);
  return { origin_m: optical.position_m, direction: unit(turned) ?? [0, 0, 1] };
}

/** Intersection of a ray with the horizontal plane z = height; null if there is none. */
export function intersectPlane(ray: Ray, height_m: number): Vec3 | null {
  const drop = ray.direction[2];
  if (Math.abs(drop) < 1e-9) return null;
  const along = (height_m - ray.origin_m[2]) / drop;
  if (!(along > 0)) return null;
  return [ray.origin_m[0] + along * ray.direction[0], ray.origin_m[1] + along * ray.direction[1], height_m];
}

/**
 * The pixel that shows a point of the base frame; null if the camera cannot see it. May be outside the image.
 */
export function basePointToPixel(
  camera: CameraModel,
  optical: Pose,
  point: Vec3,
): readonly [number, number] | null {
  const pose = fromPose(optical);
  const [x, y, z] = [point[0] - pose[3]!, point[1] - pose[7]!, point[2] - pose[11]!];
  return projectPoint(camera, [
    pose[0]! * x + pose[4]! * y + pose[8]! * z,
    pose[1]! * x + pose[5]! * y + pose[9]! * z,
    pose[2]! * x + pose[6]! * y + pose[10]! * z,
  ]);
}

/** Smallest distance from the optical centre along the axis, m; closer points are not visible. */
export const NEAREST_M = 1e-6;

/**
 * Pixel (u right, v down; the centre of the first pixel is 0, 0) of a point in the optical frame, including
 * distortion; null behind the camera, or so far off axis that the distortion polynomial folds back.
 */
export function projectPoint(camera: CameraModel, point: Vec3): readonly [number, number] | null {
  if (!(point[2] > NEAREST_M)) return null;
  const x = point[0] / point[2];
  const y = point[1] / point[2];
  const bent = hasDistortion(camera) ? distortRay(camera, x, y) : ([x, y] as const);
  return bent === null ? null : [camera.fx * bent[0] + camera.cx, camera.fy * bent[1] + camera.cy];
}

/** Unit direction of a pixel in the optical frame. */
export function pixelRay(camera: CameraModel, u: number, v: number): Vec3 {
  const x = (u - camera.cx) / camera.fx;
  const y = (v - camera.cy) / camera.fy;
  return hasDistortion(camera) ? undistortToRay(camera, x, y) : (unit([x, y, 1]) ?? [0, 0, 1]);
}

/** Row and column of the grid cell that shows a pixel; out of range if the pixel is outside the image. */
export function cellAt(
  [u, v]: readonly [number, number],
  { width, height }: Pick<CameraModel, 'width' | 'height'>,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): { readonly row: number; readonly column: number } {
  return { row: Math.floor((v / height) * rows), column: Math.floor((u / width) * columns) };
}

/** Row-major index of the cell that shows a pixel; null if it is outside the image. */
export function cellIn(
  pixel: readonly [number, number],
  camera: Pick<CameraModel, 'width' | 'height'>,
  grid: { readonly rows: number; readonly columns: number },
): number | null {
  const { row, column } = cellAt(pixel, camera, grid);
  const inside = row >= 0 && row < grid.rows && column >= 0 && column < grid.columns;
  return inside ? row * grid.columns + column : null;
}
