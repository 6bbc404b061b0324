import type { RobotModel } from '../../robot/robot-model.js';
import type { PlacedShape, RobotShapes } from '../contact/convex.js';
import { overlap } from '../contact/overlap.js';

/** Pairs of links of which one carries the other, or that hang on the same link. */
function related(model: RobotModel, a: string, b: string): boolean {
  const parentOf = (link: string): string | undefined => {
    const joint = model.links.get(link)?.parent_joint ?? null;
    return joint === null ? undefined : model.joints.get(joint)?.parent;
  };
  return a === b || parentOf(a) === b || parentOf(b) === a || parentOf(a) === parentOf(b);
}

/** Finds links of the arm that touch each other, by their exact shapes. */
export class SelfContact {
  private pairs: readonly (readonly [PlacedShape, PlacedShape])[];

  constructor(model: RobotModel, robot: RobotShapes) {
    const { shapes } = robot;
    this.pairs = shapes.flatMap((a, i) =>
      shapes
        .slice(i + 1)
        .filter((b) => !related(model, a.link, b.link))
        .map((b) => [a, b] as const),
    );
  }

  /** Leaves out what touches where the shapes are now: coarse shapes of neighbours do, and the arm does not. */
  forgiveTouching(): void {
    this.pairs = this.pairs.filter((pair) => !touch(pair));
  }

  /** The first pair of links that overlap where their shapes are now; null where none do. */
  find(): readonly [string, string] | null {
    const found = this.pairs.find(touch);
    return found === undefined ? null : [found[0].link, found[1].link];
  }
}

function touch([a, b]: readonly [PlacedShape, PlacedShape]): boolean {
  const apart = Math.hypot(
    a.centre[0]! - b.centre[0]!,
    a.centre[1]! - b.centre[1]!,
    a.centre[2]! - b.centre[2]!,
  );
  return apart < a.shape.radius_m + b.shape.radius_m && overlap(a.corners, b.corners);
}
