import { type Fault, fault } from '../../contracts/errors.js';
import type { CameraModel } from '../../contracts/geometry.js';
import type { CameraInfoMessage } from '../messages.js';
import { checkSize } from './image-check.js';

/** Coefficients of plumb_bob (k1 k2 p1 p2 k3), of rational_polynomial (and k4 k5 k6), of equidistant (k1 to k4). */
const PLUMB_BOB = 5;
const RATIONAL = 8;
const EQUIDISTANT = 4;
/** How drivers name the model of a fisheye lens. */
const FISHEYE: readonly string[] = ['equidistant', 'fisheye', 'kannala_brandt4'];

/**
 * The model of sensor_msgs/CameraInfo, in pixels of the image as it is sent (binning and region of interest applied).
 * Distortion that no model here has (thin prisms, other lenses) is refused: a wrong one would misplace every object.
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
  const lens = lensOf(model, coefficients);
  if (lens === null) {
    return invalid(
      `distortion model "${model.slice(0, 64)}" of ${coefficients.length}; publish a rectified image`,
    );
  }
  const offset = full ? { x: 0, y: 0 } : { x: roi.x_offset, y: roi.y_offset };
  return {
    width,
    height,
    fx,
    fy,
    cx: (k[2]! - offset.x) / binning_x,
    cy: (k[5]! - offset.y) / binning_y,
    ...lens,
  };
}

/** The coefficients as {@link CameraModel} has them, or null where it has no such lens. */
function lensOf(model: string, given: readonly number[]): Pick<CameraModel, 'distortion' | 'lens'> | null {
  const first = (count: number): number[] => Array.from({ length: count }, (_, index) => given[index] ?? 0);
  const within = (count: number): boolean => given.slice(count).every((value) => value === 0);
  if (FISHEYE.includes(model)) {
    return within(EQUIDISTANT) ? { distortion: first(EQUIDISTANT), lens: 'equidistant' } : null;
  }
  const known = model === '' || model === 'plumb_bob' || model === 'rational_polynomial';
  if (!known && !within(0)) return null;
  if (within(PLUMB_BOB)) return { distortion: first(PLUMB_BOB) };
  return model !== 'plumb_bob' && within(RATIONAL) ? { distortion: first(RATIONAL) } : null;
}
