import { SageError } from '../../contracts/errors.js';
import { type Random, seededRandom } from '../../contracts/ports.js';
import { basePointToPixel } from '../../robot/camera.js';
import type { WorldScene } from '../robot/world-robot.js';
import { linearOfHsv, type Rgb } from './colour.js';
import type { SceneLook } from './look.js';

/** Edge of a block before the tabletop arm, m. */
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
/** Distance of any two centres, edges of a block. */
const APART = 2.125;
/** Distance of a block from the border of the image, pixels. */
const MARGIN_PX = 36;
const ATTEMPTS_MAX = 2000;
/** The same where each costs an inverse kinematics. */
const SCENE_ATTEMPTS_MAX = 400;
/** So many places that are out of reach, and none that is not, are enough. */
const UNREACHED_MAX = 40;

export interface BlockLayout {
  readonly colour: string;
  readonly albedo: Rgb;
  readonly x_m: number;
  readonly y_m: number;
  readonly yaw_rad: number;
}

/**
 * Blocks of distinct colours at random places that the arm reaches from above and the camera sees, apart from each
 * other. Fewer than `count` only where there is no more room, which the limits above rule out for the tabletop arm.
 * @throws SageError SAGE_812 where there is no place for any
 */
export function layOutBlocks(
  seed: number,
  count: number,
  look: SceneLook,
  size_m: number,
  scene: WorldScene | null,
): BlockLayout[] {
  const random = seededRandom(seed ^ 0x0b10c5);
  const placed: BlockLayout[] = [];
  const refused = { unseen: 0, unreached: 0 };
  const attempts = scene === null ? ATTEMPTS_MAX : SCENE_ATTEMPTS_MAX;
  for (let attempt = 0; attempt < attempts && placed.length < Math.min(count, BLOCKS_MAX); attempt++) {
    const spot = scene === null ? randomSpot(random) : spotIn(scene, random);
    const free = placed.every(
      (other) => Math.hypot(other.x_m - spot.x_m, other.y_m - spot.y_m) >= APART * size_m,
    );
    if (!free) continue;
    if (!inView(look, spot.x_m, spot.y_m, size_m)) refused.unseen++;
    else if (scene !== null && !scene.reaches(spot.x_m, spot.y_m)) {
      if (++refused.unreached >= UNREACHED_MAX && placed.length === 0) break;
    } else placed.push({ ...spot, ...paint(random, placed.length) });
  }
  if (count > 0 && placed.length === 0) {
    const detail = `of ${refused.unseen + refused.unreached} places on the table the camera does not see ${refused.unseen}, and the tip does not come down to ${refused.unreached}`;
    throw new SageError('SAGE_812', 'robot.workspace', detail);
  }
  return placed;
}

/** Anywhere in the box of the workspace, any way round. */
function spotIn({ min_m, max_m }: WorldScene, random: Random): Pick<BlockLayout, 'x_m' | 'y_m' | 'yaw_rad'> {
  const [x_m, y_m] = [0, 1].map((k) => min_m[k]! + random.next() * (max_m[k]! - min_m[k]!)) as [
    number,
    number,
  ];
  return { x_m, y_m, yaw_rad: (random.next() - 0.5) * Math.PI };
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

function inView(look: SceneLook, x: number, y: number, size_m: number): boolean {
  const pixel = basePointToPixel(look.camera, look.camera_pose, [x, y, size_m / 2]);
  return (
    pixel !== null &&
    pixel[0] > MARGIN_PX &&
    pixel[0] < look.camera.width - MARGIN_PX &&
    pixel[1] > MARGIN_PX &&
    pixel[1] < look.camera.height - MARGIN_PX
  );
}
