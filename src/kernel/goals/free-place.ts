import type { Vec3 } from '../../contracts/geometry.js';
import type { BelievedObject } from '../../contracts/goal.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { FINGER_REACH_M } from './closing.js';

/** A closer place counts as right here, m: the tolerance of a motion. */
const HERE_M = 0.01;
/** Spacing and number of directions of the search rings around the hand. */
const STEP_M = 0.02;
const FARTHEST_M = 0.6;
const DIRECTIONS = 24;
/** Places closer to the arm's base than this share of the hand's distance may be hard to reach from above. */
const NEAREST_SHARE = 0.6;

/** Obstacles of a placement, and where it may be. */
export interface PlacementScene {
  readonly believed: readonly Pick<BelievedObject, 'position_m' | 'size_m'>[];
  /** Places that failed before. */
  readonly tried: readonly Vec3[];
  /** Whether a place is visible now; a hidden one may be occupied. */
  readonly visible: (position_m: Vec3) => boolean;
  /** The arm's shoulder, m: places no farther from it than the hand are reachable. */
  readonly shoulder_m: Vec3;
}

type Robot = Pick<
  Parameters['robot'],
  'workspace_min_m' | 'workspace_max_m' | 'table_height_m' | 'object_height_m'
>;

/** Whether an object of this size fits at a place, with clearance for the fingers that release it. */
export function isFree(
  [x, y]: readonly [number, number, ...number[]],
  size_m: number,
  ground: PlacementScene,
): boolean {
  const { believed, tried } = ground;
  const apart = (other: Vec3): number => planarDistance(other, [x, y, 0]);
  const reach_m = size_m / 2 + FINGER_REACH_M;
  return (
    believed.every((one) => apart(one.position_m) >= reach_m + one.size_m * Math.SQRT1_2) &&
    tried.every((place) => apart(place) >= reach_m)
  );
}

/**
 * The free place nearest to the hand, on the table in the base frame, m; null if there is none. The place
 * under the hand need not be visible, because the hand hides it; any other must be, with its whole footprint.
 * Places farther from the arm's base than the hand may be out of reach and come last.
 */
export function freePlace(hand_m: Vec3, size_m: number, ground: PlacementScene, robot: Robot): Vec3 | null {
  const z = robot.table_height_m;
  const free = (place: Vec3): boolean => within(place, size_m, robot) && isFree(place, size_m, ground);
  const here: Vec3 = [hand_m[0], hand_m[1], z];
  if (free(here)) return here;
  let farther: Vec3 | null = null;
  for (const [x, y] of ringsAround(hand_m)) {
    const place: Vec3 = [x, y, z];
    const near = isReachable(place, hand_m, ground.shoulder_m);
    if ((!near && farther !== null) || !free(place) || !inView(place, size_m, ground, robot)) continue;
    if (near) return place;
    farther = place;
  }
  return farther;
}

/** Points in rings around the hand, nearest first. */
function* ringsAround([x, y]: Vec3): Generator<readonly [number, number]> {
  for (let away_m = STEP_M; away_m <= FARTHEST_M; away_m += STEP_M) {
    for (let turn = 0; turn < DIRECTIONS; turn++) {
      const angle = (2 * Math.PI * turn) / DIRECTIONS;
      yield [x + away_m * Math.cos(angle), y + away_m * Math.sin(angle)];
    }
  }
}

const planarDistance = (a: Vec3, b: Vec3): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** No farther from the arm's base than the hand, and not much closer. */
function isReachable(place: Vec3, hand_m: Vec3, shoulder_m: Vec3): boolean {
  const [away, now] = [planarDistance(place, shoulder_m), planarDistance(hand_m, shoulder_m)];
  return away <= now && away >= NEAREST_SHARE * now;
}

function within(place: Vec3, size_m: number, robot: Robot): boolean {
  return [0, 1].every(
    (axis) =>
      place[axis]! - size_m / 2 >= (robot.workspace_min_m[axis] ?? 0) &&
      place[axis]! + size_m / 2 <= (robot.workspace_max_m[axis] ?? 0),
  );
}

function inView([x, y, z]: Vec3, size_m: number, { visible }: PlacementScene, robot: Robot): boolean {
  const half_m = size_m / 2;
  return CORNERS.every(([dx, dy]) =>
    [z, z + robot.object_height_m].every((height) => visible([x + dx * half_m, y + dy * half_m, height])),
  );
}

const CORNERS: readonly (readonly [number, number])[] = [
  [-1, -1],
  [-1, 1],
  [1, -1],
  [1, 1],
];

/** Whether the hand is already over a place. */
export function isOver([x, y]: Vec3, place_m: Vec3): boolean {
  return planarDistance([x, y, 0], place_m) < HERE_M;
}
