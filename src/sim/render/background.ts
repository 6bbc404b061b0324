import type { Vec3 } from '../../contracts/geometry.js';
import { fromPose, rotateVector } from '../../robot/transform.js';
import { byteOfLinear, type Rgb } from '../scene/colour.js';
import { FLOOR_BELOW_TABLE_M, type SceneLook } from '../scene/look.js';

/** What the camera sees where nothing moves. */
export interface Background {
  /** rgb8. */
  readonly data: Uint8Array;
  /** 1 where a pixel shows the table top, on which shadows fall. */
  readonly is_table: Uint8Array;
}

/** Lattice noise in 0..1, smooth, of period 1. */
class ValueNoise {
  constructor(private readonly seed: number) {}

  at(x: number, y: number): number {
    const [ix, iy] = [Math.floor(x), Math.floor(y)];
    const [fx, fy] = [x - ix, y - iy];
    const [sx, sy] = [fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)];
    const top = this.corner(ix, iy) * (1 - sx) + this.corner(ix + 1, iy) * sx;
    const bottom = this.corner(ix, iy + 1) * (1 - sx) + this.corner(ix + 1, iy + 1) * sx;
    return top * (1 - sy) + bottom * sy;
  }

  private corner(x: number, y: number): number {
    let h = Math.imul(x, 374761393) ^ Math.imul(y, 668265263) ^ this.seed;
    h = Math.imul(h ^ (h >>> 13), 1274126177);
    return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
  }
}

const mix = (a: Rgb, b: Rgb, share: number): Rgb => [
  a[0] + (b[0] - a[0]) * share,
  a[1] + (b[1] - a[1]) * share,
  a[2] + (b[2] - a[2]) * share,
];

const clamp01 = (value: number): number => Math.max(0, Math.min(1, value));

/** Reflectance of the table top at a point, m. */
class TableTop {
  private readonly noise: ValueNoise;

  constructor(private readonly look: SceneLook) {
    this.noise = new ValueNoise(look.texture_seed);
  }

  albedo(x: number, y: number): Rgb {
    const { table } = this.look;
    const [cos, sin] = [Math.cos(table.grain_rad), Math.sin(table.grain_rad)];
    const along = x * cos + y * sin;
    const across = y * cos - x * sin;
    if (table.style === 'wood') return this.wood(along, across);
    if (table.style === 'laminate') return this.laminate(x, y);
    return this.mat(x, y);
  }

  /** Glued boards of 11 cm, each with rings that wander and fine pores along the grain. */
  private wood(along: number, across: number): Rgb {
    const board = Math.floor(across / 0.11);
    const shift = board * 7.31;
    const wander = this.noise.at(along * 2.2 + shift, across * 5) * 0.5;
    const rings = this.noise.at(along * 1.1 + shift, across * 42 + wander * 9 + shift * 3);
    const pores = this.noise.at(along * 26, across * 640);
    const tone = this.noise.at(board * 3.7 + Math.floor(along / 0.9) * 5.3, 0.5) - 0.5;
    const seam = Math.abs(across / 0.11 - Math.round(across / 0.11)) < 0.005 ? 0.35 : 0;
    const share = clamp01(
      0.1 + 0.5 * clamp01((rings - 0.32) * 1.7) + 0.22 * (pores - 0.4) + 0.34 * tone + seam,
    );
    return mix(this.look.table.base, this.look.table.mark, share);
  }

  private laminate(x: number, y: number): Rgb {
    const speckle = this.noise.at(x * 380, y * 380);
    const cloud = this.noise.at(x * 6, y * 6);
    return mix(
      this.look.table.base,
      this.look.table.mark,
      clamp01((speckle - 0.66) * 1.5) * 0.5 + 0.12 * cloud,
    );
  }

  /** A cutting mat with a printed line every 5 cm. */
  private mat(x: number, y: number): Rgb {
    const line = (v: number): number =>
      clamp01(1.4 - Math.abs(v - Math.round(v / 0.05) * 0.05) / 0.0007) *
      (Math.round(v / 0.05) % 5 === 0 ? 0.5 : 0.22);
    const fabric = this.noise.at(x * 300, y * 300);
    return mix(
      this.look.table.base,
      this.look.table.mark,
      Math.max(line(x), line(y)) + 0.1 * fabric * (1 - line(x)),
    );
  }
}

const SURFACE = { floor: 0, table: 1, rim: 2 } as const;

/** Casts a ray per pixel, and more where surfaces meet. */
class BackgroundPainter {
  private readonly top: TableTop;
  private readonly noise: ValueNoise;
  private readonly pose: Float64Array;

  constructor(private readonly look: SceneLook) {
    this.top = new TableTop(look);
    this.noise = new ValueNoise(look.texture_seed ^ 0x51ed270b);
    this.pose = fromPose(look.camera_pose);
  }

