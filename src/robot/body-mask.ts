import type { CameraModel, Pose } from '../contracts/geometry.js';
import { bodiesOf } from './bodies.js';
import { projectPoint } from './camera.js';
import { type Capsule, linkCapsules } from './capsules.js';
import { independentJoints, type KinematicTree, restValue, treeOf } from './kinematics.js';
import { hasDistortion } from './lens.js';
import type { RobotModel } from './robot-model.js';
import {
  compose,
  composeAt,
  fromPose,
  identity,
  invert,
  TRANSFORM_SIZE,
  type Transform,
} from './transform.js';

export interface BodyMaskOptions {
  readonly base_frame: string;
  readonly tip_frame: string;
  /** Cells over the height and the width of the image. */
  readonly rows: number;
  readonly columns: number;
  readonly link_radius_m: number;
  /** Margin around every link for errors of shapes, calibration and joint latency, m. */
  readonly margin_m: number;
}

export interface BodyView {
  /** Joint values by name, rad or m; missing ones are at rest. */
  readonly values: ReadonlyMap<string, number>;
  readonly camera: CameraModel;
  /** Pose of the optical frame in the base frame. */
  readonly optical: Pose;
  /** Radius of a sphere around the tip for an object in the gripper, m; 0 = none. */
  readonly held_radius_m: number;
}

/** Distance of the near clipping plane, m. */
const NEAR_M = 0.03;
/** A capsule is drawn in this many pieces if the lens is distorted. */
const BENT_PIECES = 4;

/**
 * The silhouette of the robot's moving parts in the image: a weight per cell, 0 where a link (with margin)
 * covers any of it, rising to 1 half a cell away. Fixed parts never change and need no mask. Links are the
 * capsules used for collision checking.
 */
export class BodyMask {
  private readonly tree: KinematicTree;
  private readonly transforms: Float64Array;
  private readonly variables: Float64Array;
  private readonly rest: Float64Array;
  private readonly capsules: readonly (Capsule & { readonly at: number })[];
  private readonly base: number;
  private readonly tip: number;
  /**
   * Cached transform of the optical pose; the pose object is the same as long as the camera does not move.
   */
  private optical: { readonly pose: Pose; readonly transform: Transform } | null = null;
  private readonly inCamera = identity();

  constructor(
    model: RobotModel,
    private readonly options: BodyMaskOptions,
  ) {
    this.tree = treeOf(model);
    this.transforms = this.tree.buffer();
    this.rest = Float64Array.from(this.tree.variables, (name) => restValue(model, name));
    this.variables = Float64Array.from(this.rest);
    this.base = this.tree.linkIndex.get(options.base_frame)! * TRANSFORM_SIZE;
    this.tip = this.tree.linkIndex.get(options.tip_frame)! * TRANSFORM_SIZE;
    const bodies = bodiesOf(model, independentJoints(model));
    const byLink = linkCapsules(model, options);
    this.capsules = this.tree.links.flatMap((name, link) =>
      bodies.moved[bodies.ofLink[link]!]!
        ? byLink.get(name)!.map((capsule) => ({ ...capsule, at: link * TRANSFORM_SIZE }))
        : [],
    );
  }

  /** Weights 0..1, rows × columns, row-major from the top left; written to `out` if given. */
  weights(view: BodyView, out = new Float32Array(this.options.rows * this.options.columns)): Float32Array {
    out.fill(1);
    for (let index = 0; index < this.variables.length; index++) {
      const value = view.values.get(this.tree.variables[index]!);
      this.variables[index] = value !== undefined && Number.isFinite(value) ? value : this.rest[index]!;
    }
    this.tree.compute(this.variables, this.transforms);
    const base = this.transforms.slice(this.base, this.base + TRANSFORM_SIZE);
    const camera = invert(compose(base, this.opticalOf(view.optical)));
    const painter = new CellPainter(view.camera, this.options, out);
    const pose = this.inCamera;
    let before = -1;
    for (const { a, b, radius_m, at } of this.capsules) {
      if (at !== before) composeAt(camera, 0, this.transforms, at, pose, 0);
      before = at;
      painter.capsule(place(pose, a), place(pose, b), radius_m + this.options.margin_m);
    }
    if (view.held_radius_m > 0) {
      composeAt(camera, 0, this.transforms, this.tip, pose, 0);
      const tip: Point = [pose[3]!, pose[7]!, pose[11]!];
      painter.capsule(tip, tip, view.held_radius_m + this.options.margin_m);
    }
    return out;
  }

  private opticalOf(pose: Pose): Transform {
    if (this.optical?.pose !== pose) this.optical = { pose, transform: fromPose(pose) };
    return this.optical.transform;
  }
}

