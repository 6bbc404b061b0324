import { expect } from 'chai';
import fc from 'fast-check';
import type { Vec3 } from '../../src/contracts/geometry.js';
import { fitCapsules } from '../../src/robot/fit/fit-capsules.js';
import { volumeOf } from '../../src/robot/fit/one-capsule.js';
import type { Capsule } from '../../src/robot/robot-model.js';
import { boxTriangles, rodTriangles, together } from '../meshes/solids.js';

/** Sum of the capsules' volumes, overlaps counted twice, m³. */
const volumeOfAll = (capsules: readonly Capsule[]): number =>
  capsules.reduce((sum, capsule) => sum + volumeOf(capsule), 0);

/** How far a point is outside of all capsules, m; negative within. */
function outside(capsules: readonly Capsule[], p: readonly number[]): number {
  const distances = capsules.map(({ a, b, radius_m }) => {
    const way = b.map((value, k) => value - a[k]!);
    const square = way.reduce((sum, value) => sum + value * value, 0);
    const along = way.reduce((sum, value, k) => sum + value * (p[k]! - a[k]!), 0);
    const k = square > 0 ? Math.min(1, Math.max(0, along / square)) : 0;
    return Math.hypot(...way.map((value, i) => p[i]! - a[i]! - k * value)) - radius_m;
  });
  return Math.min(...distances);
}

/** The farthest that corners and points within triangles are outside. */
function farthestOutside(capsules: readonly Capsule[], triangles: Float64Array): number {
  const weights = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [1 / 3, 1 / 3, 1 / 3],
    [0.5, 0.5, 0],
    [0.1, 0.3, 0.6],
  ];
  let far = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < triangles.length; at += 9) {
    for (const [u = 0, v = 0, w = 0] of weights) {
      const point = [0, 1, 2].map(
        (k) => u * triangles[at + k]! + v * triangles[at + 3 + k]! + w * triangles[at + 6 + k]!,
      );
      far = Math.max(far, outside(capsules, point));
    }
  }
  return far;
}

const size = fc.double({ min: 0.004, max: 0.5, noNaN: true });
const place = fc.double({ min: -0.4, max: 0.4, noNaN: true });
const three = (each: fc.Arbitrary<number>): fc.Arbitrary<Vec3> => fc.tuple(each, each, each);

describe('fitCapsules', () => {
  it('covers every point of every triangle, with no more capsules than allowed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(three(size), three(place)), { minLength: 1, maxLength: 4 }), (boxes) => {
        const triangles = together(...boxes.map(([side, middle]) => boxTriangles(side, middle)));
        const capsules = fitCapsules(triangles, { capsules_max: 4 });
        expect(capsules).to.have.length.within(1, 4);
        expect(farthestOutside(capsules, triangles)).to.be.below(1e-9);
      }),
      { numRuns: 40 },
    );
  });

  it('covers triangles that belong to nothing, flat ones, and those that are points', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(three(place), three(place), three(place)), { minLength: 1, maxLength: 12 }),
        (soup) => {
          const triangles = Float64Array.from(soup.flat(2));
          const capsules = fitCapsules(triangles, { capsules_max: 5 });
          expect(farthestOutside(capsules, triangles)).to.be.below(1e-9);
        },
      ),
      { numRuns: 40 },
    );
    const point = Float64Array.from([1, 2, 3, 1, 2, 3, 1, 2, 3]);
    expect(farthestOutside(fitCapsules(point, { capsules_max: 3 }), point)).to.be.below(1e-9);
    expect(fitCapsules(new Float64Array(0), { capsules_max: 3 })).to.deep.equal([]);
  });

  it('needs one capsule for a rod, and two or more for an angle, which take up less than one would', () => {
    const rod = rodTriangles(0.02, 0.5);
    expect(fitCapsules(rod, { capsules_max: 5 })).to.have.length(1);
    expect(volumeOfAll(fitCapsules(rod, { capsules_max: 5 }))).to.be.below(1.2 * Math.PI * 0.02 ** 2 * 0.5);
    const angle = together(rod, boxTriangles([0.5, 0.04, 0.04], [0.25, 0, 0.25]));
    const parts = fitCapsules(angle, { capsules_max: 5 });
    expect(parts).to.have.length.within(2, 4);
    expect(volumeOfAll(parts)).to.be.below(0.2 * volumeOfAll(fitCapsules(angle, { capsules_max: 1 })));
  });

  it('takes a wide flat end with little beyond it: a capsule may stand out less than its radius', () => {
    const [capsule] = fitCapsules(rodTriangles(0.05, 0.06), { capsules_max: 1 });
    const { a, b, radius_m } = capsule!;
    const reach = Math.max(a[2], b[2]) + radius_m - 0.03;
    expect(reach).to.be.below(0.75 * 0.05);
  });

  it('comes to the same for the same triangles', () => {
    const angle = together(boxTriangles([0.1, 0.2, 0.4]), boxTriangles([0.3, 0.1, 0.1], [0.2, 0.1, 0.2]));
    const again = Float64Array.from(angle);
    expect(fitCapsules(angle, { capsules_max: 5 })).to.deep.equal(fitCapsules(again, { capsules_max: 5 }));
  });
});
