import type { Vec3 } from '../../contracts/geometry.js';
import type { ArmContext } from '../../robot/arm-context.js';
import { bodiesOf } from '../../robot/bodies.js';
import { type Capsule, linkCapsules } from '../../robot/capsules.js';
import { linkTransforms } from '../../robot/kinematics.js';
import type { LinkShape, RobotJoint, RobotLink, RobotModel, Shape } from '../../robot/robot-model.js';
import { applyPoint, compose, identity, invert, type Transform } from '../../robot/transform.js';
import { add, cross, scale, subtract, unit } from '../../robot/vector.js';

/** The hand itself ends so far above the tip: from there on there are the pads, m. */
const HAND_ENDS_M = 0.052;
/** Pads as those of the tabletop arm: along x, y (thickness) and z of the tip, and where their end is, m. */
const PAD_M: Vec3 = [0.02, 0.013, 0.054];
const PAD_END_M = 0.007;
const PAD_SPEED = 0.12;
/** A mesh is thinner than the capsules around it: it fills about half of their volume, for the arms of config/robots. */
const WITHIN = 0.85;
const PAINT = [0.78, 0.79, 0.8, 1] as const;
const PAD_PAINT = [0.25, 0.26, 0.28, 1] as const;

/** Names of the pads' joints, which are those of their links, too. */
export const PADS = ['left pad', 'right pad'] as const;
/** The tip of the world's model: the point between the pads. */
export const GRIP = 'grip';

/**
 * The model with solid shapes alone, the pads of the world for its fingers, and a tip whose z points out of the hand:
 * what is missing is drawn as the capsules by which the robot checks itself for collisions, a mesh a little within its.
 */
export function solidModel(context: ArmContext, link_radius_m: number, opening_m: number): RobotModel {
  const { chain } = context;
  const { model, tip_frame } = chain;
  const bodies = bodiesOf(model, chain.joints);
  const bodyOf = (link: string): number => bodies.ofLink[model.order.indexOf(link)]!;
  const hand = bodyOf(tip_frame);
  const fingers = new Set<number>();
  for (let body = hand + 1; body < bodies.count; body++) {
    if (bodies.parent[body] === hand || fingers.has(bodies.parent[body]!)) fingers.add(body);
  }
  const capsules = linkCapsules(model, { link_radius_m, tip_frame });
  const rest = linkTransforms(model, chain.others);
  const toGrip = invert(compose(rest.get(tip_frame)!, gripIn(context)));
  const links = new Map<string, RobotLink>();
  for (const [name, link] of model.links) {
    const body = bodyOf(name);
    const around = fingers.has(body) ? [] : capsules.get(name)!;
    const own = link.fitted === undefined || body === hand ? around : around.map(withinCapsule);
    const kept =
      body === hand
        ? own.flatMap((capsule) => shortened(capsule, compose(toGrip, rest.get(name)!)) ?? [])
        : own;
    const solid = fingers.has(body) ? [] : body === hand ? kept.map(drawn) : shapesOf(link, kept);
    const { fitted: _replaced, ...bare } = link;
    links.set(name, { ...bare, collision: solid, visual: solid });
  }
  return withPads({ ...model, links }, tip_frame, gripIn(context), opening_m);
}

const withinCapsule = (capsule: Capsule): Capsule => ({ ...capsule, radius_m: WITHIN * capsule.radius_m });

/** The primitives of a link, else its capsules. */
function shapesOf(link: RobotLink, capsules: readonly Capsule[]): readonly LinkShape[] {
  const primitives = (shapes: readonly LinkShape[]): LinkShape[] =>
    shapes.filter(({ shape }) => shape.kind !== 'mesh');
  const solid = primitives(link.collision);
  if (link.fitted !== undefined) return capsules.map(drawn);
  if (solid.length > 0) return solid.map((one) => ({ ...one, rgba: one.rgba ?? PAINT }));
  const seen = primitives(link.visual);
  return seen.length > 0 ? seen : capsules.map(drawn);
}

/** The tip's frame with z along the approach and y along which the fingers close. */
function gripIn({ approach_axis: z, closing_axis }: ArmContext): Transform {
  const y = closing_axis ?? unit(cross(z, [1, 0, 0])) ?? unit(cross(z, [0, 1, 0])) ?? [0, 1, 0];
  const x = cross(y, z);
  return Float64Array.of(x[0], y[0], z[0], 0, x[1], y[1], z[1], 0, x[2], y[2], z[2], 0);
}

/** A capsule of the hand as far as it is above the pads; null where none of it is. */
function shortened(capsule: Capsule, toGrip: Transform): Capsule | null {
  const { a, b, radius_m } = capsule;
  const most_m = -HAND_ENDS_M - radius_m;
  const [low, high] = [a, b].map((end) => applyPoint(toGrip, end)[2]) as [number, number];
  if (Math.min(low, high) > most_m) return null;
  if (Math.max(low, high) <= most_m) return capsule;
  const cut = add(a, scale(subtract(b, a), (most_m - low) / (high - low)));
  return low < high ? { a, b: cut, radius_m } : { a: cut, b, radius_m };
}

function drawn({ a, b, radius_m }: Capsule): LinkShape {
  const way = subtract(b, a);
  const z = unit(way) ?? [0, 0, 1];
  const x = unit(cross(z, Math.abs(z[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0])) ?? [1, 0, 0];
  const y = cross(z, x);
  const middle = add(a, scale(way, 0.5));
  const origin = Float64Array.of(...[0, 1, 2].flatMap((row) => [x[row]!, y[row]!, z[row]!, middle[row]!]));
  const shape: Shape = { kind: 'capsule', radius_m, length_m: Math.hypot(...way) };
  return { origin, shape, rgba: PAINT };
}

function withPads(model: RobotModel, tip: string, grip: Transform, opening_m: number): RobotModel {
  const [x, y, z] = PAD_M;
  const still = { lower: null, upper: null, velocity: null, effort: null };
  let grown = grownBy(model, { ...FIXED, name: GRIP, parent: tip, origin: grip, limits: still }, []);
  for (const [side, name] of PADS.entries()) {
    const out = side === 0 ? 1 : -1;
    const origin = identity();
    [origin[7], origin[11]] = [(out * y) / 2, PAD_END_M - z / 2];
    const pad: LinkShape = { origin, shape: { kind: 'box', size_m: [x, y, z] }, rgba: PAD_PAINT };
    const limits = { lower: 0, upper: opening_m, velocity: PAD_SPEED, effort: null };
    const joint = {
      ...FIXED,
      name,
      kind: 'prismatic' as const,
      parent: GRIP,
      axis: [0, out, 0] as Vec3,
      limits,
    };
    grown = grownBy(grown, { ...joint, origin: identity() }, [pad]);
  }
  return grown;
}

const FIXED = { kind: 'fixed' as const, free: false, axis: [1, 0, 0] as Vec3, mimic: null };

/** The model with one more link, of the name of its joint. */
function grownBy(
  model: RobotModel,
  joint: Omit<RobotJoint, 'child'>,
  shapes: readonly LinkShape[],
): RobotModel {
  const { name } = joint;
  const carrier = model.links.get(joint.parent)!;
  const link = { name, parent_joint: name, child_joints: [], collision: shapes, visual: shapes };
  return {
    ...model,
    links: new Map([
      ...model.links,
      [carrier.name, { ...carrier, child_joints: [...carrier.child_joints, name] }],
      [name, link],
    ]),
    joints: new Map([...model.joints, [name, { ...joint, child: name }]]),
    order: [...model.order, name],
  };
}