type Point = readonly [number, number, number];

const place = (t: Transform, p: Point): Point => [
  t[0]! * p[0] + t[1]! * p[1] + t[2]! * p[2] + t[3]!,
  t[4]! * p[0] + t[5]! * p[1] + t[6]! * p[2] + t[7]!,
  t[8]! * p[0] + t[9]! * p[1] + t[10]! * p[2] + t[11]!,
];

/** Image of a sphere, in cells. */
interface Disc {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** Draws capsules of the optical frame into the cells. */
class CellPainter {
  private readonly cellWidth: number;
  private readonly cellHeight: number;
  private readonly pieces: number;

  constructor(
    private readonly camera: CameraModel,
    private readonly grid: { readonly rows: number; readonly columns: number },
    private readonly out: Float32Array,
  ) {
    this.cellWidth = camera.width / grid.columns;
    this.cellHeight = camera.height / grid.rows;
    this.pieces = hasDistortion(camera) ? BENT_PIECES : 1;
  }

  capsule(a: Point, b: Point, radius_m: number): void {
    const cut = inFront(a, b);
    if (cut === null) return;
    let from = this.disc(cut[0], radius_m);
    for (let piece = 1; piece <= this.pieces; piece++) {
      const k = piece / this.pieces;
      const to = this.disc(between(cut[0], cut[1], k), radius_m);
      if (from !== null && to !== null) this.tapered(from, to);
      from = to;
    }
  }

  /** Image of a sphere: an ellipse, drawn as the circle of its semi-major axis. */
  private disc(centre: Point, radius_m: number): Disc | null {
    const pixel = projectPoint(this.camera, centre);
    if (pixel === null) return null;
    const x = centre[0];
    const y = centre[1];
    const z = centre[2];
    const focal = Math.max(this.camera.fx, this.camera.fy);
    const slant = Math.sqrt(x * x + y * y + z * z) / z;
    return {
      x: (pixel[0] + 0.5) / this.cellWidth,
      y: (pixel[1] + 0.5) / this.cellHeight,
      radius: ((focal * radius_m) / z) * slant * (1 / Math.min(this.cellWidth, this.cellHeight)),
    };
  }

  /** The area swept by a disc on its way to another, with linearly changing radius. */
  private tapered(from: Disc, to: Disc): void {
    const { out } = this;
    const { rows, columns } = this.grid;
    const reach = Math.max(from.radius, to.radius) + FADE_CELLS;
    const firstRow = Math.max(0, Math.floor(Math.min(from.y, to.y) - reach));
    const lastRow = Math.min(rows - 1, Math.ceil(Math.max(from.y, to.y) + reach));
    const firstColumn = Math.max(0, Math.floor(Math.min(from.x, to.x) - reach));
    const lastColumn = Math.min(columns - 1, Math.ceil(Math.max(from.x, to.x) + reach));
    const dx = to.x - from.x;
    const dy = to.y - from.y;
    const square = dx * dx + dy * dy;
    const grows = to.radius - from.radius;
    for (let row = firstRow; row <= lastRow; row++) {
      const py = row + 0.5 - from.y;
      for (let column = firstColumn; column <= lastColumn; column++) {
        const at = row * columns + column;
        const weight = out[at]!;
        // Already covered by another part.
        if (weight === 0) continue;
        const px = column + 0.5 - from.x;
        const along = square > 0 ? Math.min(1, Math.max(0, (px * dx + py * dy) / square)) : 0;
        const ex = px - along * dx;
        const ey = py - along * dy;
        const beside = Math.sqrt(ex * ex + ey * ey) - from.radius - along * grows;
        const own = (beside - HALF_DIAGONAL) * 2;
        if (own < weight) out[at] = own > 0 ? own : 0;
      }
    }
  }
}

/** Centre-to-corner distance of a cell; closer cells may be partially covered. */
const HALF_DIAGONAL = Math.SQRT1_2;
const FADE_CELLS = HALF_DIAGONAL + 0.5;

/** Clips a segment to the near plane; null if all of it is behind. */
function inFront(a: Point, b: Point): readonly [Point, Point] | null {
  if (a[2] < NEAR_M && b[2] < NEAR_M) return null;
  if (a[2] >= NEAR_M && b[2] >= NEAR_M) return [a, b];
  const k = (NEAR_M - a[2]) / (b[2] - a[2]);
  const cut = between(a, b, k);
  return a[2] < NEAR_M ? [cut, b] : [a, cut];
}

const between = (a: Point, b: Point, k: number): Point => [
  a[0] + k * (b[0] - a[0]),
  a[1] + k * (b[1] - a[1]),
  a[2] + k * (b[2] - a[2]),
];
