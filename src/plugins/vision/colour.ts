import { nthElement } from '../../kernel/order-statistics.js';

/** Hue 0..360 degrees, saturation and value 0..1. */
type Hsv = readonly [hue_deg: number, saturation: number, value: number];

/** From channels 0..1. */
export function hsvOf(r: number, g: number, b: number): Hsv {
  const high = Math.max(r, g, b);
  const chroma = high - Math.min(r, g, b);
  if (chroma <= 0) return [0, 0, high];
  let sextant: number;
  if (high === r) sextant = (g - b) / chroma;
  else if (high === g) sextant = 2 + (b - r) / chroma;
  else sextant = 4 + (r - g) / chroma;
  return [(sextant * 60 + 360) % 360, chroma / high, high];
}

/** Smallest angle between two hues, 0..180 degrees. */
export function hueDistance(a_deg: number, b_deg: number): number {
  const apart = Math.abs(a_deg - b_deg) % 360;
  return Math.min(apart, 360 - apart);
}

/**
 * Below this chroma a colour is grey, black or white: noise and the tint of the light would decide the hue.
 */
const CHROMA_MIN = 0.07;
const SATURATION_MIN = 0.2;

export function isColourful(hsv: Hsv): boolean {
  return hsv[1] >= SATURATION_MIN && hsv[1] * hsv[2] >= CHROMA_MIN;
}

/** Upper hue of each name, degrees, ascending. Red wraps around. */
const HUES = [
  [14, 'red'],
  [37, 'orange'],
  [68, 'yellow'],
  [162, 'green'],
  [200, 'cyan'],
  [252, 'blue'],
  [305, 'purple'],
  [347, 'pink'],
  [360, 'red'],
] as const;

/** A red of lower saturation is pink; a more saturated pink near red is red. */
const PINK_BELOW = 0.6;
const RED_ABOVE = 0.75;
const NEAR_RED_DEG = 328;
/** Shares of the brightest value in the image. */
const WHITE_FROM = 0.72;
const BLACK_BELOW = 0.3;

/**
 * The nearest colour name. Grey, black and white are judged relative to `bright`, the value (0..1) of the
 * brightest things in the image, because a white object in a dim room is no brighter than a grey one in the
 * sun.
 */
export function colourName(hsv: Hsv, bright = 1): string {
  const [hue, saturation, value] = hsv;
  if (!isColourful(hsv)) {
    const share = value / Math.max(bright, 0.1);
    if (share >= WHITE_FROM) return 'white';
    return share < BLACK_BELOW ? 'black' : 'grey';
  }
  const name = HUES.find(([end]) => hue < end)?.[1] ?? 'red';
  if (name === 'red' && saturation < PINK_BELOW && value > 0.35) return 'pink';
  if (name === 'pink' && hue > NEAR_RED_DEG && saturation > RED_ABOVE) return 'red';
  return name;
}

/** Reused scratch memory for selection. */
let looked_through = new Float64Array(512);

/** Median; 0 for no values. */
export function median(values: Float32Array): number {
  return quantile(values, 0.5);
}

/** Quantile at a share (0..1); 0 for no values. */
export function quantile(values: Float32Array, share: number): number {
  const { length } = values;
  if (length === 0) return 0;
  if (looked_through.length < length) looked_through = new Float64Array(2 * length);
  looked_through.set(values);
  return nthElement(looked_through, length, Math.min(length - 1, Math.floor(share * length)));
}

/**
 * One colour for many pixels (r g b 0..255 interleaved): hue weighted by chroma, medians, lit faces over
 * shaded ones.
 */
export function colourOfMany(rgb: Float32Array): Hsv {
  const count = rgb.length / 3;
  const saturations = new Float32Array(count);
  const values = new Float32Array(count);
  let east = 0;
  let north = 0;
  for (let i = 0; i < count; i++) {
    const hsv = hsvOf(rgb[3 * i]! / 255, rgb[3 * i + 1]! / 255, rgb[3 * i + 2]! / 255);
    const weight = hsv[1] * hsv[2];
    const angle = (hsv[0] * Math.PI) / 180;
    east += weight * Math.cos(angle);
    north += weight * Math.sin(angle);
    saturations[i] = hsv[1];
    values[i] = hsv[2];
  }
  const hue = ((Math.atan2(north, east) * 180) / Math.PI + 360) % 360;
  return [hue, median(saturations), quantile(values, 0.7)];
}
