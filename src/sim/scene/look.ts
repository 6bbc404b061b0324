import type { CameraModel, Pose, Vec3 } from '../../contracts/geometry.js';
import { type Random, seededRandom } from '../../contracts/ports.js';
import { quaternionOf } from '../../robot/transform.js';
import { cross, subtract, unit } from '../../robot/vector.js';
import type { WorldScene } from '../robot/world-robot.js';
import { linearOfHsv, type Rgb } from './colour.js';

export interface TableLook {
  readonly style: 'wood' | 'laminate' | 'mat';
  readonly base: Rgb;
  /** Colour of the grain, the speckles or the printed grid. */
  readonly mark: Rgb;
  /** Direction of the grain, rad about z. */
  readonly grain_rad: number;
  /** Corners of the table top in the base frame, m. */
  readonly min_m: readonly [number, number];
  readonly max_m: readonly [number, number];
}

export interface LightLook {
  /** Towards the key light, unit. */
  readonly key_direction: Vec3;
  readonly key: Rgb;
  /** Towards the fill light, unit. */
  readonly fill_direction: Vec3;
  readonly fill: Rgb;
  readonly sky: Rgb;
  readonly ground: Rgb;
}

export interface HandLook {
  readonly skin: Rgb;
  readonly sleeve: Rgb;
}

/** Everything about a scene's appearance that does not change while it runs. */
export interface SceneLook {
  readonly camera: CameraModel;
  /** Optical frame (z forward, x right) in the base frame. */
  readonly camera_pose: Pose;
  readonly table: TableLook;
  readonly floor: Rgb;
  readonly light: LightLook;
  readonly hand: HandLook;
  /** How far the scene lies from where it is in front of the tabletop arm, m. */
  readonly aside_m: readonly [number, number];
  readonly texture_seed: number;
}

/** What the camera of the tabletop arm looks at, m. */
const CENTRE_M = [0.26, 0] as const;

/** Height of the floor under the table top, m. */
export const FLOOR_BELOW_TABLE_M = 0.75;

const between = (random: Random, low: number, high: number): number => low + (high - low) * random.next();

/** Pose of an optical frame at `eye_m` that looks at `target_m`, upright. */
export function lookAt(eye_m: Vec3, target_m: Vec3): Pose {
  const forward = unit(subtract(target_m, eye_m)) ?? [0, 0, -1];
  const right = unit(cross(forward, [0, 0, 1])) ?? [0, -1, 0];
  const down = cross(forward, right);
  const rows = [0, 1, 2].flatMap((k) => [right[k]!, down[k]!, forward[k]!, eye_m[k]!]);
  return { position_m: eye_m, orientation: quaternionOf(Float64Array.from(rows)) };
}

/** A camera on a stand in front of the arm, to one side, looking down at the workspace at 48 to 62 degrees. */
function cameraLook(
  random: Random,
  [aside_m, sideways_m]: SceneLook['aside_m'],
  size: number,
): Pick<SceneLook, 'camera' | 'camera_pose'> {
  const target: Vec3 = [
    between(random, 0.24, 0.28) + aside_m,
    between(random, -0.02, 0.02) + sideways_m,
    0.05,
  ];
  const elevation = (between(random, 48, 62) * Math.PI) / 180;
  const side = random.next() < 0.5 ? -1 : 1;
  const azimuth = (side * between(random, 8, 40) * Math.PI) / 180;
  const distance_m = size * between(random, 0.93, 1.05);
  const eye: Vec3 = [
    target[0] + distance_m * Math.cos(elevation) * Math.cos(azimuth),
    target[1] + distance_m * Math.cos(elevation) * Math.sin(azimuth),
    target[2] + distance_m * Math.sin(elevation),
  ];
  const focal_px = between(random, 545, 580);
  return {
    camera: {
      width: 640,
      height: 480,
      fx: focal_px,
      fy: focal_px,
      cx: 319.5 + between(random, -4, 4),
      cy: 239.5 + between(random, -4, 4),
      distortion: [0, 0, 0, 0, 0],
    },
    camera_pose: lookAt(eye, target),
  };
}

