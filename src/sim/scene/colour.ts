/** Linear light, 1 = white of the camera. */
export type Rgb = readonly [r: number, g: number, b: number];

/** Linear value of an sRGB value in 0..1. Source: IEC 61966-2-1. */
const toLinear = (value: number): number =>
  value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;

/** sRGB value in 0..1 of a linear one. */
const toSrgb = (value: number): number =>
  value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;

export const linearOfSrgb = (r: number, g: number, b: number): Rgb => [toLinear(r), toLinear(g), toLinear(b)];

/** Steps of the table from linear light to bytes; fine enough that neighbouring dark steps differ by at most one. */
export const LINEAR_STEPS = 8192;

/**
 * Bytes of the darkest and the brightest light: as with a real sensor, the black level and the range above white
 * leave room for the noise.
 */
export const DARKEST_BYTE = 8;
const BRIGHTEST_BYTE = 247;

const clipped = (byte: number): number => Math.max(DARKEST_BYTE, Math.min(BRIGHTEST_BYTE, Math.round(byte)));

/** Byte of linear light `i / (LINEAR_STEPS - 1)`. */
export const BYTE_OF_LINEAR: Uint8Array = Uint8Array.from({ length: LINEAR_STEPS }, (_, i) =>
  clipped(255 * toSrgb(i / (LINEAR_STEPS - 1))),
);

/** Linear light of a byte. */
export const LINEAR_OF_BYTE: Float32Array = Float32Array.from({ length: 256 }, (_, i) => toLinear(i / 255));

/** Byte of linear light, clipped as a sensor clips. */
export function byteOfLinear(value: number): number {
  if (value >= 1) return BRIGHTEST_BYTE;
  return value > 0 ? BYTE_OF_LINEAR[(value * (LINEAR_STEPS - 1)) | 0]! : DARKEST_BYTE;
}

/** Linear colour of hue (degrees), saturation and value as sRGB means them. */
export function linearOfHsv(hue_deg: number, saturation: number, value: number): Rgb {
  const channel = (n: number): number => {
    const k = (n + hue_deg / 60) % 6;
    return toLinear(value - value * saturation * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}
