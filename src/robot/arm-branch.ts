import { sourceOf } from './kinematics.js';
import type { RobotJoint, RobotModel } from './robot-model.js';
import { axisAngleAt, compose, composeAt, identity, TRANSFORM_SIZE, type Transform } from './transform.js';

/** A movable joint of a branch. */
interface BranchJoint {
  /** Fixed transform from the previous joint (or the start) to this joint's frame. */
  readonly before: Transform;
  readonly prismatic: boolean;
  readonly axis: readonly [number, number, number];
  /** Index among the arm's joints; -1 for a joint the arm does not move. */
  readonly variable: number;
  readonly multiplier: number;
  readonly offset: number;
}

/** Joints from an ancestor link down to a link, starting at the ancestor. */
export function jointsDownTo(model: RobotModel, ancestor: string, link: string): RobotJoint[] {
  const joints: RobotJoint[] = [];
  let at = link;
  while (at !== ancestor) {
    const joint = model.joints.get(model.links.get(at)!.parent_joint!)!;
    joints.unshift(joint);
    at = joint.parent;
  }
  return joints;
}

/** Forward kinematics along one chain of links; keeps the joint frames for a Jacobian. */
export class ArmBranch {
  readonly moving: readonly BranchJoint[];
  private readonly after: Transform;
  /** Frame of each joint before its own motion, in the frame of `start`. */
  readonly frames: Float64Array;
  readonly end = identity();
  private readonly scratch = identity();
  private readonly motion = identity();

  /**
   * @param others values of joints that the arm does not move, rad or m, by the name of the independent joint
   */
  constructor(
    model: RobotModel,
    line: readonly RobotJoint[],
    arm: readonly string[],
    others: (joint: string) => number,
  ) {
    const moving: BranchJoint[] = [];
    let before = identity();
    for (const joint of line) {
      before = compose(before, joint.origin);
      if (joint.kind === 'fixed') continue;
      const source = sourceOf(model, joint);
      const variable = arm.indexOf(source.joint);
      const constant = variable < 0 ? source.multiplier * others(source.joint) : 0;
      moving.push({
        before,
        prismatic: joint.kind === 'prismatic',
        axis: joint.axis,
        variable,
        multiplier: source.multiplier,
        offset: source.offset + constant,
      });
      before = identity();
    }
    this.moving = moving;
    this.after = before;
    this.frames = new Float64Array(moving.length * TRANSFORM_SIZE);
  }

  /** Computes `frames` and `end`, both in the frame in which `start` is given. */
  run(values: ArrayLike<number>, start: Transform): void {
    const { frames, scratch, motion, end, moving } = this;
    end.set(start);
    for (let index = 0; index < moving.length; index++) {
      const joint = moving[index]!;
      const at = index * TRANSFORM_SIZE;
      const value =
        joint.variable < 0 ? joint.offset : joint.multiplier * values[joint.variable]! + joint.offset;
      composeAt(end, 0, joint.before, 0, frames, at);
      const [x, y, z] = joint.axis;
      if (joint.prismatic) {
        end.set(frames.subarray(at, at + TRANSFORM_SIZE));
        for (let row = 0; row < 12; row += 4) {
          end[row + 3]! += value * (end[row]! * x + end[row + 1]! * y + end[row + 2]! * z);
        }
      } else {
        axisAngleAt(x, y, z, value, motion, 0);
        composeAt(frames, at, motion, 0, end, 0);
      }
    }
    composeAt(end, 0, this.after, 0, scratch, 0);
    end.set(scratch);
  }

  /**
   * Adds this branch's columns to a 6 × n Jacobian (row-major) of a point, in the frame of the last `run`;
   * `sign` is −1 for the branch that moves the base.
   */
  addColumns(jacobian: Float64Array, n: number, point: Transform, sign: number): void {
    for (let index = 0; index < this.moving.length; index++) {
      const joint = this.moving[index]!;
      if (joint.variable < 0) continue;
      const f = this.frames;
      const at = index * TRANSFORM_SIZE;
      const gain = sign * joint.multiplier;
      const [ax, ay, az] = joint.axis;
      const x = gain * (f[at]! * ax + f[at + 1]! * ay + f[at + 2]! * az);
      const y = gain * (f[at + 4]! * ax + f[at + 5]! * ay + f[at + 6]! * az);
      const z = gain * (f[at + 8]! * ax + f[at + 9]! * ay + f[at + 10]! * az);
      const column = joint.variable;
      if (joint.prismatic) {
        jacobian[column]! += x;
        jacobian[n + column]! += y;
        jacobian[2 * n + column]! += z;
        continue;
      }
      const dx = point[3]! - f[at + 3]!;
      const dy = point[7]! - f[at + 7]!;
      const dz = point[11]! - f[at + 11]!;
      jacobian[column]! += y * dz - z * dy;
      jacobian[n + column]! += z * dx - x * dz;
      jacobian[2 * n + column]! += x * dy - y * dx;
      jacobian[3 * n + column]! += x;
      jacobian[4 * n + column]! += y;
      jacobian[5 * n + column]! += z;
    }
  }
}
