import type { Vec3 } from '../contracts/geometry.js';
import type { RobotJoint, RobotLink, RobotModel } from './robot-model.js';
import { fromRpy } from './transform.js';

/**
 * The model with an additional frame between the fingertips, for descriptions without one.
 * @param tip_frame the link it is fixed to, with the same axes
 * @param offset_m its position in that link, m; zero = the link itself is the tip, and the model is unchanged
 */
export function withToolPoint(
  model: RobotModel,
  tip_frame: string,
  offset_m: Vec3,
): { readonly model: RobotModel; readonly tip_frame: string } {
  const carrier = model.links.get(tip_frame);
  if (carrier === undefined || offset_m.every((value) => value === 0)) return { model, tip_frame };
  const name = unused(`${tip_frame}+tip_offset`, model);
  const joint: RobotJoint = {
    name,
    kind: 'fixed',
    free: false,
    parent: tip_frame,
    child: name,
    origin: fromRpy(offset_m, [0, 0, 0]),
    axis: [1, 0, 0],
    limits: { lower: null, upper: null, velocity: null, effort: null },
    mimic: null,
  };
  const link: RobotLink = { name, parent_joint: name, child_joints: [], collision: [], visual: [] };
  const carrying: RobotLink = { ...carrier, child_joints: [...carrier.child_joints, name] };
  return {
    tip_frame: name,
    model: {
      ...model,
      links: new Map([...model.links, [tip_frame, carrying], [name, link]]),
      joints: new Map([...model.joints, [name, joint]]),
      order: [...model.order, name],
    },
  };
}

/** A name not used in the description. */
function unused(name: string, { links, joints }: RobotModel): string {
  let free = name;
  while (links.has(free) || joints.has(free)) free += '+';
  return free;
}
