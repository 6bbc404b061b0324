import type { PlaneProblem, Point } from './problem.js';

/** A round obstacle. */
export interface Disc {
  readonly centre_m: Point;
  readonly radius_m: number;
}

/** A planar arm with its base at the origin. */
export interface TwoLinkArm {
  readonly links_m: Point;
  /** Half the thickness of the links. */
  readonly radius_m: number;
  /** Of both joints, rad. */
  readonly limit: Point;
  readonly discs: readonly Disc[];
}

const elbowOf = ({ links_m }: TwoLinkArm, [q1]: Point): Point => [
  links_m[0] * Math.cos(q1),
  links_m[0] * Math.sin(q1),
];

/** Position of the tip, m. */
export function tipOf(arm: TwoLinkArm, q: Point): Point {
  const [x, y] = elbowOf(arm, q);
  return [x + arm.links_m[1] * Math.cos(q[0] + q[1]), y + arm.links_m[1] * Math.sin(q[0] + q[1])];
}

/** Joint angles that put the tip at a point: elbow up and elbow down; none if out of reach. */
export function anglesFor({ links_m: [l1, l2], limit }: TwoLinkArm, [x, y]: Point): readonly Point[] {
  const cosine = (x * x + y * y - l1 * l1 - l2 * l2) / (2 * l1 * l2);
  if (!(Math.abs(cosine) <= 1)) return [];
  const bend = Math.acos(cosine);
  return [bend, -bend]
    .map((q2): Point => {
      const q1 = Math.atan2(y, x) - Math.atan2(l2 * Math.sin(q2), l1 + l2 * Math.cos(q2));
      return [Math.atan2(Math.sin(q1), Math.cos(q1)), q2];
    })
    .filter(([q1, q2]) => Math.abs(q1) <= limit[0] && Math.abs(q2) <= limit[1]);
}

function toSegment([px, py]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const squared = dx * dx + dy * dy;
  const share = squared === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / squared));
  return Math.hypot(px - ax - share * dx, py - ay - share * dy);
}

/** Clearance between the arm and the nearest disc, m; negative on overlap. */
export function armClearance(arm: TwoLinkArm, q: Point): number {
  const elbow = elbowOf(arm, q);
  const tip = tipOf(arm, q);
  let nearest = 10;
  for (const { centre_m, radius_m } of arm.discs) {
    const apart = Math.min(toSegment(centre_m, [0, 0], elbow), toSegment(centre_m, elbow, tip));
    nearest = Math.min(nearest, apart - radius_m - arm.radius_m);
  }
  return nearest;
}

/** Moves the tip of a two-link arm among discs. The configuration is (shoulder, elbow), rad. */
export function twoLinkProblem(
  arm: TwoLinkArm,
  start: Point,
  target_m: Point,
  step_max: number,
): PlaneProblem {
  const [l1, l2] = arm.links_m;
  return {
    name: 'two-link arm',
    start,
    goals: anglesFor(arm, target_m),
    lower: [-arm.limit[0], -arm.limit[1]],
    upper: [arm.limit[0], arm.limit[1]],
    step_max,
    clearance: (q) => armClearance(arm, q),
    // No point of the arm moves faster than its distance from the turning joint.
    slope_m: [l1 + l2, l2],
    remaining_m: (q) => {
      const [x, y] = tipOf(arm, q);
      return Math.hypot(x - target_m[0], y - target_m[1]);
    },
  };
}
