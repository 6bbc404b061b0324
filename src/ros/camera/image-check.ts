import { type Fault, fault } from '../../contracts/errors.js';
import type { CameraFrame } from '../../contracts/observation.js';
import type { ImageMessage } from '../messages.js';
import { CONVERSIONS, type Conversion } from './convert.js';

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

/** OpenCV's names for 8-bit pixels that say nothing of colours; its own order of them is meant. */
const ALIASES: Readonly<Record<string, CameraFrame['encoding']>> = {
  '8UC1': 'mono8',
  '8UC3': 'bgr8',
  '8UC4': 'bgra8',
};
/** Encodings of distances. */
const DEPTH = /^(?:16UC1|16SC1|32FC1|64FC1)$/;

/**
 * Checks sensor_msgs/Image and takes its data over without a copy; what has to be converted (Bayer, YUV, 16 bits) is,
 * when its pixels are looked at for the first time. `is_bigendian` says nothing about 8-bit data and is ignored there.
 */
export function checkImage(message: ImageMessage, topic: string): CameraFrame | Fault {
  const { width, height, step, encoding: given, data } = message;
  const wrongSize = checkSize(width, height, topic);
  if (wrongSize !== null) return wrongSize;
  const encoding = ALIASES[given] ?? given;
  const conversion = CONVERSIONS.get(encoding);
  if (conversion === undefined && !isSupported(encoding)) {
    const told = DEPTH.test(given) ? ' is a depth image; use the topic of a colour or grey image' : '';
    return fault('SAGE_202', topic, `encoding "${given.slice(0, 64)}"${told}`);
  }
  if (conversion !== undefined && Math.min(width, height) < conversion.side_px_min) {
    return fault('SAGE_208', topic, `size ${width} × ${height} is too small for ${encoding}`);
  }
  const row_bytes = conversion?.rowBytes(width) ?? width * CHANNELS[encoding as CameraFrame['encoding']];
  if (step < row_bytes) {
    return fault('SAGE_208', topic, `step ${step} is less than ${width} pixels of ${encoding}`);
  }
  const bytes = step * (conversion?.rows?.(height) ?? height);
  if (data.length < bytes) return fault('SAGE_201', topic, `${data.length} bytes of ${bytes}`);
  if (data.length > bytes) return fault('SAGE_208', topic, `${data.length} bytes, expected ${bytes}`);
  const { frame_id } = message.header;
  if (conversion !== undefined) return converted(message, conversion);
  return { width, height, step, encoding: encoding as CameraFrame['encoding'], data, frame_id };
}

function converted(message: ImageMessage, { to, channels, convert }: Conversion): CameraFrame {
  const { width, height, step, data, is_bigendian, header } = message;
  let pixels: Uint8Array | null = null;
  return {
    width,
    height,
    step: width * channels,
    encoding: to,
    // Most frames give way to a newer one before anybody looks at them.
    get data() {
      // Without bytes any more (see Lasting of bags) it has no pixels either, and not black ones.
      pixels ??=
        data.length === 0 ? data : convert({ width, height, step, data, big_endian: is_bigendian !== 0 });
      return pixels;
    },
    frame_id: header.frame_id,
  };
}
