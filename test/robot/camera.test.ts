import { expect } from 'chai';
import fc from 'fast-check';
import type { CameraModel, Pose } from '../../src/contracts/geometry.js';
import {
  basePointToPixel,
  cameraPoseOptical,
  intersectPlane,
  pixelRay,
  projectPoint,
  rayInBase,
} from '../../src/robot/camera.js';
import { fromPose, fromRpy, rotateVector, toPose } from '../../src/robot/transform.js';

const plain: CameraModel = { width: 640, height: 480, fx: 554, fy: 550, cx: 321, cy: 238, distortion: [] };
const bent: CameraModel = { ...plain, distortion: [-0.28, 0.09, 0.0006, -0.0004, -0.01] };
const barrel: CameraModel = { ...plain, distortion: [0.08, -0.02, 0, 0, 0] };
/** Coefficients of the size that depth cameras come with. */
const rational: CameraModel = {
  ...plain,
  distortion: [0.52, -2.64, 0.0007, -0.0002, 1.51, 0.4, -2.46, 1.43],
};
const fisheye: CameraModel = {
  ...plain,
  fx: 280,
  fy: 281,
  distortion: [-0.02, 0.004, -0.001, 0],
  lens: 'equidistant',
};

const pixel = fc.tuple(
  fc.double({ min: 0, max: 639, noNaN: true }),
  fc.double({ min: 0, max: 479, noNaN: true }),
);

/** Optical frame above the table, looking down and ahead. */
const above: Pose = toPose(fromRpy([-0.2, 0.1, 0.9], [-Math.PI * 0.75, 0, -Math.PI / 2]));

describe('camera geometry', () => {
  for (const [name, camera] of Object.entries({ plain, bent, barrel, rational, fisheye })) {
    it(`finds a pixel again by its ray: ${name}`, () => {
      fc.assert(
        fc.property(pixel, fc.double({ min: 0.1, max: 5, noNaN: true }), ([u, v], far) => {
          const ray = pixelRay(camera, u, v);
          expect(Math.hypot(...ray)).to.be.closeTo(1, 1e-12);
          const back = projectPoint(camera, [ray[0] * far, ray[1] * far, ray[2] * far])!;
          expect(back[0]).to.be.closeTo(u, 1e-3);
          expect(back[1]).to.be.closeTo(v, 1e-3);
        }),
      );
    });
  }

  it('bends a picture as OpenCV does', () => {
    // cv2.projectPoints and cv2.fisheye.projectPoints with these coefficients, worked out by hand
    const far = Math.tan(1);
    const [u] = projectPoint(fisheye, [far, 0, 1])!;
    expect(u).to.be.closeTo(321 + 280 * (1 - 0.02 + 0.004 - 0.001), 1e-9);
    const r2 = 0.25;
    const above = 1 + 0.52 * r2 - 2.64 * r2 ** 2 + 1.51 * r2 ** 3;
    const below = 1 + 0.4 * r2 - 2.46 * r2 ** 2 + 1.43 * r2 ** 3;
    const [, v] = projectPoint(rational, [0, 0.5, 1])!;
    expect(v).to.be.closeTo(238 + 550 * ((0.5 * above) / below + 0.0007 * (r2 + 2 * r2)), 1e-9);
  });

  it('finds a pixel again by the point of the table that it shows', () => {
    fc.assert(
      fc.property(pixel, ([u, v]) => {
        const point = intersectPlane(rayInBase(above, pixelRay(bent, u, v)), 0.02);
        if (point === null) return;
        expect(point[2]).to.equal(0.02);
        const back = basePointToPixel(bent, above, point)!;
        expect(back[0]).to.be.closeTo(u, 1e-2);
        expect(back[1]).to.be.closeTo(v, 1e-2);
      }),
    );
  });

  it('shows the principal point straight ahead', () => {
    expect(pixelRay(bent, 321, 238)).to.deep.equal([0, 0, 1]);
    expect(projectPoint(bent, [0, 0, 2])).to.deep.equal([321, 238]);
  });

  it('sees nothing behind it, nor where the lens model folds back', () => {
    expect(projectPoint(plain, [0, 0, -1])).to.equal(null);
    expect(projectPoint(plain, [0.1, 0, 0])).to.equal(null);
    expect(projectPoint(bent, [50, 0, 1])).to.equal(null);
    expect(projectPoint({ ...fisheye, distortion: [-0.5, 0, 0, 0] }, [50, 0, 1])).to.equal(null);
    expect(pixelRay(fisheye, 321, 238)).to.deep.equal([0, 0, 1]);
  });

  it('meets the plane only ahead of the ray', () => {
    const down = rayInBase(above, [0, 0, 1]);
    expect(intersectPlane(down, 0)![2]).to.equal(0);
    expect(intersectPlane(down, 5)).to.equal(null);
    expect(intersectPlane({ origin_m: [0, 0, 1], direction: [1, 0, 0] }, 0)).to.equal(null);
  });

  it('turns a link pose (x forward) into an optical one (z forward)', () => {
    const link: Pose = { position_m: [1, 2, 3], orientation: [0, 0, 0, 1] };
    const optical = fromPose(cameraPoseOptical(link, 'link', 0));
    const close = (a: readonly number[], b: readonly number[]): void =>
      b.forEach((value, i) => {
        expect(a[i]).to.be.closeTo(value, 1e-9);
      });
    close(rotateVector(optical, [0, 0, 1]), [1, 0, 0]);
    close(rotateVector(optical, [1, 0, 0]), [0, -1, 0]);
    close(rotateVector(optical, [0, 1, 0]), [0, 0, -1]);
  });

  describe('the convention by itself', () => {
    const ahead = (pose: Pose): readonly number[] =>
      rayInBase(cameraPoseOptical(pose, 'auto', 0), [0, 0, 1]).direction;

    it('stays optical where the optical reading looks at the table', () => {
      expect(cameraPoseOptical(above, 'auto', 0)).to.deep.equal(cameraPoseOptical(above, 'optical', 0));
    });

    it('is link where only the link reading looks at the table', () => {
      const link = toPose(fromRpy([0, 0, 0.8], [0, 0.7, 0.3]));
      expect(ahead(link)[2]).to.be.closeTo(-Math.sin(0.7), 1e-9);
      const straightDown = toPose(fromRpy([0, 0, 0.8], [0, Math.PI / 2, 0]));
      expect(ahead(straightDown)[2]).to.be.closeTo(-1, 1e-9);
    });

    it('stays optical where neither does, or the table is too far', () => {
      const up: Pose = { position_m: [0, 0, 1], orientation: [0, 0, 0, 1] };
      expect(cameraPoseOptical(up, 'auto', 0)).to.deep.equal(up);
      const far = toPose(fromRpy([0, 0, 9], [0, Math.PI / 2, 0]));
      expect(cameraPoseOptical(far, 'auto', 0)).to.deep.equal(cameraPoseOptical(far, 'optical', 0));
    });
  });
});
