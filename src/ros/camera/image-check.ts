import { type Fault, fault } from '../../contracts/errors.js';
import type { CameraFrame } from '../../contracts/observation.js';
import type { ImageMessage } from '../messages.js';

/** Largest image that is accepted: no robot camera in use has more. */
const SIDE_MAX_PX = 16_384;
const PIXELS_MAX = 64_000_000;

/** Bytes per pixel of each encoding. */
export const CHANNELS: Readonly<Record<CameraFrame['encoding'], number>> = {
  rgb8: 3,
  bgr8: 3,
  rgba8: 4,
  bgra8: 4,
  mono8: 1,
};

function isSupported(encoding: string): encoding is CameraFrame['encoding'] {
  return Object.hasOwn(CHANNELS, encoding);
}

/** Why a size cannot be an image, or null. */
export function checkSize(width: number, height: number, topic: string): Fault | null {
  if (width === 0 || height === 0) return fault('SAGE_208', topic, `size ${width} × ${height} is empty`);
  if (width > SIDE_MAX_PX || height > SIDE_MAX_PX || width * height > PIXELS_MAX) {
    return fault('SAGE_208', topic, `size ${width} × ${height} is larger than any camera's`);
  }
  return null;
}

/**
 * Checks sensor_msgs/Image and takes its data over without a copy. `is_bigendian` says nothing about 8-bit data
 * and is ignored.
 */
export function checkImage(message: ImageMessage, topic: string): CameraFrame | Fault {
  const { width, height, step, encoding, data } = message;
  const wrongSize = checkSize(width, height, topic);
  if (wrongSize !== null) return wrongSize;
  if (!isSupported(encoding)) return fault('SAGE_202', topic, `encoding "${encoding.slice(0, 64)}"`);
  if (step < width * CHANNELS[encoding]) {
    return fault('SAGE_208', topic, `step ${step} is less than ${width} pixels of ${encoding}`);
  }
  if (data.length < step * height) {
    return fault('SAGE_201', topic, `${data.length} bytes of ${step * height}`);
  }
  if (data.length > step * height) {
    return fault('SAGE_208', topic, `${data.length} bytes where ${step * height} are due`);
  }
  return { width, height, step, encoding, data, frame_id: message.header.frame_id };
}
