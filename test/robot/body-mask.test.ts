import { expect } from 'chai';
import fc from 'fast-check';
import type { CameraModel, Pose } from '../../src/contracts/geometry.js';
import { BodyMask, type BodyMaskOptions, type BodyView } from '../../src/robot/body-mask.js';
import { basePointToPixel } from '../../src/robot/camera.js';
import { linkTransforms } from '../../src/robot/kinematics.js';
import { applyPoint, compose, fromRpy, invert, toPose } from '../../src/robot/transform.js';
import { ARM_NAMES, ARMS, loadArm, postureOf } from './arms.js';

const camera: CameraModel = {
  width: 640,
  height: 480,
  fx: 554,
  fy: 554,
  cx: 319.5,
  cy: 239.5,
  distortion: [-0.1, 0.02, 0, 0, 0],
};
/** Overhead: x of the image along −y of the base. */
const optical: Pose = toPose(fromRpy([0, 0, 1.6], [Math.PI, 0, -Math.PI / 2]));
const grid = { rows: 12, columns: 16 };
const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 });

describe('BodyMask', () => {
  for (const name of ARM_NAMES) {
    it(`hides every cell in which a moving link shows: ${name}`, () => {
      const chain = loadArm(name);
      const mask = new BodyMask(chain.model, { ...ARMS[name], ...grid, margin_m: 0.01 });
      fc.assert(
        fc.property(shares, (parts) => {
          const q = postureOf(chain, parts);
          const values = new Map(chain.joints.map((joint, i) => [joint, q[i]!]));
          const weights = mask.weights({ values, camera, optical, held_radius_m: 0 });
          const links = linkTransforms(chain.model, values);
          const base = invert(links.get(chain.base_frame)!);
          for (const link of [chain.tip_frame, ...chain.model.order.slice(-8)]) {
            const at = compose(base, links.get(link)!);
            if (!movedByArm(chain.model.links.get(link)!.parent_joint)) continue;
            const pixel = basePointToPixel(camera, optical, applyPoint(at, [0, 0, 0]));
            if (pixel === null) continue;
            const column = Math.floor((pixel[0] + 0.5) / 40);
            const row = Math.floor((pixel[1] + 0.5) / 40);
            if (row < 0 || row >= 12 || column < 0 || column >= 16) continue;
            expect(weights[row * 16 + column], `${link} in cell ${row}, ${column}`).to.equal(0);
          }
        }),
        { numRuns: 40 },
      );
    });
  }

  /** Links on joints have shapes at their origins in all three test arms; frames on fixed joints need not. */
  function movedByArm(parent: string | null): boolean {
    return parent !== null && /joint|Joint|Rotation|Pitch|Elbow|Wrist/.test(parent);
  }

  const chain = loadArm('six-axis');
  const options = { ...ARMS['six-axis'], ...grid, margin_m: 0.01 };
  const values = new Map(chain.joints.map((joint, i) => [joint, chain.home[i]!]));
  const weightsOf = (mask: BodyMaskOptions, view: BodyView): Float32Array =>
    new BodyMask(chain.model, mask).weights(view);

  it('hides nothing where the arm is not', () => {
    const weights = weightsOf(options, { values, camera, optical, held_radius_m: 0 });
    const hidden = weights.filter((weight) => weight < 1).length;
    expect(hidden).to.be.within(5, 60);
    expect([...weights].every((weight) => weight >= 0 && weight <= 1)).to.equal(true);
    const away = toPose(fromRpy([0, 0, 0.5], [-Math.PI / 2, 0, -Math.PI / 2]));
    const ahead = { ...away, position_m: [5, 0, 0.5] as const };
    const none = weightsOf(options, { values, camera, optical: ahead, held_radius_m: 0 });
    expect(none.every((weight) => weight === 1)).to.equal(true);
  });

  it('hides more with a wider margin, and a ball around the tip for what is held', () => {
    const count = (margin_m: number, held_radius_m: number): number =>
      weightsOf({ ...options, margin_m }, { values, camera, optical, held_radius_m }).filter((w) => w === 0)
        .length;
    expect(count(0.05, 0)).to.be.above(count(0.01, 0));
    expect(count(0.01, 0.25)).to.be.above(count(0.01, 0));
  });

  it('takes joints without a value, and values that are not finite, as at rest', () => {
    const none = weightsOf(options, { values: new Map(), camera, optical, held_radius_m: 0 });
    const nan = new Map(chain.joints.map((joint) => [joint, Number.NaN]));
    const bad = weightsOf(options, { values: nan, camera, optical, held_radius_m: 0 });
    expect([...bad]).to.deep.equal([...none]);
  });

  it('stays finite with a camera inside the arm', () => {
    const inside: Pose = { position_m: [0, 0, 0.3], orientation: [0, 0, 0, 1] };
    const weights = weightsOf(options, { values, camera, optical: inside, held_radius_m: 0.1 });
    expect([...weights].every((weight) => weight >= 0 && weight <= 1)).to.equal(true);
  });
});
