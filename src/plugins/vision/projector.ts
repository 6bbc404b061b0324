import type { CameraModel, Vec3 } from '../../contracts/geometry.js';
import type { VisionTask } from '../../contracts/vision.js';
import { intersectPlane, NEAREST_M, pixelRay } from '../../robot/camera.js';
import { distortRay, hasDistortion } from '../../robot/lens.js';
import { fromPose, invert, rotateVector, type Transform } from '../../robot/transform.js';
import { cellColumn, cellMiddle, cellRow, type FrameFit, frameColumn, frameRow } from './frame.js';

/** Converts between mask cells (fractional column and row) and positions in the base frame, m. */
export class Projector {
  private readonly camera: CameraModel;
  private readonly eye_m: Vec3;
  private readonly toBase: Transform;
  private readonly fromBase: Transform;
  /** Camera model pixels per frame pixel: a driver may bin its images without saying so. */
  private readonly across: number;
  private readonly down: number;
  /** Whether the lens has distortion. */
  private readonly bends: boolean;

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
    this.bends = hasDistortion(task.camera);
  }

  /**
   * Writes the cell that shows a point of the base frame, m, to index `at` of both arrays; false behind the
   * camera. Does not allocate without distortion: a fit projects the corners of a hundred boxes.
   */
  cellInto(point: Float64Array, columns: Float64Array, rows: Float64Array, at: number): boolean {
    const { camera, fromBase: t, fit } = this;
    const [px, py, pz] = [point[0]!, point[1]!, point[2]!];
    const ahead = t[8]! * px + t[9]! * py + t[10]! * pz + t[11]!;
    if (!(ahead > NEAREST_M)) return false;
    let x = (t[0]! * px + t[1]! * py + t[2]! * pz + t[3]!) / ahead;
    let y = (t[4]! * px + t[5]! * py + t[6]! * pz + t[7]!) / ahead;
    if (this.bends) {
      const bent = distortRay(camera, x, y);
      if (bent === null) return false;
      [x, y] = bent;
    }
    const u = (camera.fx * x + camera.cx + 0.5) / this.across - 0.5;
    const v = (camera.fy * y + camera.cy + 0.5) / this.down - 0.5;
    columns[at] = cellColumn(fit, u);
    rows[at] = cellRow(fit, v);
    return true;
  }

  /** Point of the plane z = height seen at a mask position; null above the horizon. */
  planePoint(column: number, row: number, height_m: number): Vec3 | null {
    const u = frameColumn(this.fit, cellMiddle(column));
    const v = frameRow(this.fit, cellMiddle(row));
    const ray = pixelRay(this.camera, (u + 0.5) * this.across - 0.5, (v + 0.5) * this.down - 0.5);
    return intersectPlane({ origin_m: this.eye_m, direction: rotateVector(this.toBase, ray) }, height_m);
  }
}
