import { fromPose, invert, type Transform } from '../../robot/transform.js';
import type { SceneLook } from '../scene/look.js';
import { lampFalloff } from './background.js';
import type { Part } from './parts.js';
import { SUBSAMPLES } from './rasteriser.js';
import type { ShadowMask } from './shadows.js';

/** Nothing nearer to the camera than this is drawn, m. */
const NEAREST_M = 0.08;
/** How far above the table its nearness still darkens a side, m. */
const CONTACT_M = 0.012;

/** Places and lights vertices: Lambert with a key, a fill and a sky light, and a Blinn-Phong highlight. */
export class VertexStage {
  /** Sample coordinates and inverse depth (1/m), three per vertex; inverse depth 0 = not in front of the camera. */
  readonly screen: Float64Array;
  /** Linear light, three per vertex. */
  readonly light: Float32Array;
  private readonly toCamera: Transform;
  private readonly toGround: Float64Array;
  private readonly eye: readonly [number, number, number];

  constructor(
    private readonly look: SceneLook,
    vertices_max: number,
  ) {
    this.screen = new Float64Array(vertices_max * 3);
    this.light = new Float32Array(vertices_max * 3);
    const pose = fromPose(look.camera_pose);
    this.toCamera = invert(pose);
    this.eye = [pose[3]!, pose[7]!, pose[11]!];
    this.toGround = this.groundProjection();
  }

  /** 3 × 4 matrix from a point to the homogeneous pixel where its shadow falls on the table (z = 0). */
  private groundProjection(): Float64Array {
    const { fx, fy, cx, cy } = this.look.camera;
    const c = this.toCamera;
    const [lx, ly, lz] = this.look.light.key_direction;
    const out = new Float64Array(12);
    for (let k = 0; k < 4; k++) {
      const rows = [0, 4, 8].map((row) =>
        k === 2 ? -(c[row]! * lx + c[row + 1]! * ly) / lz : c[row + k]!,
      ) as [number, number, number];
      out[k] = fx * rows[0] + (cx + 0.5) * rows[2];
      out[4 + k] = fy * rows[1] + (cy + 0.5) * rows[2];
      out[8 + k] = rows[2];
    }
    return out;
  }

  /** Fills `screen` with x, y of the shadow on the table (pixels, the first pixel's corner is 0) and the height, m. */
  castShadow(part: Part, world: Transform): void {
    const { positions } = part.mesh;
    const g = this.toGround;
    for (let i = 0; i < positions.length; i += 3) {
      const px = positions[i]!;
      const py = positions[i + 1]!;
      const pz = positions[i + 2]!;
      const x = world[0]! * px + world[1]! * py + world[2]! * pz + world[3]!;
      const y = world[4]! * px + world[5]! * py + world[6]! * pz + world[7]!;
      const z = Math.max(0, world[8]! * px + world[9]! * py + world[10]! * pz + world[11]!);
      const w = g[8]! * x + g[9]! * y + g[10]! * z + g[11]!;
      this.screen[i] = (g[0]! * x + g[1]! * y + g[2]! * z + g[3]!) / w;
      this.screen[i + 1] = (g[4]! * x + g[5]! * y + g[6]! * z + g[7]!) / w;
      this.screen[i + 2] = w > NEAREST_M ? z : -1;
    }
  }

