import type { CameraModel, Vec3 } from '../../contracts/geometry.js';
import type { VisionTask } from '../../contracts/vision.js';
import { intersectPlane, pixelRay, projectPoint } from '../../robot/camera.js';
import { applyPoint, fromPose, invert, rotateVector, type Transform } from '../../robot/transform.js';
import { CELL_PX, type FrameFit, toCell, toFramePx } from './frame.js';

/** Goes between mask cells (fractional column and row) and places in the base frame, m. */
export class Projector {
  private readonly camera: CameraModel;
  private readonly eye_m: Vec3;
  private readonly toBase: Transform;
  private readonly fromBase: Transform;
  /** Pixels of the camera model per pixel of the frame: a driver may bin its images and not say so. */
  private readonly across: number;
  private readonly down: number;

  constructor(
    task: Pick<VisionTask, 'camera' | 'camera_pose' | 'frame'>,
    private readonly fit: FrameFit,
  ) {
    this.camera = task.camera;
    this.eye_m = task.camera_pose.position_m;
    this.toBase = fromPose(task.camera_pose);
    this.fromBase = invert(this.toBase);
    this.across = task.camera.width / task.frame.width;
    this.down = task.camera.height / task.frame.height;
  }

  /** Pixel of the original frame at a place of the mask. */
  framePx(column: number, row: number): readonly [u: number, v: number] {
    return toFramePx(this.fit, (column + 0.5) * CELL_PX - 0.5, (row + 0.5) * CELL_PX - 0.5);
  }

  /** Where the mask shows a point of the base frame; null behind the camera. */
  cellOf(point: Vec3): readonly [column: number, row: number] | null {
    const pixel = projectPoint(this.camera, applyPoint(this.fromBase, point));
    if (pixel === null) return null;
    const u = (pixel[0] + 0.5) / this.across - 0.5;
    const v = (pixel[1] + 0.5) / this.down - 0.5;
    return toCell(this.fit, u, v);
  }

  /** The point of the plane z = height that a place of the mask shows; null above the horizon. */
  planePoint(column: number, row: number, height_m: number): Vec3 | null {
    const [u, v] = this.framePx(column, row);
    const ray = pixelRay(this.camera, (u + 0.5) * this.across - 0.5, (v + 0.5) * this.down - 0.5);
    return intersectPlane({ origin_m: this.eye_m, direction: rotateVector(this.toBase, ray) }, height_m);
  }
}
