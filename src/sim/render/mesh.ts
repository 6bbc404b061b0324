import type { Vec3 } from '../../contracts/geometry.js';
import { cross, subtract } from '../../robot/vector.js';

/** Triangles of a solid in its own frame, wound anticlockwise seen from outside. */
export interface Mesh {
  /** x y z per vertex, m. */
  readonly positions: Float32Array;
  /** Unit normal per vertex. */
  readonly normals: Float32Array;
  /** Three vertices per triangle. */
  readonly triangles: Uint16Array;
  /** Smooth surface that each triangle belongs to, from 0. */
  readonly surfaces: Uint16Array;
}

/** Edges that bend less than this count as smooth. */
const SMOOTH_COS = Math.cos(Math.PI / 6);

/** Collects vertices and triangles; every solid below is built with it. */
class MeshBuilder {
  private readonly positions: number[] = [];
  private readonly normals: number[] = [];
  private readonly triangles: number[] = [];

  vertex(position: Vec3, normal: Vec3): number {
    const length = Math.hypot(...normal);
    this.positions.push(...position);
    this.normals.push(normal[0] / length, normal[1] / length, normal[2] / length);
    return this.positions.length / 3 - 1;
  }

  /** Adds a triangle, turned so that it faces along the normal of its first vertex. */
  triangle(a: number, b: number, c: number): void {
    const p = (i: number, k: number): number => this.positions[i * 3 + k]!;
    const u = [0, 1, 2].map((k) => p(b, k) - p(a, k));
    const v = [0, 1, 2].map((k) => p(c, k) - p(a, k));
    const facing =
      (u[1]! * v[2]! - u[2]! * v[1]!) * this.sumOfNormals(a, b, c, 0) +
      (u[2]! * v[0]! - u[0]! * v[2]!) * this.sumOfNormals(a, b, c, 1) +
      (u[0]! * v[1]! - u[1]! * v[0]!) * this.sumOfNormals(a, b, c, 2);
    if (facing >= 0) this.triangles.push(a, b, c);
    else this.triangles.push(a, c, b);
  }

  quad(a: number, b: number, c: number, d: number): void {
    this.triangle(a, b, c);
    this.triangle(a, c, d);
  }

  build(): Mesh {
    return {
      positions: Float32Array.from(this.positions),
      normals: Float32Array.from(this.normals),
      triangles: Uint16Array.from(this.triangles),
      surfaces: this.surfaces(),
    };
  }

  /** Joins triangles across edges that bend by less than 30 degrees. */
  private surfaces(): Uint16Array {
    const count = this.triangles.length / 3;
    const parent = Array.from({ length: count }, (_, i) => i);
    const rootOf = (triangle: number): number => {
      let at = triangle;
      while (parent[at] !== at) at = parent[at]!;
      return at;
    };
    const beyond = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < 3; k++) {
        const [a, b] = [this.triangles[i * 3 + k]!, this.triangles[i * 3 + ((k + 1) % 3)]!];
        beyond.set(`${a}>${b}`, i);
        const other = beyond.get(`${b}>${a}`);
        if (other !== undefined && this.bend(i, other) > SMOOTH_COS) parent[rootOf(other)] = rootOf(i);
      }
    }
    const numbers = new Map<number, number>();
    return Uint16Array.from({ length: count }, (_, i) => {
      const root = rootOf(i);
      if (!numbers.has(root)) numbers.set(root, numbers.size);
      return numbers.get(root)!;
    });
  }

  /** Cosine of the angle between two triangles; 1 where one has no area. */
  private bend(a: number, b: number): number {
    const [p, q] = [this.faceNormal(a), this.faceNormal(b)];
    const lengths = Math.hypot(...p) * Math.hypot(...q);
    return lengths > 0 ? (p[0] * q[0] + p[1] * q[1] + p[2] * q[2]) / lengths : 1;
  }

  private faceNormal(triangle: number): Vec3 {
    const corner = (k: number): Vec3 => {
      const at = this.triangles[triangle * 3 + k]! * 3;
      return [this.positions[at]!, this.positions[at + 1]!, this.positions[at + 2]!];
    };
    return cross(subtract(corner(1), corner(0)), subtract(corner(2), corner(0)));
  }

  private sumOfNormals(a: number, b: number, c: number, k: number): number {
    return this.normals[a * 3 + k]! + this.normals[b * 3 + k]! + this.normals[c * 3 + k]!;
  }
}

/**
 * Box with chamfered edges, centred. The chamfer catches the light the way a real edge does.
 * `split` divides each face so that shadows cast on it can bend.
 */
export function boxMesh(size_m: Vec3, chamfer_m: number, split = 1): Mesh {
  const mesh = new MeshBuilder();
  const half = size_m.map((s) => s / 2);
  const c = Math.min(chamfer_m, ...half.map((h) => h * 0.49));
  const corners = new Map<string, number>();
  for (let axis = 0; axis < 3; axis++) {
    for (const side of [-1, 1]) addFace(mesh, corners, { axis, side, half, chamfer: c, split });
  }
  if (c > 0) addChamfers(mesh, corners);
  return mesh.build();
}

interface Face {
  readonly axis: number;
  readonly side: number;
  readonly half: readonly number[];
  readonly chamfer: number;
  readonly split: number;
}

