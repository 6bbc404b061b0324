import type { CameraModel, Pose, Vec3 } from './geometry.js';
import type { CameraFrame } from './observation.js';

export const COLOURS: readonly string[] = [
  'red',
  'orange',
  'yellow',
  'green',
  'cyan',
  'blue',
  'purple',
  'pink',
  'white',
  'grey',
  'black',
];

/** Task of the vision plugin: one frame, and what is needed to locate what it shows. */
export interface VisionTask {
  readonly frame: CameraFrame;
  readonly stamp_ms: number;
  readonly camera: CameraModel;
  /** Pose of the optical frame in the base frame. */
  readonly camera_pose: Pose;
  readonly table_height_m: number;
  readonly object_height_m: number;
}

/** An object on the table as seen by one refinement. */
export interface SeenObject {
  readonly kind: 'block';
  /** The nearest of COLOURS. */
  readonly colour: string;
  /** Mean hue 0..360 degrees, saturation and value 0..1. */
  readonly hsv: readonly [number, number, number];
  /** Centre in the base frame at half the object's height, m. */
  readonly position_m: Vec3;
  /** Rotation of its footprint about z, rad in [-π/4, π/4); a square repeats every quarter turn. */
  readonly yaw_rad: number;
  readonly size_m: number;
  /** Pixels of the 160 × 120 mask. */
  readonly area_px: number;
  /** Centroid in pixels of the original frame. */
  readonly centroid_px: readonly [number, number];
  /** Mean class probability inside its mask times how well a box there explains the view; 0..1. */
  readonly confidence: number;
}

export interface VisionAnswer {
  readonly stamp_ms: number;
  readonly objects: readonly SeenObject[];
  /** Share of the image covered by the robot, 0..1. */
  readonly robot_share: number;
  /** Mean confidence of the segmentation, 0..1. */
  readonly confidence: number;
}
