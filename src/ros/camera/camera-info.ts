import { type Fault, fault } from '../../contracts/errors.js';
import type { CameraModel } from '../../contracts/geometry.js';
import type { CameraInfoMessage } from '../messages.js';
import { checkSize } from './image-check.js';

/** Coefficients of plumb_bob: k1 k2 p1 p2 k3. */
const PLUMB_BOB = 5;

/**
 * The pinhole model of sensor_msgs/CameraInfo, in pixels of the image as it is sent (binning and region of
 * interest applied). Distortion models other than plumb_bob are refused unless their coefficients beyond the
 * first five are zero: a wrong model would misplace every object.
 */
export function cameraModel(message: CameraInfoMessage, topic: string): CameraModel | Fault {
  const invalid = (detail: string): Fault => fault('SAGE_206', topic, detail);
  const { k, d, roi } = message;
  const binning_x = Math.max(1, message.binning_x);
  const binning_y = Math.max(1, message.binning_y);
  const full = roi.width === 0 || roi.height === 0;
  const width = Math.floor((full ? message.width : roi.width) / binning_x);
  const height = Math.floor((full ? message.height : roi.height) / binning_y);
  if (checkSize(width, height, topic) !== null) return invalid(`size ${width} × ${height}`);
  if (!Array.from(k).every(Number.isFinite)) return invalid('K is not finite');
  const fx = k[0]! / binning_x;
  const fy = k[4]! / binning_y;
  if (!(fx > 0 && fy > 0)) return invalid(`focal length ${fx} × ${fy} px`);
  const coefficients = Array.from(d);
  if (!coefficients.every(Number.isFinite)) return invalid('a distortion coefficient is not finite');
  const model = message.distortion_model;
  const beyond = coefficients.slice(PLUMB_BOB).some((value) => value !== 0);
  const known = model === '' || model === 'plumb_bob' || model === 'rational_polynomial';
  if ((!known && coefficients.some((value) => value !== 0)) || beyond) {
    return invalid(`distortion model "${model.slice(0, 64)}"; publish a rectified image`);
  }
  const offset = full ? { x: 0, y: 0 } : { x: roi.x_offset, y: roi.y_offset };
  return {
    width,
    height,
    fx,
    fy,
    cx: (k[2]! - offset.x) / binning_x,
    cy: (k[5]! - offset.y) / binning_y,
    distortion: Array.from({ length: PLUMB_BOB }, (_, index) => coefficients[index] ?? 0),
  };
}
