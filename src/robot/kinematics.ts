import type { RobotJoint, RobotModel } from './robot-model.js';
import { axisAngleAt, composeAt, TRANSFORM_SIZE, type Transform } from './transform.js';

/** How a joint's value follows from an independent joint: value = multiplier · source + offset. */
interface JointSource {
  readonly joint: string;
  readonly multiplier: number;
  readonly offset: number;
}

/** Follows mimic joints to the independent joint that drives them. */
export function sourceOf(model: RobotModel, joint: RobotJoint): JointSource {
  let at = joint;
  let multiplier = 1;
  let offset = 0;
  // parseUrdf has ruled out cycles and unknown names
  while (at.mimic !== null) {
    offset += multiplier * at.mimic.offset;
    multiplier *= at.mimic.multiplier;
    at = model.joints.get(at.mimic.joint)!;
  }
  return { joint: at.name, multiplier, offset };
}

/** Movable joints that do not mimic another, in the order of the description. */
export function independentJoints(model: RobotModel): string[] {
  return [...model.joints.values()]
    .filter((joint) => joint.kind !== 'fixed' && joint.mimic === null)
    .map((joint) => joint.name);
}

const FIXED = 0;
const TURNS = 1;
const SLIDES = 2;

/**
 * The link tree compiled to flat arrays, for forward kinematics of all links without allocation.
 * `variables` are the independent joints; `compute` takes their values in that order.
 */
export class KinematicTree {
  readonly variables: readonly string[];
  /** Link names; link i has its transform at index 12·i. */
  readonly links: readonly string[];
  readonly linkIndex: ReadonlyMap<string, number>;
  private readonly parent: Int32Array;
  private readonly kind: Uint8Array;
  private readonly variable: Int32Array;
  private readonly multiplier: Float64Array;
  private readonly offset: Float64Array;
  private readonly axis: Float64Array;
  private readonly origin: Float64Array;
  private readonly motion = new Float64Array(TRANSFORM_SIZE);
  private readonly moved = new Float64Array(TRANSFORM_SIZE);

  constructor(readonly model: RobotModel) {
    this.links = model.order;
    this.linkIndex = new Map(model.order.map((name, index) => [name, index]));
    this.variables = independentJoints(model);
    const variableIndex = new Map(this.variables.map((name, index) => [name, index]));
    const count = this.links.length;
    this.parent = new Int32Array(count).fill(-1);
    this.kind = new Uint8Array(count);
    this.variable = new Int32Array(count).fill(-1);
    this.multiplier = new Float64Array(count);
    this.offset = new Float64Array(count);
    this.axis = new Float64Array(count * 3);
    this.origin = new Float64Array(count * TRANSFORM_SIZE);
    for (let link = 1; link < count; link++) {
      const joint = model.joints.get(model.links.get(this.links[link]!)!.parent_joint!)!;
      this.parent[link] = this.linkIndex.get(joint.parent)!;
      this.origin.set(joint.origin, link * TRANSFORM_SIZE);
      if (joint.kind === 'fixed') continue;
      const source = sourceOf(model, joint);
      this.kind[link] = joint.kind === 'prismatic' ? SLIDES : TURNS;
      this.variable[link] = variableIndex.get(source.joint)!;
      this.multiplier[link] = source.multiplier;
      this.offset[link] = source.offset;
      this.axis.set(joint.axis, link * 3);
    }
  }

  /** Allocates an array for the transforms of all links. */
  buffer(): Float64Array {
    return new Float64Array(this.links.length * TRANSFORM_SIZE);
  }

  /** Transforms of all links in the root frame. `values`: rad or m per entry of `variables`; `out`: a `buffer()`. */
  compute(values: ArrayLike<number>, out: Float64Array): void {
    out.fill(0, 0, TRANSFORM_SIZE);
    out[0] = 1;
    out[5] = 1;
    out[10] = 1;
    const { motion, moved } = this;
    for (let link = 1; link < this.links.length; link++) {
      const at = link * TRANSFORM_SIZE;
      const from = this.parent[link]! * TRANSFORM_SIZE;
      const kind = this.kind[link]!;
      if (kind === FIXED) {
        composeAt(out, from, this.origin, at, out, at);
        continue;
      }
      const value = this.multiplier[link]! * values[this.variable[link]!]! + this.offset[link]!;
      const x = this.axis[link * 3]!;
      const y = this.axis[link * 3 + 1]!;
      const z = this.axis[link * 3 + 2]!;
      if (kind === TURNS) {
        axisAngleAt(x, y, z, value, motion, 0);
        composeAt(this.origin, at, motion, 0, moved, 0);
      } else {
        slideAt(this.origin, at, x * value, y * value, z * value, moved);
      }
      composeAt(out, from, moved, 0, out, at);
    }
  }
}

/** out = t[at..] translated by (x, y, z) in its own frame. */
function slideAt(t: Float64Array, at: number, x: number, y: number, z: number, out: Float64Array): void {
  for (let row = 0; row < 12; row += 4) {
    const a = t[at + row]!;
    const b = t[at + row + 1]!;
    const c = t[at + row + 2]!;
    out[row] = a;
    out[row + 1] = b;
    out[row + 2] = c;
    out[row + 3] = t[at + row + 3]! + a * x + b * y + c * z;
  }
}

const trees = new WeakMap<RobotModel, KinematicTree>();

/** The compiled tree of a model, cached. */
export function treeOf(model: RobotModel): KinematicTree {
  let tree = trees.get(model);
  if (tree === undefined) {
    tree = new KinematicTree(model);
    trees.set(model, tree);
  }
  return tree;
}

/**
 * Pose of every link in the root frame for joint values in rad or m by name. Mimic joints follow; joints
 * without a value are at zero, or at the limit nearest to zero.
 */
export function linkTransforms(
  model: RobotModel,
  values: ReadonlyMap<string, number>,
): Map<string, Transform> {
  const tree = treeOf(model);
  const all = tree.buffer();
  tree.compute(
    tree.variables.map((name) => values.get(name) ?? restValue(model, name)),
    all,
  );
  return new Map(
    tree.links.map((name, index) => [name, all.slice(index * TRANSFORM_SIZE, (index + 1) * TRANSFORM_SIZE)]),
  );
}

/** A joint between two links that is movable or free; null if the links are rigidly connected. */
export function movableBetween(model: RobotModel, a: string, b: string): RobotJoint | null {
  const [fromA, fromB] = [jointsToRoot(model, a), jointsToRoot(model, b)];
  const shared = new Set(fromB);
  const way = [
    ...fromA.filter((joint) => !shared.has(joint)),
    ...fromB.filter((joint) => !fromA.includes(joint)),
  ];
  return way.find(({ kind, free }) => kind !== 'fixed' || free) ?? null;
}

/** The joints from a link up to the root. */
function jointsToRoot(model: RobotModel, link: string): RobotJoint[] {
  const line: RobotJoint[] = [];
  for (let at = model.links.get(link)?.parent_joint ?? null; at !== null; ) {
    const joint = model.joints.get(at)!;
    line.push(joint);
    at = model.links.get(joint.parent)!.parent_joint;
  }
  return line;
}

/** The allowed value nearest to zero, rad or m. */
export function restValue(model: RobotModel, joint: string): number {
  const found = model.joints.get(joint);
  if (found === undefined || found.kind === 'continuous') return 0;
  return Math.min(
    Math.max(0, found.limits.lower ?? 0),
    found.limits.upper ?? Math.max(0, found.limits.lower ?? 0),
  );
}
