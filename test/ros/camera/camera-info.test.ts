import { expect } from 'chai';
import { cameraModel } from '../../../src/ros/camera/camera-info.js';
import type { CameraInfoMessage } from '../../../src/ros/messages.js';

const info: CameraInfoMessage = {
  header: { stamp: { sec: 0, nanosec: 0 }, frame_id: 'optical' },
  width: 640,
  height: 480,
  distortion_model: 'plumb_bob',
  d: [0.1, -0.2, 0.001, 0.002, 0],
  k: [520, 0, 321, 0, 525, 239, 0, 0, 1],
  binning_x: 0,
  binning_y: 0,
  roi: { x_offset: 0, y_offset: 0, width: 0, height: 0 },
};

describe('cameraModel', () => {
  it('reads focal length, centre and distortion', () => {
    expect(cameraModel(info, 't')).to.deep.equal({
      width: 640,
      height: 480,
      fx: 520,
      fy: 525,
      cx: 321,
      cy: 239,
      distortion: [0.1, -0.2, 0.001, 0.002, 0],
    });
  });

  it('is the model of the image as sent: binned and cropped', () => {
    const roi = { x_offset: 100, y_offset: 40, width: 400, height: 200 };
    expect(cameraModel({ ...info, binning_x: 2, binning_y: 2, roi }, 't')).to.include({
      width: 200,
      height: 100,
      fx: 260,
      fy: 262.5,
      cx: 110.5,
      cy: 99.5,
    });
  });

  const wrong: readonly [string, Partial<CameraInfoMessage>][] = [
    ['no focal length', { k: [0, 0, 0, 0, 0, 0, 0, 0, 0] }],
    ['a K that is not finite', { k: [520, 0, Number.NaN, 0, 525, 239, 0, 0, 1] }],
    ['no size', { width: 0 }],
    ['a lens that it does not know', { distortion_model: 'mei', d: [0.1, 0, 0, 0] }],
    ['thin prisms', { distortion_model: 'rational_polynomial', d: [0, 0, 0, 0, 0, 0, 0, 0, 0.01, 0, 0, 0] }],
    ['more coefficients than its model has', { distortion_model: 'plumb_bob', d: [0, 0, 0, 0, 0, 0.3] }],
    ['a coefficient that is not finite', { d: [Number.POSITIVE_INFINITY] }],
  ];
  for (const [what, change] of wrong) {
    it(`refuses ${what} as SAGE_206`, () => {
      expect(cameraModel({ ...info, ...change }, 't')).to.include({ code: 'SAGE_206' });
    });
  }

  it('takes a rational model whose further coefficients are zero', () => {
    const model = cameraModel(
      { ...info, distortion_model: 'rational_polynomial', d: [0.1, 0, 0, 0, 0, 0, 0, 0] },
      't',
    );
    expect(model).to.deep.include({ fx: 520, distortion: [0.1, 0, 0, 0, 0] });
    expect(model).not.to.have.property('lens');
  });

  it('takes rational and fisheye lenses, whatever the driver calls these', () => {
    const rational = {
      ...info,
      distortion_model: 'rational_polynomial',
      d: [0.5, -2.6, 0, 0, 1.5, 0.4, -2.4, 1.4],
    };
    expect(cameraModel(rational, 't')).to.deep.include({ distortion: rational.d });
    for (const distortion_model of ['equidistant', 'fisheye']) {
      const model = cameraModel({ ...info, distortion_model, d: [0.1, 0.01, 0, 0] }, 't');
      expect(model).to.deep.include({ distortion: [0.1, 0.01, 0, 0], lens: 'equidistant' });
    }
  });
});
