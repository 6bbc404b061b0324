import type { ArmChain } from './arm-chain.js';
import type { Capsule } from './capsules.js';
import { type KinematicTree, treeOf } from './kinematics.js';
import { TRANSFORM_SIZE } from './transform.js';

/** A capsule with the index of its link in `model.order`. */
export interface LinkCapsule extends Capsule {
  readonly link: number;
}

/**
 * Capsules of links, placed for a posture of the arm. Holds scratch memory that each call of `place`
 * overwrites. Ends are in the root frame; heights are along z of the base frame.
 */
export class PlacedCapsules {
  /** Two ends (6 numbers) per capsule, root frame, m. */
  readonly ends: Float64Array;
  readonly radius: Float64Array;
  /** Half the length between the ends, m. */
  readonly half: Float64Array;
  /** Index of the link of each capsule. */
  readonly link: Int32Array;
  /** Transforms of all links in the root frame after `compute` or `place`. */
  readonly transforms: Float64Array;
  private readonly tree: KinematicTree;
  private readonly variables: Float64Array;
  private readonly armVariable: Int32Array;
  private readonly local: Float64Array;
  private readonly base: number;

  constructor(
    readonly chain: ArmChain,
    capsules: readonly LinkCapsule[],
  ) {
    this.tree = treeOf(chain.model);
    this.transforms = this.tree.buffer();
    this.variables = Float64Array.from(this.tree.variables, (name) => chain.others.get(name) ?? 0);
    this.armVariable = Int32Array.from(chain.joints, (name) => this.tree.variables.indexOf(name));
    this.base = this.tree.linkIndex.get(chain.base_frame)! * TRANSFORM_SIZE;
    this.link = Int32Array.from(capsules, (capsule) => capsule.link);
    this.radius = Float64Array.from(capsules, (capsule) => capsule.radius_m);
    this.half = Float64Array.from(
      capsules,
      ({ a, b }) => Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]) / 2,
    );
    this.local = Float64Array.from(capsules.flatMap(({ a, b }) => [...a, ...b]));
    this.ends = new Float64Array(this.local.length);
  }

  /** Index of a link, for `transforms`. */
  indexOf(link: string): number {
    return this.tree.linkIndex.get(link)!;
  }

  nameOf(capsule: number): string {
    return this.tree.links[this.link[capsule]!]!;
  }

  /** Sets the joints that the arm does not move (fingers) from now on, rad or m. */
  takeOthers(values: ReadonlyMap<string, number>): void {
    for (const [name, value] of values) {
      const variable = this.tree.variables.indexOf(name);
      if (variable >= 0) this.variables[variable] = value;
    }
  }

  place(values: ArrayLike<number>): void {
    for (let joint = 0; joint < this.armVariable.length; joint++) {
      this.variables[this.armVariable[joint]!] = values[joint]!;
    }
    this.tree.compute(this.variables, this.transforms);
    const { transforms: t, local, ends } = this;
    for (let capsule = 0; capsule < this.link.length; capsule++) {
      const at = this.link[capsule]! * TRANSFORM_SIZE;
      for (let end = capsule * 6; end < capsule * 6 + 6; end += 3) {
        const x = local[end]!;
        const y = local[end + 1]!;
        const z = local[end + 2]!;
        ends[end] = t[at]! * x + t[at + 1]! * y + t[at + 2]! * z + t[at + 3]!;
        ends[end + 1] = t[at + 4]! * x + t[at + 5]! * y + t[at + 6]! * z + t[at + 7]!;
        ends[end + 2] = t[at + 8]! * x + t[at + 9]! * y + t[at + 10]! * z + t[at + 11]!;
      }
    }
  }

  /** Height of a point of the root frame in the base frame, m. */
  height(x: number, y: number, z: number): number {
    const { transforms: t, base: b } = this;
    return t[b + 2]! * (x - t[b + 3]!) + t[b + 6]! * (y - t[b + 7]!) + t[b + 10]! * (z - t[b + 11]!);
  }

  /** Height of the origin of a link in the base frame, m. */
  linkHeight(link: number): number {
    const at = link * TRANSFORM_SIZE;
    return this.height(this.transforms[at + 3]!, this.transforms[at + 7]!, this.transforms[at + 11]!);
  }

  /** Height of the lower end of a capsule's segment in the base frame, m, without the radius. */
  lowerEnd(capsule: number): number {
    const { ends } = this;
    const at = capsule * 6;
    const first = this.height(ends[at]!, ends[at + 1]!, ends[at + 2]!);
    const second = this.height(ends[at + 3]!, ends[at + 4]!, ends[at + 5]!);
    return first < second ? first : second;
  }

  /** Height of the upper end, m. */
  upperEnd(capsule: number): number {
    const { ends } = this;
    const at = capsule * 6;
    const first = this.height(ends[at]!, ends[at + 1]!, ends[at + 2]!);
    return Math.max(first, this.height(ends[at + 3]!, ends[at + 4]!, ends[at + 5]!));
  }
}
