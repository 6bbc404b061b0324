import type { Vec3 } from '../contracts/geometry.js';
import { linkTransforms } from './kinematics.js';
import type { Capsule, LinkShape, RobotJoint, RobotLink, RobotModel, Shape } from './robot-model.js';
import { applyPoint, compose, invert, type Transform, translationOf } from './transform.js';
import { add, dot, length, scale, subtract } from './vector.js';

export type { Capsule };

interface CapsuleOptions {
  /** Radius of links without a shape, or with a mesh that was not fitted, m. */
  readonly link_radius_m: number;
  readonly tip_frame: string;
}

/** A box becomes at most this many capsules along its middle side. */
const BOX_CUTS_MAX = 8;
/** Tolerance for a mesh to lie on the axis of its joint, m. */
const ALONG_M = 1e-3;
/** A mesh within so many radii of the line between the joints is mostly inside of the capsule of that line. */
const BESIDE_RADII = 1;
/**
 * Ratio of a finger's radius to a link's if its shape is a mesh: an assumption, as fingers must fit around
 * objects.
 */
const FINGER_SHARE = 0.25;

/**
 * Capsules of every link, in link frames, never smaller than what they represent: from the collision
 * primitives and fitted meshes, else the visual primitives, else from the joint origins with `link_radius_m`.
 */
export function linkCapsules(model: RobotModel, options: CapsuleOptions): Map<string, readonly Capsule[]> {
  const fallback = new MeshGuess(model, options);
  return new Map(
    model.order.map((name) => {
      const link = model.links.get(name)!;
      const collision = [...link.collision.flatMap(primitiveCapsules), ...(link.fitted ?? [])];
      if (isMarker(link, options.tip_frame)) return [name, []];
      const found = collision.length > 0 ? collision : link.visual.flatMap(primitiveCapsules);
      return [name, found.length > 0 ? found : fallback.capsules(name)];
    }),
  );
}

/** Where the capsules come from: how many links have primitives or fitted meshes, and which have neither. */
export interface ShapeOrigins {
  readonly primitives: number;
  readonly meshes: number;
  readonly assumed: readonly string[];
}

export function shapeOrigins(model: RobotModel, options: CapsuleOptions): ShapeOrigins {
  const found = { primitives: 0, meshes: 0, assumed: [] as string[] };
  for (const [name, capsules] of linkCapsules(model, options)) {
    const { collision, visual, fitted = [] } = model.links.get(name)!;
    if (capsules.length === 0) continue;
    if (fitted.length > 0) found.meshes++;
    else if ([...collision, ...visual].some(({ shape }) => shape.kind !== 'mesh')) found.primitives++;
    else found.assumed.push(name);
  }
  return found;
}

/** The tip is a point between the fingers: a purely visual link there marks it and is not solid. */
function isMarker({ name, collision, child_joints }: RobotLink, tip_frame: string): boolean {
  return name === tip_frame && collision.length === 0 && child_joints.length === 0;
}

function primitiveCapsules(element: LinkShape): Capsule[] {
  return shapeCapsules(element.shape).map(({ a, b, radius_m }) => ({
    a: applyPoint(element.origin, a),
    b: applyPoint(element.origin, b),
    radius_m,
  }));
}

function shapeCapsules(shape: Shape): Capsule[] {
  switch (shape.kind) {
    case 'sphere':
      return [{ a: [0, 0, 0], b: [0, 0, 0], radius_m: shape.radius_m }];
    case 'capsule': {
      const half = shape.length_m / 2;
      return [{ a: [0, 0, -half], b: [0, 0, half], radius_m: shape.radius_m }];
    }
    case 'cylinder':
      return [around([0, 0, 0], [0, 0, 1], shape.length_m / 2, shape.radius_m)];
    case 'box':
      return boxCapsules(shape.size_m);
    case 'mesh':
      return [];
  }
}

/**
 * A capsule around a prism of circumradius `r` and half length `half` along a unit axis. Its ends are moved
 * in by r/2 and its radius grown to keep the rim inside (r √1.25), which overshoots less at the ends than end
 * points at ±half.
 */
function around(centre: Vec3, axis: Vec3, half: number, r: number): Capsule {
  const inset = Math.min(r / 2, half);
  const reach = scale(axis, half - inset);
  return { a: add(centre, scale(reach, -1)), b: add(centre, reach), radius_m: Math.hypot(r, inset) };
}

/**
 * Parallel capsules along the longest side; a flat box is cut along its middle side into roughly square bars.
 */
function boxCapsules(size_m: Vec3): Capsule[] {
  const [long, middle, short] = [0, 1, 2].sort((i, j) => size_m[j]! - size_m[i]!) as [number, number, number];
  const axis = [0, 0, 0];
  axis[long] = 1;
  const flatness =
    size_m[short]! > 0 ? size_m[middle]! / size_m[short]! : size_m[middle]! > 0 ? BOX_CUTS_MAX : 1;
  const cuts = Math.min(BOX_CUTS_MAX, Math.max(1, Math.round(flatness)));
  const width = size_m[middle]! / cuts;
  const radius = Math.hypot(width, size_m[short]!) / 2;
  return Array.from({ length: cuts }, (_, cut) => {
    const centre = [0, 0, 0];
    centre[middle] = (cut + 0.5) * width - size_m[middle]! / 2;
    return around(centre as unknown as Vec3, axis as unknown as Vec3, size_m[long]! / 2, radius);
  });
}

