import type { RobotModel, Shape } from '../../robot/robot-model.js';
import { compose, fromRpy, identity, type Transform } from '../../robot/transform.js';
import { linearOfSrgb, type Rgb } from '../scene/colour.js';
import { HAND_LIMBS } from '../scene/hand-shape.js';
import type { SceneLook } from '../scene/look.js';
import { INSTANCE, LABEL } from '../scene/state.js';
import { boxMesh, capsuleMesh, cylinderMesh, type Mesh, sphereMesh } from './mesh.js';

/** A solid of one colour that moves with a body. */
export interface Part {
  readonly mesh: Mesh;
  /** Pose in its body. */
  readonly local: Transform;
  readonly albedo: Rgb;
  /** Strength of the highlight, 0..1. */
  readonly gloss: number;
  /** A value of LABEL. */
  readonly label: number;
  /** A value of INSTANCE. */
  readonly instance: number;
}

/** A part of the robot; its body is a link. */
export interface LinkPart extends Part {
  /** Place of the link in the robot model's order. */
  readonly link: number;
}

const NO_COLOUR = [0.6, 0.6, 0.6, 1] as const;

/** More sides where the eye sees the corners. */
const sidesOf = (radius_m: number): number => (radius_m > 0.033 ? 32 : radius_m > 0.015 ? 24 : 14);

function meshOf(shape: Shape): Mesh | null {
  switch (shape.kind) {
    case 'box':
      return boxMesh(shape.size_m, 0.0018);
    case 'cylinder':
      return cylinderMesh(shape.radius_m, shape.length_m, sidesOf(shape.radius_m));
    case 'capsule':
      return capsuleMesh(shape.radius_m, shape.radius_m, shape.length_m, sidesOf(shape.radius_m));
    case 'sphere':
      return sphereMesh(shape.radius_m, sidesOf(shape.radius_m));
    case 'mesh':
      // the world's own arm has none: files would have to be found and read
      return null;
  }
}

/** Everything visible of the robot. */
export function robotParts(model: RobotModel): LinkPart[] {
  return model.order.flatMap((name, link) =>
    model.links.get(name)!.visual.flatMap((visual) => {
      const mesh = meshOf(visual.shape);
      if (mesh === null) return [];
      const [r, g, b] = visual.rgba ?? NO_COLOUR;
      return [
        {
          mesh,
          link,
          local: visual.origin,
          albedo: linearOfSrgb(r, g, b),
          gloss: 0.22,
          label: LABEL.robot,
          instance: INSTANCE.robot,
        },
      ];
    }),
  );
}

/** A painted wooden cube; its faces are split so that a shadow can fall on a part of them. */
export function blockPart(size_m: number, albedo: Rgb, index: number): Part {
  return {
    mesh: boxMesh([size_m, size_m, size_m], 0.0022, 4),
    local: identity(),
    albedo,
    gloss: 0.1,
    label: LABEL.block,
    instance: INSTANCE.first_block + index,
  };
}

/** Everything visible of the hand; its body is the palm. */
export function handParts(look: SceneLook): Part[] {
  return HAND_LIMBS.map((limb) => {
    const [dx, dy, dz] = [0, 1, 2].map((k) => limb.to[k]! - limb.from[k]!) as [number, number, number];
    const length = Math.hypot(dx, dy, dz);
    const middle = [0, 1, 2].map((k) => (limb.to[k]! + limb.from[k]!) / 2) as [number, number, number];
    // turns z onto the limb: first about y, then about z
    const turn = fromRpy([0, 0, 0], [0, Math.acos(dz / length), Math.atan2(dy, dx)]);
    return {
      mesh: capsuleMesh(limb.radius_from, limb.radius_to, length, limb.radius_from > 0.02 ? 22 : 14),
      local: compose(fromRpy(middle, [0, 0, 0]), turn),
      albedo: limb.sleeve === true ? look.hand.sleeve : look.hand.skin,
      gloss: limb.sleeve === true ? 0 : 0.06,
      label: LABEL.hand,
      instance: INSTANCE.hand,
    };
  });
}