  paint(): Background {
    const { width, height } = this.look.camera;
    const data = new Uint8Array(width * height * 3);
    const surfaces = new Uint8Array(width * height);
    for (let i = 0; i < surfaces.length; i++) surfaces[i] = this.surface(i % width, Math.floor(i / width));
    for (let i = 0; i < surfaces.length; i++) {
      const x = i % width;
      const edge =
        x > 0 && i >= width && (surfaces[i] !== surfaces[i - 1] || surfaces[i] !== surfaces[i - width]);
      const rgb = this.pixel(x, Math.floor(i / width), edge ? 4 : this.look.table.style === 'mat' ? 2 : 1);
      for (let k = 0; k < 3; k++) data[i * 3 + k] = byteOfLinear(rgb[k]!);
    }
    return { data, is_table: surfaces.map((surface) => (surface === SURFACE.floor ? 0 : 1)) };
  }

  private surface(u: number, v: number): number {
    const hit = this.hit(u, v, 0);
    if (hit === null || !this.onTable(hit[0], hit[1])) return SURFACE.floor;
    return this.rimDistance(hit[0], hit[1]) < 0.004 ? SURFACE.rim : SURFACE.table;
  }

  private pixel(u: number, v: number, samples: number): Rgb {
    const sum = [0, 0, 0];
    for (let i = 0; i < samples * samples; i++) {
      const du = ((i % samples) + 0.5) / samples - 0.5;
      const dv = (Math.floor(i / samples) + 0.5) / samples - 0.5;
      const rgb = this.shade(u + du, v + dv);
      for (let k = 0; k < 3; k++) sum[k]! += rgb[k]! / (samples * samples);
    }
    const fall = vignette(this.look, u, v);
    return [sum[0]! * fall, sum[1]! * fall, sum[2]! * fall];
  }

  private shade(u: number, v: number): Rgb {
    const hit = this.hit(u, v, 0);
    if (hit !== null && this.onTable(hit[0], hit[1])) {
      const rim = this.rimDistance(hit[0], hit[1]) < 0.004 ? 1.25 : 1;
      const light = tableLight(this.look, hit[0], hit[1]);
      const albedo = this.top.albedo(hit[0], hit[1]);
      return [albedo[0] * light[0] * rim, albedo[1] * light[1] * rim, albedo[2] * light[2] * rim];
    }
    const floor = this.hit(u, v, -FLOOR_BELOW_TABLE_M) ?? [3, 3, 0];
    const cloud = 0.9 + 0.2 * this.noise.at(floor[0] * 9, floor[1] * 9);
    const away = clamp01(0.45 + 0.5 * this.outside(floor[0], floor[1]));
    const [r, g, b] = this.look.floor;
    return [r * cloud * away * 0.55, g * cloud * away * 0.55, b * cloud * away * 0.55];
  }

  private hit(u: number, v: number, height_m: number): Vec3 | null {
    const { camera } = this.look;
    const d = rotateVector(this.pose, [(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, 1]);
    if (d[2] > -1e-6) return null;
    const t = (height_m - this.pose[11]!) / d[2];
    return [this.pose[3]! + t * d[0], this.pose[7]! + t * d[1], height_m];
  }

  private onTable(x: number, y: number): boolean {
    const { min_m, max_m } = this.look.table;
    return x >= min_m[0] && x <= max_m[0] && y >= min_m[1] && y <= max_m[1];
  }

  private rimDistance(x: number, y: number): number {
    const { min_m, max_m } = this.look.table;
    return Math.min(x - min_m[0], max_m[0] - x, y - min_m[1], max_m[1] - y);
  }

  /** How far a point of the floor lies outside of the table's outline, m. */
  private outside(x: number, y: number): number {
    const { min_m, max_m } = this.look.table;
    const dx = Math.max(min_m[0] - x, 0, x - max_m[0]);
    const dy = Math.max(min_m[1] - y, 0, y - max_m[1]);
    return Math.hypot(dx, dy);
  }
}

/** Light lost towards the corners of the image. */
function vignette(look: SceneLook, u: number, v: number): number {
  const { camera } = look;
  return 1 - 0.16 * (((u - camera.cx) / camera.fx) ** 2 + ((v - camera.cy) / camera.fy) ** 2);
}

/** Light on the table top, brightest in the middle of the workspace where the lamp points. */
export function tableLight(look: SceneLook, x: number, y: number): Rgb {
  const { light } = look;
  const lamp = lampFalloff(x, y) * light.key_direction[2];
  return [0, 1, 2].map(
    (k) => light.sky[k]! + light.key[k]! * lamp + light.fill[k]! * light.fill_direction[2],
  ) as unknown as Rgb;
}

/** Share of the key light that reaches a point of the table. */
export const lampFalloff = (x: number, y: number): number => 1 / (1 + 0.5 * ((x - 0.3) * (x - 0.3) + y * y));

/** Paints the static part of the scene; takes some tenths of a second. */
export const paintBackground = (look: SceneLook): Background => new BackgroundPainter(look).paint();