function addFace(mesh: MeshBuilder, corners: Map<string, number>, face: Face): void {
  const { axis, side, half, chamfer, split } = face;
  const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
  const normal: [number, number, number] = [0, 0, 0];
  normal[axis] = side;
  const grid: number[] = [];
  for (let i = 0; i <= split; i++) {
    for (let j = 0; j <= split; j++) {
      const p: [number, number, number] = [0, 0, 0];
      p[axis] = side * half[axis]!;
      p[u] = (2 * (i / split) - 1) * (half[u]! - chamfer);
      p[v] = (2 * (j / split) - 1) * (half[v]! - chamfer);
      const index = mesh.vertex(p, normal);
      grid.push(index);
      if (i % split === 0 && j % split === 0) {
        const signs = [0, 0, 0];
        signs[axis] = side;
        signs[u] = i === 0 ? -1 : 1;
        signs[v] = j === 0 ? -1 : 1;
        corners.set(`${axis}:${signs.join()}`, index);
      }
    }
  }
  const at = (i: number, j: number): number => grid[i * (split + 1) + j]!;
  for (let i = 0; i < split; i++) {
    for (let j = 0; j < split; j++) mesh.quad(at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1));
  }
}

function addChamfers(mesh: MeshBuilder, corners: Map<string, number>): void {
  const corner = (axis: number, signs: readonly number[]): number => corners.get(`${axis}:${signs.join()}`)!;
  for (let axis = 0; axis < 3; axis++) {
    const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
    for (const su of [-1, 1]) {
      for (const sv of [-1, 1]) {
        const low = [0, 0, 0];
        low[axis] = -1;
        low[u] = su;
        low[v] = sv;
        const high = [...low];
        high[axis] = 1;
        mesh.quad(corner(u, low), corner(u, high), corner(v, high), corner(v, low));
        mesh.triangle(corner(0, high), corner(1, high), corner(2, high));
        mesh.triangle(corner(0, low), corner(1, low), corner(2, low));
      }
    }
  }
}

/** A point of a profile that is turned about z: distance from the axis, height, and the normal there. */
interface ProfilePoint {
  readonly radius: number;
  readonly z: number;
  readonly normal_radius: number;
  readonly normal_z: number;
}

/** Solid of revolution about z through the profile, from bottom to top. */
function turned(profile: readonly ProfilePoint[], sides: number): Mesh {
  const mesh = new MeshBuilder();
  const rings = profile.map((point) =>
    Array.from({ length: point.radius === 0 ? 1 : sides }, (_, i) => {
      const angle = (2 * Math.PI * i) / sides;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      return mesh.vertex(
        [point.radius * cos, point.radius * sin, point.z],
        [point.normal_radius * cos, point.normal_radius * sin, point.normal_z],
      );
    }),
  );
  for (let r = 1; r < rings.length; r++) {
    const [low, high] = [rings[r - 1]!, rings[r]!];
    for (let i = 0; i < sides; i++) {
      const j = (i + 1) % sides;
      if (low.length === 1 && high.length === 1) continue;
      if (low.length === 1) mesh.triangle(low[0]!, high[i]!, high[j]!);
      else if (high.length === 1) mesh.triangle(high[0]!, low[i]!, low[j]!);
      else mesh.quad(low[i]!, low[j]!, high[j]!, high[i]!);
    }
  }
  return mesh.build();
}

/** Cylinder along z, centred, with chamfered rims. */
export function cylinderMesh(radius_m: number, length_m: number, sides: number): Mesh {
  const h = length_m / 2;
  const c = Math.min(0.004, radius_m * 0.25, h * 0.4);
  const point = (radius: number, z: number, normal_radius: number, normal_z: number): ProfilePoint => ({
    radius,
    z,
    normal_radius,
    normal_z,
  });
  return turned(
    [
      point(0, -h, 0, -1),
      point(radius_m - c, -h, 0, -1),
      point(radius_m - c, -h, 0.7, -0.7),
      point(radius_m, -h + c, 0.7, -0.7),
      point(radius_m, -h + c, 1, 0),
      point(radius_m, h - c, 1, 0),
      point(radius_m, h - c, 0.7, 0.7),
      point(radius_m - c, h, 0.7, 0.7),
      point(radius_m - c, h, 0, 1),
      point(0, h, 0, 1),
    ],
    sides,
  );
}

/** Capsule along z, centred: cylinder of `length_m` with half spheres of the two radii; a sphere when 0 long. */
export function capsuleMesh(
  radius_bottom_m: number,
  radius_top_m: number,
  length_m: number,
  sides: number,
): Mesh {
  const rows = Math.max(3, Math.round(sides / 5));
  const profile: ProfilePoint[] = [];
  const cap = (radius: number, z: number, from: number, to: number): void => {
    for (let i = 0; i <= rows; i++) {
      const angle = from + ((to - from) * i) / rows;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      const pole = Math.abs(cos) < 1e-9;
      profile.push({
        radius: pole ? 0 : radius * cos,
        z: z + radius * sin,
        normal_radius: cos,
        normal_z: sin,
      });
    }
  };
  cap(radius_bottom_m, -length_m / 2, -Math.PI / 2, 0);
  cap(radius_top_m, length_m / 2, 0, Math.PI / 2);
  return turned(profile, sides);
}

/** Sphere at the origin. */
export const sphereMesh = (radius_m: number, sides: number): Mesh =>
  capsuleMesh(radius_m, radius_m, 0, sides);
