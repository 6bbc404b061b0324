import { type Fault, fault } from '../contracts/errors.js';
import type { CameraReading } from '../contracts/observation.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { staleFault } from './active-faults.js';
import { CameraCalibration } from './camera-calibration.js';
import { FrozenCamera } from './frozen-camera.js';
import { IlluminationChange } from './illumination-change.js';
import { LightSource } from './light-source.js';
import { RobotShadow } from './robot-shadow.js';

/** Grace period for the calibration after the first image, ms. */
const CALIBRATION_WAIT_MS = 3000;
/** Tolerance on the aspect ratio: drivers round. */
const ASPECT_TOLERANCE = 0.02;

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * An image may be smaller than its calibration (binned), but a different aspect ratio means it was cropped.
 */
export function sameAspect(model: Size, picture: Size): boolean {
  return Math.abs((model.width * picture.height) / (model.height * picture.width) - 1) <= ASPECT_TOLERANCE;
}

/** The camera: its newest image, whether it can be trusted, and which cells show the robot. */
export class CameraState {
  latest: CameraReading | null = null;
  readonly calibration: CameraCalibration;
  readonly shadow = new RobotShadow();
  readonly light_source = new LightSource();
  readonly illumination = new IlluminationChange();
  readonly freeze_monitor = new FrozenCamera();
  /** Per cell of the current image: 0 where the body (and what it holds) is; null if unknown. */
  robot_mask: Float32Array | null = null;
  /** Cycles with a new image. */
  private frames_seen = 0;
  /** Time of the first image; null before it. */
  private first_frame_ms: number | null = null;

  constructor(private readonly parameters: Parameters) {
    this.calibration = new CameraCalibration(parameters);
  }

  take(reading: CameraReading): void {
    this.latest = reading;
    this.first_frame_ms ??= reading.received_ms;
  }

  /** Why image positions cannot be mapped to the table, or null. */
  calibrationFault(now_ms: number): Fault | null {
    const { model, pose, fault: misplaced } = this.calibration;
    if (this.latest === null || this.first_frame_ms === null) return null;
    const { width, height } = this.latest.frame;
    if (model !== null && !sameAspect(model, { width, height })) {
      const told = `calibrated at ${model.width} × ${model.height} pixels, but the image is ${width} × ${height}, with another aspect ratio`;
      return fault('SAGE_206', 'camera_info', told);
    }
    if (now_ms - this.first_frame_ms < CALIBRATION_WAIT_MS) return null;
    if (model === null) return fault('SAGE_206', 'camera_info', 'not received yet');
    return pose === null && misplaced === null ? fault('SAGE_207', 'camera/pose', 'not received yet') : null;
  }

  countFrame(): void {
    this.frames_seen += 1;
  }

  age_ms(now_ms: number): number {
    return this.latest === null ? Number.POSITIVE_INFINITY : Math.max(0, now_ms - this.latest.stamp_ms);
  }

  stale(now_ms: number): boolean {
    return this.age_ms(now_ms) > this.parameters.camera.stale_ms || this.freeze_monitor.frozen;
  }

  /** True until enough images were seen for surprise to work. */
  get warming_up(): boolean {
    return this.frames_seen < this.parameters.salience.warmup;
  }

  /** Why the camera image does not show the present, or null. */
  fault(now_ms: number): Fault | null {
    if (this.latest === null) return null;
    if (this.freeze_monitor.frozen)
      return fault('SAGE_210', 'camera', 'the image does not change while the arm moves in it');
    return this.stale(now_ms)
      ? staleFault('camera', this.age_ms(now_ms), this.parameters.camera.stale_ms)
      : null;
  }
}