/**
 * From a joint to the next one: straight or, if the mesh lies `beside` that line, along the mesh. A link that
 * is long relative to its offset runs beside the line all the way (the upper arm of a UR); a short one starts
 * from there.
 */
function bridge(beside: Vec3, end: Vec3, radius_m: number): Capsule[] {
  const origin: Vec3 = [0, 0, 0];
  const aside_m = length(beside);
  if (aside_m <= BESIDE_RADII * radius_m) return [{ a: origin, b: end, radius_m }];
  const across = subtract(end, scale(beside, dot(end, beside) / aside_m ** 2));
  const corners =
    length(across) > aside_m ? [origin, beside, add(beside, across), end] : [beside, origin, end];
  return corners.slice(1).map((b, at) => ({ a: corners[at]!, b, radius_m }));
}

/** Capsules for links with no known geometry but the joint origins. */
class MeshGuess {
  private readonly rest: ReadonlyMap<string, Transform>;
  private readonly tipLine = new Set<string>();

  constructor(
    private readonly model: RobotModel,
    private readonly options: CapsuleOptions,
  ) {
    this.rest = linkTransforms(model, new Map());
    let at: string | null = options.tip_frame;
    while (at !== null) {
      this.tipLine.add(at);
      at = this.parentOf(at);
    }
  }

  capsules(name: string): Capsule[] {
    if (!this.isSolid(name)) return [];
    const radius_m = this.options.link_radius_m;
    const origin: Vec3 = [0, 0, 0];
    const children = this.model.links.get(name)!.child_joints.map((joint) => this.model.joints.get(joint)!);
    if (this.isFinger(name)) return [this.finger(name)];
    const solid = children.filter((joint) => this.solidBelow(joint.child));
    if (solid.length > 0) {
      const beside = this.besideAxis(name);
      return solid.flatMap((joint) => bridge(beside, this.endAt(joint), radius_m));
    }
    // only frames (a flange, a tool point) mark the end: stop short of them by the radius
    const ends = children.map((joint) => translationOf(joint.origin)).filter((end) => length(end) > radius_m);
    if (ends.length === 0) return [{ a: origin, b: origin, radius_m }];
    return ends.map((end) => ({ a: origin, b: scale(end, 1 - radius_m / length(end)), radius_m }));
  }

  /** Start of the next link: its joint, or its mesh beside that. */
  private endAt(joint: RobotJoint): Vec3 {
    const beside = this.besideAxis(joint.child);
    const far = length(beside) > BESIDE_RADII * this.options.link_radius_m;
    return far ? applyPoint(joint.origin, beside) : translationOf(joint.origin);
  }

  /**
   * Offset of a link's mesh along the axis of its own joint, m. The position of a joint frame on its axis is
   * arbitrary, so this is where the link is; an offset in any other direction says nothing, because the
   * mesh's own origin is unknown.
   */
  private besideAxis(name: string): Vec3 {
    const link = this.model.links.get(name)!;
    const mesh = [...link.collision, ...link.visual].find(({ shape }) => shape.kind === 'mesh');
    const joint = link.parent_joint === null ? null : this.model.joints.get(link.parent_joint)!;
    if (mesh === undefined || joint === null || joint.kind === 'fixed') return [0, 0, 0];
    const offset = translationOf(mesh.origin);
    const along = scale(joint.axis, dot(offset, joint.axis));
    return length(subtract(offset, along)) < ALONG_M ? along : [0, 0, 0];
  }

  /**
   * A link with shapes, or a link without any that is moved by a joint and has children. Frames are not
   * solid, nor is a visual marker of the tip.
   */
  private isSolid(name: string): boolean {
    const link = this.model.links.get(name)!;
    if (isMarker(link, this.options.tip_frame)) return false;
    if (link.collision.length + link.visual.length > 0) return true;
    const joint = link.parent_joint === null ? null : this.model.joints.get(link.parent_joint)!;
    return joint !== null && joint.kind !== 'fixed';
  }

  private solidBelow(name: string): boolean {
    if (this.isSolid(name)) return true;
    const { child_joints } = this.model.links.get(name)!;
    return child_joints.some((joint) => this.solidBelow(this.model.joints.get(joint)!.child));
  }

  /** A moving link beside the line to the tip, on a joint at the end of that line. */
  private isFinger(name: string): boolean {
    const { parent_joint } = this.model.links.get(name)!;
    if (parent_joint === null || this.tipLine.has(name)) return false;
    const joint = this.model.joints.get(parent_joint)!;
    return joint.kind !== 'fixed' && this.tipLine.has(joint.parent);
  }

  /** Thin, from its joint to the height of the tip. */
  private finger(name: string): Capsule {
    const radius_m = this.options.link_radius_m * FINGER_SHARE;
    const toTip = compose(invert(this.rest.get(name)!), this.rest.get(this.options.tip_frame)!);
    const tip = translationOf(toTip);
    const size = length(tip);
    const b = size > radius_m ? scale(tip, 1 - radius_m / size) : ([0, 0, 0] as const);
    return { a: [0, 0, 0], b, radius_m };
  }

  private parentOf(name: string): string | null {
    const joint = this.model.links.get(name)!.parent_joint;
    return joint === null ? null : this.model.joints.get(joint)!.parent;
  }
}
