import type { Vec3 } from '../contracts/geometry.js';
import type { Transform } from './transform.js';

/** Shape of a collision or visual element, centred on its origin; cylinders and capsules lie along z. */
export type Shape =
  | { readonly kind: 'box'; readonly size_m: Vec3 }
  | { readonly kind: 'cylinder'; readonly radius_m: number; readonly length_m: number }
  | { readonly kind: 'capsule'; readonly radius_m: number; readonly length_m: number }
  | { readonly kind: 'sphere'; readonly radius_m: number }
  | { readonly kind: 'mesh'; readonly filename: string; readonly scale: Vec3 };

export interface LinkShape {
  /** Pose of the shape in the link frame. */
  readonly origin: Transform;
  readonly shape: Shape;
  /** Material colour 0..1; null if none is given (collision shapes never have one). */
  readonly rgba: readonly [number, number, number, number] | null;
}

/** A segment with a radius, in the frame of its link, m. The ends of a sphere coincide. */
export interface Capsule {
  readonly a: Vec3;
  readonly b: Vec3;
  readonly radius_m: number;
}

export interface RobotLink {
  readonly name: string;
  /** The joint that carries it; null for the root. */
  readonly parent_joint: string | null;
  readonly child_joints: readonly string[];
  readonly collision: readonly LinkShape[];
  readonly visual: readonly LinkShape[];
  /** Capsules fitted around its meshes, if they could be read. */
  readonly fitted?: readonly Capsule[];
}

export type JointKind = 'revolute' | 'continuous' | 'prismatic' | 'fixed';

/** Limits from the description; null = not given. rad or m, rad/s or m/s, N·m or N. */
export interface JointLimits {
  readonly lower: number | null;
  readonly upper: number | null;
  readonly velocity: number | null;
  /** rad/s² or m/s²; rarely given. */
  readonly acceleration?: number;
  readonly effort: number | null;
}

export interface RobotJoint {
  readonly name: string;
  readonly kind: JointKind;
  /** True for a floating or planar joint: treated as `fixed`, although its child may be anywhere. */
  readonly free: boolean;
  readonly parent: string;
  readonly child: string;
  /** Pose of the joint (and the child link at zero) in the parent link. */
  readonly origin: Transform;
  /** Unit axis in the joint frame. */
  readonly axis: Vec3;
  readonly limits: JointLimits;
  /** value = multiplier · value of `joint` + offset. */
  readonly mimic: { readonly joint: string; readonly multiplier: number; readonly offset: number } | null;
}

/** A robot as its URDF describes it: a tree of links. */
export interface RobotModel {
  readonly name: string;
  readonly root: string;
  readonly links: ReadonlyMap<string, RobotLink>;
  readonly joints: ReadonlyMap<string, RobotJoint>;
  /** Link names, parents before children. */
  readonly order: readonly string[];
}
