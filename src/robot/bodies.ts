import { sourceOf } from './kinematics.js';
import type { RobotModel } from './robot-model.js';

/** Links connected by fixed joints, grouped into rigid bodies. */
export interface Bodies {
  /** Body of each link, by the link's index in `model.order`. Body 0 holds the root. */
  readonly ofLink: Int32Array;
  readonly count: number;
  /** Parent of each body; -1 for body 0. */
  readonly parent: readonly number[];
  /** True for bodies moved by one of the given joints. */
  readonly moved: readonly boolean[];
}

/** Groups the links into bodies and determines which of them the given independent joints move. */
export function bodiesOf(model: RobotModel, joints: readonly string[]): Bodies {
  const index = new Map(model.order.map((name, at) => [name, at]));
  const ofLink = new Int32Array(model.order.length);
  const parent: number[] = [-1];
  const moved: boolean[] = [false];
  for (let at = 1; at < model.order.length; at++) {
    const joint = model.joints.get(model.links.get(model.order[at]!)!.parent_joint!)!;
    const from = ofLink[index.get(joint.parent)!]!;
    if (joint.kind === 'fixed') {
      ofLink[at] = from;
      continue;
    }
    ofLink[at] = parent.length;
    parent.push(from);
    moved.push(moved[from]! || joints.includes(sourceOf(model, joint).joint));
  }
  return { ofLink, count: parent.length, parent, moved };
}
