import type { BelievedObject } from '../../contracts/goal.js';

/** Closing direction of the fingers, as part of a motion target. */
export interface Closing {
  readonly closing_yaw_rad?: number;
  readonly closing_one_way?: boolean;
}

/** Clearance that the open fingers need beside an object, m. */
export const FINGER_REACH_M = 0.04;
/** Half of the width of a finger, m. */
const FINGER_HALF_M = 0.015;

/**
 * The fingers close along the sides of the block as seen by vision. If neighbours leave no room along one
 * pair of sides but do along the other, only the other is allowed.
 */
export function closingOf(target: BelievedObject | null, believed: readonly BelievedObject[]): Closing {
  if (target === null) return {};
  const { yaw_rad } = target;
  const across_rad = yaw_rad + Math.PI / 2;
  const others = believed.filter(({ id }) => id !== target.id);
  const room = [yaw_rad, across_rad].map((along_rad) =>
    others.every((other) => !between(target, other, along_rad)),
  );
  if (room[0] === room[1]) return { closing_yaw_rad: yaw_rad };
  return { closing_yaw_rad: room[0] === true ? yaw_rad : across_rad, closing_one_way: true };
}

/** Whether another object is where a finger would go when closing along a direction. */
function between(target: BelievedObject, other: BelievedObject, along_rad: number): boolean {
  const x = other.position_m[0] - target.position_m[0];
  const y = other.position_m[1] - target.position_m[1];
  const along_m = Math.abs(x * Math.cos(along_rad) + y * Math.sin(along_rad));
  const aside_m = Math.abs(y * Math.cos(along_rad) - x * Math.sin(along_rad));
  return (
    along_m < (target.size_m + other.size_m) / 2 + FINGER_REACH_M &&
    aside_m < other.size_m / 2 + FINGER_HALF_M
  );
}
