import { type Random, seededRandom } from '../../contracts/ports.js';
import { basePointToPixel } from '../../robot/camera.js';
import { linearOfHsv, type Rgb } from './colour.js';
import type { SceneLook } from './look.js';

/** Edge of a block, m. */
export const BLOCK_SIZE_M = 0.04;

/** Colours in the order in which blocks get them: hue in degrees, saturation and value as sRGB. */
const PAINTS = [
  { name: 'red', hsv: [2, 0.86, 0.8] },
  { name: 'green', hsv: [134, 0.76, 0.58] },
  { name: 'blue', hsv: [219, 0.84, 0.8] },
  { name: 'yellow', hsv: [48, 0.9, 0.95] },
  { name: 'purple', hsv: [276, 0.68, 0.64] },
  { name: 'orange', hsv: [25, 0.92, 0.96] },
  { name: 'cyan', hsv: [186, 0.86, 0.76] },
  { name: 'pink', hsv: [336, 0.5, 0.94] },
] as const;

/** More blocks than this have no colour of their own. */
const BLOCKS_MAX = PAINTS.length;

/** Where blocks lie: between these distances from the base, and this far to its sides. */
const NEAREST_M = 0.27;
const FARTHEST_M = 0.46;
const SIDE_RAD = 0.95;
/** Distance of any two centres, m. */
const APART_M = 0.085;
/** Distance of a block from the border of the image, pixels. */
const MARGIN_PX = 36;
const ATTEMPTS_MAX = 2000;

export interface BlockLayout {
  readonly colour: string;
  readonly albedo: Rgb;
  readonly x_m: number;
  readonly y_m: number;
  readonly yaw_rad: number;
}

/**
 * Blocks of distinct colours at random places that the arm reaches from above and the camera sees, apart from each
 * other. Fewer than `count` only where the table has no more room, which the limits above rule out for eight.
 */
export function layOutBlocks(seed: number, count: number, look: SceneLook): BlockLayout[] {
  const random = seededRandom(seed ^ 0x0b10c5);
  const placed: BlockLayout[] = [];
  for (let attempt = 0; attempt < ATTEMPTS_MAX && placed.length < Math.min(count, BLOCKS_MAX); attempt++) {
    const spot = randomSpot(random);
    const free = placed.every((other) => Math.hypot(other.x_m - spot.x_m, other.y_m - spot.y_m) >= APART_M);
    if (free && inView(look, spot.x_m, spot.y_m)) placed.push({ ...spot, ...paint(random, placed.length) });
  }
  return placed;
}

function randomSpot(random: Random): Pick<BlockLayout, 'x_m' | 'y_m' | 'yaw_rad'> {
  const distance = Math.sqrt(NEAREST_M ** 2 + random.next() * (FARTHEST_M ** 2 - NEAREST_M ** 2));
  const bearing = SIDE_RAD * (2 * random.next() - 1);
  return {
    x_m: distance * Math.cos(bearing),
    y_m: distance * Math.sin(bearing),
    yaw_rad: (random.next() - 0.5) * Math.PI,
  };
}

function paint(random: Random, index: number): Pick<BlockLayout, 'colour' | 'albedo'> {
  const { name, hsv } = PAINTS[index]!;
  const vary = (value: number, by: number): number => value + by * (2 * random.next() - 1);
  return {
    colour: name,
    albedo: linearOfHsv((vary(hsv[0], 3) + 360) % 360, vary(hsv[1], 0.05), Math.min(1, vary(hsv[2], 0.05))),
  };
}

function inView(look: SceneLook, x: number, y: number): boolean {
  const pixel = basePointToPixel(look.camera, look.camera_pose, [x, y, BLOCK_SIZE_M / 2]);
  return (
    pixel !== null &&
    pixel[0] > MARGIN_PX &&
    pixel[0] < look.camera.width - MARGIN_PX &&
    pixel[1] > MARGIN_PX &&
    pixel[1] < look.camera.height - MARGIN_PX
  );
}
