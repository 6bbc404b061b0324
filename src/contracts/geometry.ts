/**
 * Plain geometry types. Metres, radians, REP-103 axes (x forward, y left, z up); optical frames have z
 * forward.
 */
export type Vec3 = readonly [x: number, y: number, z: number];

/** Unit quaternion, x y z w, as in geometry_msgs. */
export type Quat = readonly [x: number, y: number, z: number, w: number];

export interface Pose {
  readonly position_m: Vec3;
  readonly orientation: Quat;
}

/** A camera and its lens: focal lengths, principal point and image size in pixels. */
export interface CameraModel {
  readonly width: number;
  readonly height: number;
  readonly fx: number;
  readonly fy: number;
  readonly cx: number;
  readonly cy: number;
  /**
   * k1 k2 p1 p2 k3 (plumb_bob), zeros if the camera publishes none; plus k4 k5 k6 of the denominator
   * (rational_polynomial); k1 to k4 for an equidistant lens.
   */
  readonly distortion: readonly number[];
  /** Set for a fisheye lens, whose image radius is proportional to the angle. */
  readonly lens?: 'equidistant' | undefined;
}
