import { type Fault, fault } from '../contracts/errors.js';
import type { CameraReading } from '../contracts/observation.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { FrozenCamera } from './frozen-camera.js';
import { Lamp } from './lamp.js';
import { LightChange } from './light.js';
import { OwnShadow } from './own-shadow.js';
import { staleFault } from './troubles.js';
import { Vantage } from './vantage.js';

/** Calibration may come this much later than pictures before it counts as missing, ms. */
const CALIBRATION_WAIT_MS = 3000;
/** Sides may differ by this share from being as one is to the other: drivers round. */
const SHAPE_SLACK = 0.02;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A picture may be smaller than its calibration says, binned, but not of another shape: then it is cropped somewhere. */
export function sameView(model: Size, picture: Size): boolean {
  return Math.abs((model.width * picture.height) / (model.height * picture.width) - 1) <= SHAPE_SLACK;
}

/** The camera: its newest picture, whether that is to be relied on, and what of it is the robot itself. */
export class Eyes {
  picture: CameraReading | null = null;
  readonly vantage: Vantage;
  readonly shadow = new OwnShadow();
  readonly lamp = new Lamp();
  readonly light = new LightChange();
  readonly freeze = new FrozenCamera();
  /** Per cell of the present picture: 0 where the body (and what it holds) is; null where that is not known. */
  own_cells: Float32Array | null = null;
  /** Cycles that had a new picture. */
  private pictures = 0;
  /** Since when there are pictures; null before the first. */
  private begun_ms: number | null = null;

  constructor(private readonly parameters: Parameters) {
    this.vantage = new Vantage(parameters);
  }

  take(reading: CameraReading): void {
    this.picture = reading;
    this.begun_ms ??= reading.received_ms;
  }

  /** What keeps places in the picture from being places on the table, or null. */
  unplaced(now_ms: number): Fault | null {
    const { model, pose, fault: misplaced } = this.vantage;
    if (this.picture === null || this.begun_ms === null) return null;
    const { width, height } = this.picture.frame;
    if (model !== null && !sameView(model, { width, height })) {
      const told = `calibrated at ${model.width} × ${model.height} pixels, but the image is ${width} × ${height}, with another aspect ratio`;
      return fault('SAGE_206', 'camera_info', told);
    }
    if (now_ms - this.begun_ms < CALIBRATION_WAIT_MS) return null;
    if (model === null) return fault('SAGE_206', 'camera_info', 'not received yet');
    return pose === null && misplaced === null ? fault('SAGE_207', 'camera/pose', 'not received yet') : null;
  }

  /** The cycle has a new picture. */
  count(): void {
    this.pictures += 1;
  }

  age_ms(now_ms: number): number {
    return this.picture === null ? Number.POSITIVE_INFINITY : Math.max(0, now_ms - this.picture.stamp_ms);
  }

  stale(now_ms: number): boolean {
    return this.age_ms(now_ms) > this.parameters.camera.stale_ms || this.freeze.frozen;
  }

  /** True until enough pictures were seen that a surprise would be noticed. */
  get new(): boolean {
    return this.pictures < this.parameters.salience.warmup;
  }

  /** Why what the camera shows is not the present, or null. */
  fault(now_ms: number): Fault | null {
    if (this.picture === null) return null;
    if (this.freeze.frozen)
      return fault('SAGE_210', 'camera', 'the image does not change while the arm moves in it');
    return this.stale(now_ms)
      ? staleFault('camera', this.age_ms(now_ms), this.parameters.camera.stale_ms)
      : null;
  }
}
