import type { RobotModel, Shape } from '../../robot/robot-model.js';
import { composeAt, type Transform } from '../../robot/transform.js';

/** A convex solid given by its corners; cylinders are prisms. */
export interface ConvexShape {
  /** x y z per corner in the body's frame, m. */
  readonly corners: Float64Array;
  /** Pairs of corners. */
  readonly edges: Uint16Array;
  /** Radius around the corners' mean that holds all of them, m. */
  readonly radius_m: number;
  readonly centre: readonly [number, number, number];
}

/** Sides of the prism that stands for a cylinder; its faces touch the cylinder from outside halfway. */
const PRISM_SIDES = 12;
/** Between the prism inside of the circle and the one around it, so that it errs by under 1 % of the radius. */
const PRISM_SCALE = 2 / (1 + Math.cos(Math.PI / PRISM_SIDES));

function shapeOf(points: readonly (readonly [number, number, number])[], edges: number[]): ConvexShape {
  const centre = [0, 1, 2].map((k) => points.reduce((sum, p) => sum + p[k]!, 0) / points.length) as [
    number,
    number,
    number,
  ];
  const radius = Math.max(
    ...points.map((p) => Math.hypot(p[0] - centre[0], p[1] - centre[1], p[2] - centre[2])),
  );
  return {
    corners: Float64Array.from(points.flat()),
    edges: Uint16Array.from(edges),
    radius_m: radius,
    centre,
  };
}

/** Box centred on its frame. */
export function boxShape(x_m: number, y_m: number, z_m: number): ConvexShape {
  const points: [number, number, number][] = [];
  const edges: number[] = [];
  for (let i = 0; i < 8; i++) {
    points.push([((i & 1) - 0.5) * x_m, (((i >> 1) & 1) - 0.5) * y_m, ((i >> 2) - 0.5) * z_m]);
    for (const bit of [1, 2, 4]) if ((i & bit) === 0) edges.push(i, i | bit);
  }
  return shapeOf(points, edges);
}

function prismShape(radius_m: number, length_m: number): ConvexShape {
  const points: [number, number, number][] = [];
  const edges: number[] = [];
  const n = PRISM_SIDES;
  for (let i = 0; i < 2 * n; i++) {
    const angle = (2 * Math.PI * (i % n)) / n;
    const r = radius_m * PRISM_SCALE;
    points.push([r * Math.cos(angle), r * Math.sin(angle), (i < n ? -0.5 : 0.5) * length_m]);
    edges.push(i, i < n ? (i + 1) % n : n + ((i + 1) % n));
    if (i < n) edges.push(i, i + n);
  }
  return shapeOf(points, edges);
}

function convexOf(shape: Shape): ConvexShape | null {
  switch (shape.kind) {
    case 'box':
      return boxShape(...shape.size_m);
    case 'cylinder':
      return prismShape(shape.radius_m, shape.length_m);
    case 'capsule':
      return prismShape(shape.radius_m, shape.length_m + 2 * shape.radius_m);
    case 'sphere':
      return prismShape(shape.radius_m, 2 * shape.radius_m);
    case 'mesh':
      return null;
  }
}

/** A convex solid where it is now. */
export interface PlacedShape {
  readonly shape: ConvexShape;
  readonly link: string;
  /** Place of the link in the model's order. */
  readonly link_index: number;
  /** Corners in the base frame. */
  readonly corners: Float64Array;
  /** Centre in the base frame; three numbers. */
  readonly centre: Float64Array;
}

/** The collision shapes of all links, moved along with the arm. */
export class RobotShapes {
  readonly shapes: readonly PlacedShape[];
  private readonly locals: readonly Transform[];
  private readonly world: Transform = new Float64Array(12);

  constructor(model: RobotModel) {
    const locals: Transform[] = [];
    const shapes: PlacedShape[] = [];
    for (const [link_index, link] of model.order.entries()) {
      for (const collision of model.links.get(link)!.collision) {
        const shape = convexOf(collision.shape);
        if (shape === null) continue;
        locals.push(collision.origin);
        const corners = new Float64Array(shape.corners.length);
        shapes.push({ shape, link, link_index, corners, centre: new Float64Array(3) });
      }
    }
    this.shapes = shapes;
    this.locals = locals;
  }

  /** Moves all shapes to the links' transforms (twelve numbers each, in the model's order). */
  place(links: Float64Array): void {
    for (const [i, placed] of this.shapes.entries()) {
      composeAt(links, placed.link_index * 12, this.locals[i]!, 0, this.world, 0);
      placeCorners(placed.shape, this.world, placed.corners, placed.centre);
    }
  }
}

/** Writes a shape's corners and centre in the outer frame. */
export function placeCorners(
  shape: ConvexShape,
  t: Transform,
  corners: Float64Array,
  centre: Float64Array,
): void {
  const from = shape.corners;
  for (let i = 0; i < from.length; i += 3) moveInto(t, from[i]!, from[i + 1]!, from[i + 2]!, corners, i);
  moveInto(t, shape.centre[0], shape.centre[1], shape.centre[2], centre, 0);
}

function moveInto(t: Transform, x: number, y: number, z: number, out: Float64Array, at: number): void {
  out[at] = t[0]! * x + t[1]! * y + t[2]! * z + t[3]!;
  out[at + 1] = t[4]! * x + t[5]! * y + t[6]! * z + t[7]!;
  out[at + 2] = t[8]! * x + t[9]! * y + t[10]! * z + t[11]!;
}

/** Height of the lowest corner, m. */
export function lowest(corners: Float64Array): number {
  let low = Infinity;
  for (let i = 2; i < corners.length; i += 3) if (corners[i]! < low) low = corners[i]!;
  return low;
}
