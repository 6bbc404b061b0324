/**
 * How much of a robot's surface, as its visual meshes have it, is outside of the capsules that SAGE takes it for, and
 * outside of its mask in the picture, with the meshes read and without; and what reading them costs.
 *   npx tsx scripts/mesh-cover.ts URDF CONFIG [FOLDER_OF_PACKAGES...]
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { loadConfiguration } from '../src/app/config.js';
import type { Vec3 } from '../src/contracts/geometry.js';
import { BODY_MARGIN_M, Body } from '../src/kernel/body.js';
import { findMesh, placesOf } from '../src/meshes/find.js';
import { readMesh } from '../src/meshes/read.js';
import { shaped } from '../src/meshes/shape.js';
import { linkCapsules } from '../src/robot/capsules.js';
import { linkTransforms } from '../src/robot/kinematics.js';
import type { Capsule } from '../src/robot/robot-model.js';
import { applyPoint } from '../src/robot/transform.js';
import { add, cross, dot, length, scale, subtract } from '../src/robot/vector.js';

/** Points per mesh, spread over it by area. */
const POINTS = 600;

interface Point {
  readonly link: string;
  readonly at: Vec3;
  readonly area: number;
}

const [urdf = '', config = '', ...packages] = process.argv.slice(2);
const { parameters } = loadConfiguration([config]);
const text = readFileSync(urdf, 'utf8');
const beside = dirname(urdf);
for (const read_meshes of [false, true]) {
  Object.assign(parameters.robot, { read_meshes, mesh_paths: packages });
  const before = process.cpuUsage();
  const { urdf: whole, fault } = shaped(text, { robot: parameters.robot, beside });
  const { user, system } = process.cpuUsage(before);
  const body = new Body(whole, parameters);
  const { chain, collision } = body.context;
  const options = { link_radius_m: parameters.robot.link_radius_m, tip_frame: chain.tip_frame };
  const home = chain.joints.map((joint, index): [string, number] => [joint, chain.home[index] ?? 0]);
  const at = linkTransforms(chain.model, new Map([...chain.others, ...home]));
  const capsules = [...linkCapsules(chain.model, options)].flatMap(([link, own]) =>
    own.map(({ a, b, radius_m }) => ({
      a: applyPoint(at.get(link)!, a),
      b: applyPoint(at.get(link)!, b),
      radius_m,
    })),
  );
  const points = await surfaceOf(body);
  const outside = (margin_m: number): string => {
    const off = points.filter(
      (point) => beyond(capsules, applyPoint(at.get(point.link)!, point.at)) > margin_m,
    );
    const sum = (list: readonly Point[]): number => list.reduce((total, { area }) => total + area, 0);
    return `${((100 * sum(off)) / sum(points)).toFixed(1)} %`;
  };
  const { primitives, meshes, assumed } = body.shapes;
  console.log(
    `${read_meshes ? 'meshes read' : 'assumed'}: links ${primitives} primitives, ${meshes} meshes, ${assumed.length} assumed; ` +
      `${collision.size.capsules} capsules, ${collision.size.pairs} pairs; outside of capsules ${outside(0)}, ` +
      `of the mask ${outside(BODY_MARGIN_M)}; ${((user + system) / 1e6).toFixed(2)} s of CPU${fault === null ? '' : `; ${fault.code} ${fault.text}`}`,
  );
}

/** Points all over the visual meshes of a robot, in the frames of their links. */
async function surfaceOf(body: Body): Promise<readonly Point[]> {
  const points: Point[] = [];
  for (const [link, { visual }] of body.context.chain.model.links) {
    for (const { shape, origin } of visual) {
      if (shape.kind !== 'mesh') continue;
      const { path } = findMesh(shape.filename, placesOf(packages, beside));
      if (path === null) continue;
      const triangles = await readMesh(readFileSync(path), shape.filename);
      const scaled = triangles.map((value, index) => value * shape.scale[index % 3]!);
      points.push(...spread(scaled).map(({ at, area }) => ({ link, at: applyPoint(origin, at), area })));
    }
  }
  return points;
}

function spread(triangles: Float64Array): readonly Omit<Point, 'link'>[] {
  const corner = (at: number): Vec3 => [triangles[at]!, triangles[at + 1]!, triangles[at + 2]!];
  const areas = Array.from({ length: triangles.length / 9 }, (_, t) => {
    const a = corner(9 * t);
    return length(cross(subtract(corner(9 * t + 3), a), subtract(corner(9 * t + 6), a))) / 2;
  });
  const whole = areas.reduce((sum, area) => sum + area, 0);
  let [passed, t] = [0, 0];
  return Array.from({ length: POINTS }, (_, n) => {
    while (t < areas.length - 1 && passed + areas[t]! < ((n + 0.5) / POINTS) * whole) passed += areas[t++]!;
    let [u, v] = [(n * 0.618034) % 1, (n * 0.414214) % 1];
    if (u + v > 1) [u, v] = [1 - u, 1 - v];
    const a = corner(9 * t);
    const along = add(scale(subtract(corner(9 * t + 3), a), u), scale(subtract(corner(9 * t + 6), a), v));
    return { at: add(a, along), area: whole / POINTS };
  });
}

/** How far a point is outside of all capsules, m; negative within. */
function beyond(capsules: readonly Capsule[], p: Vec3): number {
  return Math.min(
    ...capsules.map(({ a, b, radius_m }) => {
      const way = subtract(b, a);
      const square = dot(way, way);
      const along = square > 0 ? Math.min(1, Math.max(0, dot(subtract(p, a), way) / square)) : 0;
      return length(subtract(p, add(a, scale(way, along)))) - radius_m;
    }),
  );
}
