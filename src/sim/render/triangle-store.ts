import { byteOfLinear, LINEAR_OF_BYTE } from '../scene/colour.js';
import type { Part } from './parts.js';
import { type ScreenTriangle, SUBSAMPLES, type VisibilityBuffer } from './rasteriser.js';
import type { VertexStage } from './vertex-stage.js';

/** Numbers per triangle: value at the origin and slopes in x and y, for red, green, blue. */
const PLANE = 9;

/**
 * The visible triangles of a frame with their colour as a linear function of the place on the screen
 * (Gouraud; without perspective, as the triangles are small).
 */
export class TriangleStore {
  private readonly planes: Float32Array;
  /** Smooth surface of each triangle: inside of one, pixels need no blending. 0 = background. */
  private readonly surfaces: Uint16Array;
  private readonly labels: Uint8Array;
  private readonly instances: Uint8Array;
  private readonly corners: ScreenTriangle = new Float64Array(9);
  private count = 0;
  private surface_count = 0;

  constructor(private readonly triangles_max: number) {
    this.planes = new Float32Array((triangles_max + 1) * PLANE);
    this.surfaces = new Uint16Array(triangles_max + 1);
    this.labels = new Uint8Array(triangles_max + 1);
    this.instances = new Uint8Array(triangles_max + 1);
  }

  clear(): void {
    this.count = 0;
    this.surface_count = 0;
  }

  /** Draws those triangles of a part that face the camera; the vertex stage holds its vertices. */
  draw(part: Part, stage: VertexStage, buffer: VisibilityBuffer): void {
    const { triangles } = part.mesh;
    const { screen, light } = stage;
    const { corners } = this;
    const first_surface = this.surface_count + 1;
    for (let i = 0; i < triangles.length && this.count < this.triangles_max; i += 3) {
      const a = triangles[i]! * 3;
      const b = triangles[i + 1]! * 3;
      const c = triangles[i + 2]! * 3;
      if (screen[a + 2] === 0 || screen[b + 2] === 0 || screen[c + 2] === 0) continue;
      const dx1 = screen[b]! - screen[a]!;
      const dy1 = screen[b + 1]! - screen[a + 1]!;
      const dx2 = screen[c]! - screen[a]!;
      const dy2 = screen[c + 1]! - screen[a + 1]!;
      // rows grow downwards, so that anticlockwise corners have a negative area here
      const area = dx1 * dy2 - dx2 * dy1;
      if (area >= -1e-9) continue;
      const id = ++this.count;
      this.labels[id] = part.label;
      this.instances[id] = part.instance;
      const surface = first_surface + part.mesh.surfaces[i / 3]!;
      this.surfaces[id] = surface;
      if (surface > this.surface_count) this.surface_count = surface;
      for (let k = 0; k < 3; k++) {
        const u = (light[b + k]! - light[a + k]!) / area;
        const v = (light[c + k]! - light[a + k]!) / area;
        const slope_x = u * dy2 - v * dy1;
        const slope_y = v * dx1 - u * dx2;
        const at = id * PLANE + k * 3;
        this.planes[at] = light[a + k]! - slope_x * screen[a]! - slope_y * screen[a + 1]!;
        this.planes[at + 1] = slope_x;
        this.planes[at + 2] = slope_y;
        corners[k] = screen[a + k]!;
        corners[3 + k] = screen[b + k]!;
        corners[6 + k] = screen[c + k]!;
      }
      buffer.draw(id, corners);
    }
  }

  /** Paints what the buffer shows over `image` (rgb8). */
  resolve(buffer: VisibilityBuffer, image: Uint8Array): void {
    const { ids, columns } = buffer;
    const { surfaces } = this;
    for (let row = 0; row < buffer.rows; row += SUBSAMPLES) {
      const from = Math.min(buffer.first[row]!, buffer.first[row + 1]!) >> 1;
      const to = (Math.max(buffer.end[row]!, buffer.end[row + 1]!) + 1) >> 1;
      const start = (row >> 1) * (columns >> 1);
      for (let x = from; x < to; x++) {
        const i = row * columns + 2 * x;
        const a = ids[i]!;
        const b = ids[i + 1]!;
        const c = ids[i + columns]!;
        const d = ids[i + columns + 1]!;
        if ((a | b | c | d) === 0) continue;
        const surface = surfaces[a]!;
        if (surface === surfaces[b] && surface === surfaces[c] && surface === surfaces[d])
          this.paint(a, 2 * x + 1, row + 1, image, (start + x) * 3);
        else this.blend(a, b, c, d, 2 * x, row, image, (start + x) * 3);
      }
    }
  }

  private paint(id: number, x: number, y: number, image: Uint8Array, at: number): void {
    const { planes } = this;
    const p = id * PLANE;
    image[at] = byteOfLinear(planes[p]! + planes[p + 1]! * x + planes[p + 2]! * y);
    image[at + 1] = byteOfLinear(planes[p + 3]! + planes[p + 4]! * x + planes[p + 5]! * y);
    image[at + 2] = byteOfLinear(planes[p + 6]! + planes[p + 7]! * x + planes[p + 8]! * y);
  }

  /** A pixel on an edge: the mean of its four samples, in linear light. */
  private blend(
    a: number,
    b: number,
    c: number,
    d: number,
    x: number,
    y: number,
    image: Uint8Array,
    at: number,
  ): void {
    for (let k = 0; k < 3; k++) {
      const behind = LINEAR_OF_BYTE[image[at + k]!]!;
      const sum =
        this.sample(a, k, x + 0.5, y + 0.5, behind) +
        this.sample(b, k, x + 1.5, y + 0.5, behind) +
        this.sample(c, k, x + 0.5, y + 1.5, behind) +
        this.sample(d, k, x + 1.5, y + 1.5, behind);
      image[at + k] = byteOfLinear(sum / 4);
    }
  }

  private sample(id: number, k: number, x: number, y: number, behind: number): number {
    if (id === 0) return behind;
    const p = id * PLANE + k * 3;
    const value = this.planes[p]! + this.planes[p + 1]! * x + this.planes[p + 2]! * y;
    return value < 0 ? 0 : Math.min(value, 1);
  }

  /** Label and instance per pixel: those that most samples have; background wins only with three of four. */
  labelInto(buffer: VisibilityBuffer, classes: Uint8Array, instances: Uint8Array): void {
    classes.fill(0);
    instances.fill(0);
    const { ids, columns } = buffer;
    for (let row = 0; row < buffer.rows; row += SUBSAMPLES) {
      const from = Math.min(buffer.first[row]!, buffer.first[row + 1]!) >> 1;
      const to = (Math.max(buffer.end[row]!, buffer.end[row + 1]!) + 1) >> 1;
      for (let x = from; x < to; x++) {
        const i = row * columns + 2 * x;
        const seen = [ids[i]!, ids[i + 1]!, ids[i + columns]!, ids[i + columns + 1]!].filter((id) => id > 0);
        if (seen.length < 2) continue;
        const pixel = (row >> 1) * (columns >> 1) + x;
        const id = seen.find((one) => seen.filter((other) => this.sameThing(one, other)).length >= 2);
        classes[pixel] = this.labels[id ?? seen[0]!]!;
        instances[pixel] = this.instances[id ?? seen[0]!]!;
      }
    }
  }

  private sameThing(a: number, b: number): boolean {
    return this.instances[a] === this.instances[b];
  }
}
