import { expect } from 'chai';
import fc from 'fast-check';
import { fromRpy } from '../../src/robot/transform.js';
import { boxShape, placeCorners } from '../../src/sim/contact/convex.js';
import { convexHull, footprintBelow, type Point2, square, wayOut } from '../../src/sim/contact/footprint.js';
import { overlap } from '../../src/sim/contact/overlap.js';

const BOX = boxShape(0.2, 0.4, 0.6);
const angle = fc.double({ min: -3, max: 3, noNaN: true });
const place = fc.double({ min: -0.6, max: 0.6, noNaN: true });

function placed(x: number, y: number, z: number, roll = 0, pitch = 0, yaw = 0): Float64Array {
  const corners = new Float64Array(24);
  placeCorners(BOX, fromRpy([x, y, z], [roll, pitch, yaw]), corners, new Float64Array(3));
  return corners;
}

/** Separating axes of two boxes: face normals and all cross products of edges. */
function apartByAxes(a: Float64Array, b: Float64Array): boolean {
  const axesOf = (c: Float64Array): number[][] =>
    [3, 6, 12].map((at) => [0, 1, 2].map((k) => c[at + k]! - c[k]!));
  const [as, bs] = [axesOf(a), axesOf(b)];
  const crosses = as.flatMap((p) =>
    bs.map((q) => [
      p[1]! * q[2]! - p[2]! * q[1]!,
      p[2]! * q[0]! - p[0]! * q[2]!,
      p[0]! * q[1]! - p[1]! * q[0]!,
    ]),
  );
  return [...as, ...bs, ...crosses].some((axis) => {
    if (Math.hypot(...axis) < 1e-9) return false;
    const range = (c: Float64Array): number[] => {
      const all = Array.from({ length: 8 }, (_, i) =>
        [0, 1, 2].reduce((sum, k) => sum + c[i * 3 + k]! * axis[k]!, 0),
      );
      return [Math.min(...all), Math.max(...all)];
    };
    const [ra, rb] = [range(a), range(b)];
    return ra[1]! < rb[0]! || rb[1]! < ra[0]!;
  });
}

describe('sim: contact', () => {
  it('distinguishes overlapping boxes from others, as the separating axis test does', () => {
    fc.assert(
      fc.property(place, place, place, angle, angle, angle, (x, y, z, roll, pitch, yaw) => {
        const [a, b] = [placed(0, 0, 0), placed(x, y, z, roll, pitch, yaw)];
        expect(overlap(a, b)).to.equal(!apartByAxes(a, b));
        expect(overlap(b, a)).to.equal(overlap(a, b));
      }),
      { numRuns: 300 },
    );
  });

  it('moves a square out of another by the shortest way', () => {
    fc.assert(
      fc.property(place, place, angle, angle, (x, y, yawA, yawB) => {
        const a = square(x, y, yawA, 0.5);
        const b = square(0, 0, yawB, 0.5);
        const way = wayOut(a, b);
        if (way === null) return;
        const moved = (share: number): Point2[] =>
          a.map(([px, py]) => [px + way[0] * share, py + way[1] * share]);
        expect(wayOut(moved(1.001), b)).to.equal(null);
        expect(wayOut(moved(0.98), b)).not.to.equal(null);
      }),
    );
  });

  it('cuts a solid at a height: the part below is seen from above', () => {
    const tilted = placed(0, 0, 0.3, 0.4);
    expect(footprintBelow(BOX, tilted, -1)).to.deep.equal([]);
    const all = footprintBelow(BOX, tilted, 2);
    const part = footprintBelow(BOX, tilted, 0.1);
    const width = (points: readonly Point2[]): number =>
      Math.max(...points.map((p) => p[1])) - Math.min(...points.map((p) => p[1]));
    expect(width(part)).to.be.above(0.05);
    expect(width(part)).to.be.below(width(all));
  });

  it('hulls hold all their points', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(place, place), { minLength: 3, maxLength: 20 }), (points) => {
        const hull = convexHull(points);
        for (let i = 0; i < hull.length && hull.length >= 3; i++) {
          const [a, b] = [hull[i]!, hull[(i + 1) % hull.length]!];
          for (const p of points) {
            expect((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])).to.be.above(-1e-9);
          }
        }
      }),
    );
  });
});
