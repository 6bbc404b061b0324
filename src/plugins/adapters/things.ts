import type { Region } from '../../contracts/adapter.js';
import type { Vec3 } from '../../contracts/geometry.js';
import type { BelievedObject } from '../../contracts/goal.js';
import type { Situation } from '../../kernel/situation.js';

/** Margin around an object on each side, relative to its size. */
const MARGIN = 0.75;
/** Regions smaller than this show too little, px. */
const LEAST_PX = 8;

const CORNERS = [-1, 1].flatMap((x) => [-1, 1].flatMap((y) => [-1, 1].map((z): Vec3 => [x, y, z])));

/**
 * Image regions of believed objects, at most `count`: those with the highest confidence and attention first.
 * None if the camera pose is unknown.
 */
export function thingRegions(
  {
    beliefs,
    body,
    camera,
    camera_model,
    camera_pose,
    pullAt,
  }: Pick<Situation, 'beliefs' | 'body' | 'camera' | 'camera_model' | 'camera_pose' | 'pullAt'>,
  count: number,
): readonly Region[] {
  if (count === 0 || body === null || camera === null || camera_model === null || camera_pose === null)
    return [];
  const { width, height } = camera.frame;
  const scale: readonly [number, number] = [width / camera_model.width, height / camera_model.height];
  const weigh = ({ confidence, position_m }: BelievedObject): number => confidence + pullAt(position_m);
  return beliefs.all
    .map((thing) => ({ thing, weight: weigh(thing) }))
    .sort((a, b) => b.weight - a.weight || (a.thing.id < b.thing.id ? -1 : 1))
    .flatMap(({ thing: { position_m, size_m } }) => {
      const reach_m = size_m * (0.5 + MARGIN);
      const pixels = CORNERS.map(([x, y, z]) => {
        const corner: Vec3 = [
          position_m[0] + x * reach_m,
          position_m[1] + y * reach_m,
          position_m[2] + z * reach_m,
        ];
        return body.project(corner, camera_model, camera_pose);
      });
      return boxAround(pixels, scale, width, height);
    })
    .slice(0, count);
}

/**
 * Bounding box of the points, clipped to the frame, in whole pixels; none if a corner is behind the camera or
 * too little is left.
 */
function boxAround(
  pixels: readonly (readonly [number, number] | null)[],
  [sx, sy]: readonly [number, number],
  width: number,
  height: number,
): Region[] {
  const seen = pixels.flatMap((pixel) => (pixel === null ? [] : [pixel]));
  if (seen.length < pixels.length) return [];
  const clip = (value: number, most: number): number => Math.min(most, Math.max(0, Math.round(value)));
  const us = seen.map(([u]) => clip(u * sx, width));
  const vs = seen.map(([, v]) => clip(v * sy, height));
  const [left, top] = [Math.min(...us), Math.min(...vs)];
  const box = { left, top, width: Math.max(...us) - left, height: Math.max(...vs) - top };
  return box.width < LEAST_PX || box.height < LEAST_PX ? [] : [box];
}
