/** Plain geometry types. Metres, radians, REP-103 axes (x forward, y left, z up); optical frames z forward. */
export type Vec3 = readonly [x: number, y: number, z: number];

/** Unit quaternion, x y z w, as in geometry_msgs. */
export type Quat = readonly [x: number, y: number, z: number, w: number];

export interface Pose {
  readonly position_m: Vec3;
  readonly orientation: Quat;
}

/** A camera and its lens: pixels of focal length and centre, image size in pixels. */
export interface CameraModel {
  readonly width: number;
  readonly height: number;
  readonly fx: number;
  readonly fy: number;
  readonly cx: number;
  readonly cy: number;
  /**
   * k1 k2 p1 p2 k3 (plumb_bob), zeros where the camera publishes none; with k4 k5 k6 below a fraction line
   * (rational_polynomial); k1 to k4 of the angle for an equidistant lens.
   */
  readonly distortion: readonly number[];
  /** Given for a fisheye lens, whose picture is as far from its centre as the angle is wide. */
  readonly lens?: 'equidistant' | undefined;
}
