import { expect } from 'chai';
import fc from 'fast-check';
import {
  applyPoint,
  compose,
  fromAxisAngle,
  fromPose,
  fromRpy,
  identity,
  invert,
  quaternionOf,
  rotateVector,
  toPose,
} from '../../src/robot/transform.js';
import { rotateAbout } from '../../src/robot/vector.js';

const angle = fc.double({ min: -3.1, max: 3.1, noNaN: true });
const metres = fc.double({ min: -2, max: 2, noNaN: true });
const transform = fc
  .tuple(metres, metres, metres, angle, angle, angle)
  .map(([x, y, z, r, p, w]) => fromRpy([x, y, z], [r, p, w]));

const near = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-9): void => {
  for (let i = 0; i < b.length; i++) expect(a[i]).to.be.closeTo(b[i]!, tolerance);
};

describe('transform', () => {
  it('turns about fixed axes, roll first, as URDF says', () => {
    const t = fromRpy([0, 0, 0], [Math.PI / 2, 0, Math.PI / 2]);
    near(rotateVector(t, [0, 1, 0]), [0, 0, 1]);
    near(rotateVector(t, [1, 0, 0]), [0, 1, 0]);
  });

  it('composed with its inverse is the identity', () => {
    fc.assert(fc.property(transform, (t) => near(compose(t, invert(t)), identity())));
  });

  it('applies a product as one after the other', () => {
    fc.assert(
      fc.property(transform, transform, metres, metres, metres, (a, b, x, y, z) => {
        near(applyPoint(compose(a, b), [x, y, z]), applyPoint(a, applyPoint(b, [x, y, z])));
      }),
    );
  });

  it('survives the way through a pose', () => {
    fc.assert(
      fc.property(transform, (t) => {
        near(fromPose(toPose(t)), t, 1e-7);
        expect(Math.hypot(...quaternionOf(t))).to.be.closeTo(1, 1e-9);
      }),
    );
  });

  it('gives half turns about any axis a proper quaternion', () => {
    for (const axis of [[1, 0, 0] as const, [0, 1, 0] as const, [0, 0, 1] as const, [0.6, 0, 0.8] as const]) {
      const t = fromAxisAngle(axis, Math.PI);
      near(fromPose({ position_m: [0, 0, 0], orientation: quaternionOf(t) }), t, 1e-7);
    }
  });

  it('normalises quaternions and takes a zero one as no rotation', () => {
    near(
      fromPose({ position_m: [1, 2, 3], orientation: [0, 0, 3, 3] }),
      fromRpy([1, 2, 3], [0, 0, Math.PI / 2]),
    );
    near(fromPose({ position_m: [0, 0, 0], orientation: [0, 0, 0, 0] }), identity());
  });

  it('rotates a vector about an axis by the angle', () => {
    fc.assert(
      fc.property(angle, (a) => {
        const turned = rotateAbout([1, 0, 0], [0, 0, 1], a);
        near(turned, [Math.cos(a), Math.sin(a), 0]);
      }),
    );
  });
});