function tableLook(random: Random, [aside_m, sideways_m]: SceneLook['aside_m'], size: number): TableLook {
  const style = (['wood', 'wood', 'laminate', 'mat'] as const)[Math.floor(random.next() * 4)]!;
  const extent = {
    min_m: [
      size * between(random, -0.42, -0.3) + Math.min(0, aside_m),
      size * between(random, -0.8, -0.62) + sideways_m,
    ],
    max_m: [size * between(random, 0.72, 0.85) + aside_m, size * between(random, 0.62, 0.8) + sideways_m],
  } as const;
  const grain_rad = (random.next() < 0.5 ? 0 : Math.PI / 2) + between(random, -0.05, 0.05);
  if (style === 'wood') {
    const hue = between(random, 27, 38);
    const value = between(random, 0.72, 0.9);
    const saturation = between(random, 0.24, 0.38);
    return {
      style,
      base: linearOfHsv(hue, saturation, value),
      mark: linearOfHsv(hue - 5, saturation + 0.14, value * 0.72),
      grain_rad,
      ...extent,
    };
  }
  if (style === 'laminate') {
    const value = between(random, 0.66, 0.86);
    const tint = between(random, 0, 360);
    return {
      style,
      base: linearOfHsv(tint, 0.03, value),
      mark: linearOfHsv(tint, 0.05, value * 0.8),
      grain_rad,
      ...extent,
    };
  }
  const hue = between(random, 160, 215);
  const value = between(random, 0.26, 0.4);
  return {
    style,
    base: linearOfHsv(hue, between(random, 0.08, 0.28), value),
    mark: linearOfHsv(hue, 0.12, value * 1.55),
    grain_rad: 0,
    ...extent,
  };
}

function lightLook(random: Random): LightLook {
  const azimuth = between(random, 0, 2 * Math.PI);
  const elevation = (between(random, 48, 72) * Math.PI) / 180;
  const warmth = between(random, -0.05, 0.07);
  const key = between(random, 0.58, 0.74);
  const ambient = between(random, 0.36, 0.48);
  const at = (azimuth_rad: number, elevation_rad: number): Vec3 => [
    Math.cos(elevation_rad) * Math.cos(azimuth_rad),
    Math.cos(elevation_rad) * Math.sin(azimuth_rad),
    Math.sin(elevation_rad),
  ];
  return {
    key_direction: at(azimuth, elevation),
    key: [key * (1 + warmth), key, key * (1 - warmth)],
    fill_direction: at(azimuth + Math.PI * between(random, 0.7, 1.3), 0.5),
    fill: [0.12, 0.125, 0.135],
    sky: [ambient * 0.98, ambient, ambient * 1.03],
    ground: [ambient * 0.62, ambient * 0.58, ambient * 0.54],
  };
}

function handLook(random: Random): HandLook {
  const tone = random.next();
  const skin = linearOfHsv(between(random, 14, 26), 0.34 + 0.3 * tone, 0.9 - 0.5 * tone);
  const glove = linearOfHsv(
    between(random, 190, 220),
    between(random, 0.35, 0.6),
    between(random, 0.4, 0.75),
  );
  return {
    skin: random.next() < 0.7 ? skin : glove,
    sleeve: linearOfHsv(between(random, 0, 360), between(random, 0.1, 0.45), between(random, 0.25, 0.6)),
  };
}

/** The look that belongs to a seed, in front of the tabletop arm or elsewhere. */
export function sceneLook(seed: number, scene: WorldScene | null): SceneLook {
  const random = seededRandom(seed ^ 0x5eed1007);
  const size = scene?.size ?? 1;
  const aside_m = [0, 1].map((k) => (scene === null ? 0 : scene.centre_m[k]! - size * CENTRE_M[k]!)) as [
    number,
    number,
  ];
  const camera = cameraLook(random, [aside_m[0] + (size - 1) * CENTRE_M[0], aside_m[1]], size);
  return {
    ...camera,
    camera_pose: scene?.camera_pose ?? camera.camera_pose,
    table: tableLook(random, aside_m, size),
    aside_m,
    floor: linearOfHsv(between(random, 20, 240), between(random, 0.03, 0.12), between(random, 0.28, 0.45)),
    light: lightLook(random),
    hand: handLook(random),
    texture_seed: Math.floor(random.next() * 4294967296),
  };
}
