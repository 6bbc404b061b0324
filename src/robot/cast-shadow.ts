import type { CameraModel, Pose, Vec3 } from '../contracts/geometry.js';
import { bodiesOf } from './bodies.js';
import { intersectPlane, pixelRay, rayInBase } from './camera.js';
import { type Capsule, linkCapsules } from './capsules.js';
import { independentJoints, linkTransforms } from './kinematics.js';
import type { RobotModel } from './robot-model.js';
import { applyPoint, compose, invert } from './transform.js';
import { cross, dot, length, scale, subtract } from './vector.js';

export interface CastShadowOptions {
  readonly base_frame: string;
  readonly tip_frame: string;
  /** Cells over the height and the width of the image. */
  readonly rows: number;
  readonly columns: number;
  readonly link_radius_m: number;
  /** Plane on which the shadow falls, base frame, m. */
  readonly table_height_m: number;
}

/** The table as seen by the camera: the point at the centre of each cell, and the width of the cell there. */
export interface Ground {
  /** In the base frame, m; null if the cell does not show the plane. */
  readonly places_m: readonly (Vec3 | null)[];
  readonly widths_m: Float64Array;
}

/**
 * Shadow of the robot's moving links on the table, as seen by the camera, under a distant lamp. Links are the
 * capsules used for collision checking. A point is shaded if its ray to the lamp passes closer to a capsule's
 * axis than the radius, measured in the plane perpendicular to the ray.
 */
export class CastShadow {
  private readonly capsules: ReadonlyMap<string, readonly Capsule[]>;
  private last: { readonly camera: CameraModel; readonly optical: Pose; readonly ground: Ground } | null =
    null;

  constructor(
    private readonly model: RobotModel,
    private readonly options: CastShadowOptions,
  ) {
    const bodies = bodiesOf(model, independentJoints(model));
    const moved = model.order.filter((_, link) => bodies.moved[bodies.ofLink[link] ?? 0]);
    const all = linkCapsules(model, options);
    this.capsules = new Map(moved.map((name) => [name, all.get(name) ?? []]));
  }

  /** The moving links in a posture, in the base frame. @param values by joint, rad or m */
  placed(values: ReadonlyMap<string, number>): readonly Capsule[] {
    const links = linkTransforms(this.model, values);
    const base = links.get(this.options.base_frame);
    if (base === undefined) return [];
    const fromBase = invert(base);
    return [...this.capsules].flatMap(([name, capsules]) => {
      const link = links.get(name);
      if (link === undefined) return [];
      const pose = compose(fromBase, link);
      return capsules.map(({ a, b, radius_m }) => ({
        a: applyPoint(pose, a),
        b: applyPoint(pose, b),
        radius_m,
      }));
    });
  }

  /** The table points of the image cells. */
  ground(camera: CameraModel, optical: Pose): Ground {
    if (this.last?.camera === camera && this.last.optical === optical) return this.last.ground;
    const { rows, columns, table_height_m } = this.options;
    const place = (row: number, column: number): Vec3 | null => {
      const u = (column * camera.width) / columns - 0.5;
      const v = (row * camera.height) / rows - 0.5;
      return intersectPlane(rayInBase(optical, pixelRay(camera, u, v)), table_height_m);
    };
    const places_m: (Vec3 | null)[] = [];
    const widths_m = new Float64Array(rows * columns);
    for (let cell = 0; cell < rows * columns; cell++) {
      const row = Math.floor(cell / columns);
      const column = cell % columns;
      const corners = [place(row, column), place(row + 1, column + 1)] as const;
      places_m.push(corners[0] === null || corners[1] === null ? null : place(row + 0.5, column + 0.5));
      if (corners[0] !== null && corners[1] !== null)
        widths_m[cell] = length(subtract(corners[1], corners[0])) * Math.SQRT1_2;
    }
    const ground = { places_m, widths_m };
    this.last = { camera, optical, ground };
    return ground;
  }
}

/**
 * Share of each cell in the shadow of the capsules, 0..1, in the order of `cells`.
 * @param lamp unit vector towards the lamp
 */
export function shadeOf(
  capsules: readonly Capsule[],
  lamp: Vec3,
  { places_m, widths_m }: Ground,
  cells: readonly number[],
): Float64Array {
  const side: Vec3 = Math.hypot(lamp[0], lamp[1]) > 0 ? [-lamp[1], lamp[0], 0] : [1, 0, 0];
  const across = scale(side, 1 / length(side));
  const up = cross(lamp, across);
  const shapes = Float64Array.from(
    capsules.flatMap(({ a, b, radius_m }) => {
      const [x, y] = [dot(a, across), dot(a, up)];
      const [dx, dy] = [dot(b, across) - x, dot(b, up) - y];
      const square = dx * dx + dy * dy;
      return [x, y, dx, dy, square > 0 ? 1 / square : 0, radius_m];
    }),
  );
  const shades = new Float64Array(cells.length);
  for (let index = 0; index < cells.length; index++) {
    const cell = cells[index]!;
    const place = places_m[cell] ?? null;
    if (place === null) continue;
    const beside_m = besideAll(shapes, dot(place, across), dot(place, up));
    shades[index] = Math.min(1, Math.max(0, 0.5 - beside_m / widths_m[cell]!));
  }
  return shades;
}

/** Distance from a point to the nearest projected capsule, negative inside; six numbers each. */
function besideAll(shapes: Float64Array, px: number, py: number): number {
  let beside = Number.POSITIVE_INFINITY;
  for (let at = 0; at < shapes.length; at += 6) {
    const x = px - shapes[at]!;
    const y = py - shapes[at + 1]!;
    const dx = shapes[at + 2]!;
    const dy = shapes[at + 3]!;
    const along = Math.min(1, Math.max(0, (x * dx + y * dy) * shapes[at + 4]!));
    const ex = x - along * dx;
    const ey = y - along * dy;
    beside = Math.min(beside, Math.sqrt(ex * ex + ey * ey) - shapes[at + 5]!);
  }
  return beside;
}
