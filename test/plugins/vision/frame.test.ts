import { expect } from 'chai';
import fc from 'fast-check';
import type { SageError } from '../../../src/contracts/errors.js';
import type { CameraFrame } from '../../../src/contracts/observation.js';
import {
  cellColumn,
  cellMiddle,
  cellRow,
  fitOf,
  modelInput,
  toFramePx,
} from '../../../src/plugins/vision/frame.js';

const BYTES = { rgb8: 3, bgr8: 3, rgba8: 4, bgra8: 4, mono8: 1 } as const;
type Paint = (u: number, v: number) => readonly [number, number, number];

function frameOf(
  encoding: CameraFrame['encoding'],
  width: number,
  height: number,
  paint: Paint,
  padding = 0,
): CameraFrame {
  const bytes = BYTES[encoding];
  const step = width * bytes + padding;
  const data = new Uint8Array(step * height).fill(99);
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      const [r, g, b] = paint(u, v);
      const pixel = encoding === 'mono8' ? [r] : encoding.startsWith('rgb') ? [r, g, b, 255] : [b, g, r, 255];
      for (let k = 0; k < bytes; k++) data[v * step + u * bytes + k] = pixel[k]!;
    }
  }
  return { width, height, step, encoding, data, frame_id: 'camera' };
}

const pattern: Paint = (u, v) => [(u * 7 + v) % 256, (u + v * 5) % 256, (u * v) % 256];
const codeOf = (frame: CameraFrame): string => {
  try {
    fitOf(frame);
  } catch (thrown) {
    return (thrown as SageError).code;
  }
  return 'accepted';
};

describe('plugins/vision/frame', () => {
  it('takes a frame that has the form already as it is, without a copy', () => {
    const frame = frameOf('rgb8', 640, 480, pattern);
    const input = modelInput(frame);
    expect(input.buffer).to.equal(frame.data.buffer);
    expect(input.byteLength).to.equal(640 * 480 * 3);
  });

  it('gives the same input for every encoding and row padding', () => {
    const expected = modelInput(frameOf('rgb8', 640, 480, pattern));
    for (const encoding of ['rgb8', 'bgr8', 'rgba8', 'bgra8'] as const) {
      const input = modelInput(frameOf(encoding, 640, 480, pattern, 5));
      expect(Buffer.compare(input, expected), encoding).to.equal(0);
    }
    const grey = modelInput(frameOf('mono8', 640, 480, pattern, 3));
    expect([...grey.subarray(0, 6)]).to.deep.equal([0, 0, 0, 7, 7, 7]);
  });

  it('keeps the aspect: a linear image of any size stays linear, the margin is its mean', () => {
    const sizes = [
      [320, 240],
      [1280, 720],
      [1000, 1000],
      [333, 77],
    ] as const;
    for (const [width, height] of sizes) {
      const ramp: Paint = (u, v) => [(u / width) * 255, (v / height) * 255, 128];
      const frame = frameOf('rgb8', width, height, ramp);
      const fit = fitOf(frame);
      const input = modelInput(frame, fit);
      for (let y = 0; y < 480; y += 37) {
        for (let x = 0; x < 640; x += 41) {
          const at = (y * 640 + x) * 3;
          const [u, v] = toFramePx(fit, x, y);
          const inside = u > 1 && v > 1 && u < width - 2 && v < height - 2;
          const outside = u < -1 || v < -1 || u > width || v > height;
          if (inside) {
            expect(input[at]!).to.be.closeTo((u / width) * 255, 2.5);
            expect(input[at + 1]!).to.be.closeTo((v / height) * 255, 2.5);
          }
          if (outside) expect(input[at]!).to.be.closeTo(127, 8);
          if (inside || outside) expect(input[at + 2]!).to.be.closeTo(128, 1);
        }
      }
    }
  });

  it('goes from a pixel to a cell and back', () => {
    const size = fc.integer({ min: 1, max: 4000 });
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(size, size, place, place, (width, height, a, b) => {
        const frame = { ...frameOf('mono8', 1, 1, () => [0, 0, 0]), width, height, step: width };
        const fit = fitOf({ ...frame, data: new Uint8Array(width * height) });
        const [u, v] = [a * (width - 1), b * (height - 1)];
        const [column, row] = [cellColumn(fit, u), cellRow(fit, v)];
        expect(column).to.be.within(-0.5, 159.5);
        expect(row).to.be.within(-0.5, 119.5);
        const [back_u, back_v] = toFramePx(fit, cellMiddle(column), cellMiddle(row));
        expect(back_u).to.be.closeTo(u, 1e-6 * width + 1e-6);
        expect(back_v).to.be.closeTo(v, 1e-6 * height + 1e-6);
      }),
      { numRuns: 40 },
    );
  });

  it('refuses a frame that is truncated or of no known encoding', () => {
    const frame = frameOf('rgb8', 64, 48, pattern);
    expect(codeOf(frame)).to.equal('accepted');
    expect(codeOf({ ...frame, data: frame.data.subarray(1) })).to.equal('SAGE_201');
    expect(codeOf({ ...frame, step: 191 })).to.equal('SAGE_201');
    expect(codeOf({ ...frame, width: 0 })).to.equal('SAGE_201');
    expect(codeOf({ ...frame, height: 0 })).to.equal('SAGE_201');
    expect(codeOf({ ...frame, encoding: 'yuv422' as CameraFrame['encoding'] })).to.equal('SAGE_202');
  });
});