  /** Fills `screen` and `light`. A part that lies under others is darkened where `above` says so. */
  shade(part: Part, world: Transform, above: ShadowMask | null): void {
    const { positions, normals } = part.mesh;
    const { key_direction: l, key, fill_direction: f, fill, sky, ground } = this.look.light;
    const lamp = lampFalloff(world[3]!, world[7]!);
    const { light } = this;
    for (let i = 0; i < positions.length; i += 3) {
      const px = positions[i]!;
      const py = positions[i + 1]!;
      const pz = positions[i + 2]!;
      const x = world[0]! * px + world[1]! * py + world[2]! * pz + world[3]!;
      const y = world[4]! * px + world[5]! * py + world[6]! * pz + world[7]!;
      const z = world[8]! * px + world[9]! * py + world[10]! * pz + world[11]!;
      const mx = normals[i]!;
      const my = normals[i + 1]!;
      const mz = normals[i + 2]!;
      const nx = world[0]! * mx + world[1]! * my + world[2]! * mz;
      const ny = world[4]! * mx + world[5]! * my + world[6]! * mz;
      const nz = world[8]! * mx + world[9]! * my + world[10]! * mz;
      this.place(i, x, y, z);
      const free = above === null ? 1 : 1 - this.shadowAt(above, x, y, z);
      const lit = Math.max(0, nx * l[0] + ny * l[1] + nz * l[2]) * lamp * free;
      const filled = Math.max(0, nx * f[0] + ny * f[1] + nz * f[2]);
      const up = 0.5 + 0.5 * nz;
      const near = z > 0 ? 1 / (1 + (z / CONTACT_M) ** 2) : 1;
      const open = 1 - 0.5 * near * (1 - Math.max(0, nz));
      const shine = part.gloss * this.highlight(x, y, z, nx, ny, nz) * lamp * free;
      for (let k = 0; k < 3; k++) {
        const ambient = (sky[k]! * up + ground[k]! * (1 - up)) * open;
        light[i + k] =
          part.albedo[k]! * (ambient + key[k]! * lit + fill[k]! * filled * open) + shine * key[k]!;
      }
    }
  }

  private place(i: number, x: number, y: number, z: number): void {
    const c = this.toCamera;
    const { camera } = this.look;
    const depth = c[8]! * x + c[9]! * y + c[10]! * z + c[11]!;
    const near = depth > NEAREST_M ? 1 / depth : 0;
    const across = c[0]! * x + c[1]! * y + c[2]! * z + c[3]!;
    const down = c[4]! * x + c[5]! * y + c[6]! * z + c[7]!;
    this.screen[i] = (camera.fx * across * near + camera.cx + 0.5) * SUBSAMPLES;
    this.screen[i + 1] = (camera.fy * down * near + camera.cy + 0.5) * SUBSAMPLES;
    this.screen[i + 2] = near;
  }

  /** Pixel that shows a point (the first pixel's corner is 0). */
  pixelOf(x: number, y: number, z: number): readonly [number, number] {
    this.place(0, x, y, z);
    return [this.screen[0]! / SUBSAMPLES, this.screen[1]! / SUBSAMPLES];
  }

  /** Share of the key light that something above takes away, 0..1. */
  private shadowAt(mask: ShadowMask, x: number, y: number, z: number): number {
    const g = this.toGround;
    const w = g[8]! * x + g[9]! * y + g[10]! * z + g[11]!;
    const u = (g[0]! * x + g[1]! * y + g[2]! * z + g[3]!) / w;
    const v = (g[4]! * x + g[5]! * y + g[6]! * z + g[7]!) / w;
    return mask.at(u / mask.scale, v / mask.scale) / 255;
  }

  /** cos^32 of the angle between the normal and the half vector. */
  private highlight(x: number, y: number, z: number, nx: number, ny: number, nz: number): number {
    const l = this.look.light.key_direction;
    const ex = this.eye[0] - x;
    const ey = this.eye[1] - y;
    const ez = this.eye[2] - z;
    const far = 1 / Math.sqrt(ex * ex + ey * ey + ez * ez);
    const hx = l[0] + ex * far;
    const hy = l[1] + ey * far;
    const hz = l[2] + ez * far;
    const cos = (nx * hx + ny * hy + nz * hz) / Math.sqrt(hx * hx + hy * hy + hz * hz);
    if (cos <= 0) return 0;
    const c2 = cos * cos;
    const c4 = c2 * c2;
    const c8 = c4 * c4;
    const c16 = c8 * c8;
    return c16 * c16;
  }
}
