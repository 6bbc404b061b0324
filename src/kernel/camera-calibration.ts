import { type Fault, SageError } from '../contracts/errors.js';
import type { CameraModel, Pose } from '../contracts/geometry.js';
import type { CameraInfoReading, CameraPoseReading } from '../contracts/observation.js';
import type { Parameters } from '../contracts/parameters/index.js';
import type { Body } from './body.js';

/** Intrinsics and extrinsics of the camera: configured ones take precedence over published ones. */
export class CameraCalibration {
  model: CameraModel | null = null;
  /** Optical frame in the base frame; null while unknown. */
  pose: Pose | null = null;
  /** Why the extrinsics cannot be determined, or null. */
  fault: Fault | null = null;
  private published: CameraPoseReading | null = null;

  constructor(private readonly parameters: Parameters) {}

  setIntrinsics(reading: CameraInfoReading, body: Body | null): void {
    this.model = reading.model;
    this.update(body);
  }

  setExtrinsics(reading: CameraPoseReading, body: Body | null): void {
    this.published = reading;
    this.update(body);
  }

  /** Recomputes the extrinsics: they may be given in a frame of a body that has changed. */
  update(body: Body | null): void {
    const { camera } = this.parameters;
    const configured = camera.pose.length === 7 ? camera.pose : null;
    if (body === null) return;
    try {
      if (configured !== null) {
        const [x = 0, y = 0, z = 0, qx = 0, qy = 0, qz = 0, qw = 1] = configured;
        const pose: Pose = { position_m: [x, y, z], orientation: [qx, qy, qz, qw] };
        this.pose = body.cameraPose(pose, camera.pose_frame, this.parameters);
      } else if (this.published !== null) {
        this.pose = body.cameraPose(this.published.pose, this.published.frame_id, this.parameters);
      }
      this.fault = null;
    } catch (thrown) {
      if (!(thrown instanceof SageError)) throw thrown;
      this.pose = null;
      this.fault = thrown.toFault();
    }
  }
}
