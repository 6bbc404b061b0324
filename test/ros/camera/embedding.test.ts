import { expect } from 'chai';
import type { CameraFrame } from '../../../src/contracts/observation.js';
import { embedFrame } from '../../../src/ros/camera/embedding.js';
import { CHANNELS } from '../../../src/ros/camera/image-check.js';

function frame(
  encoding: CameraFrame['encoding'],
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly number[],
  padding = 0,
): CameraFrame {
  const pixel = CHANNELS[encoding];
  const step = width * pixel + padding;
  const data = new Uint8Array(step * height).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(colour(x, y), y * step + x * pixel);
  }
  return { width, height, step, encoding, data, frame_id: '' };
}

const red = { rgb8: [255, 0, 0], bgr8: [0, 0, 255], rgba8: [255, 0, 0, 9], bgra8: [0, 0, 255, 9] } as const;

describe('embedFrame', () => {
  it('gives pure red its BT.601 luma and chroma, whatever the encoding', () => {
    for (const [encoding, pixel] of Object.entries(red)) {
      const cells = embedFrame(
        frame(encoding as CameraFrame['encoding'], 64, 48, () => pixel),
        4,
        4,
      );
      expect(cells[0], encoding).to.be.closeTo(0.299, 1e-6);
      expect(cells[1], encoding).to.be.closeTo(0.5 - 0.299 * 0.564, 1e-6);
      expect(cells[2], encoding).to.be.closeTo(0.5 + 0.701 * 0.713, 1e-6);
    }
  });

  it('keeps every value within 0..1 for the extremes of each channel', () => {
    for (const pixel of [0, 1, 2, 3, 4, 5, 6, 7].map((n) =>
      [n & 1, n & 2, n & 4].map((on) => (on ? 255 : 0)),
    )) {
      for (const value of embedFrame(
        frame('rgb8', 40, 40, () => pixel),
        4,
        4,
      )) {
        expect(value).to.be.within(-0.001, 1.001);
      }
    }
  });

  it('reads each cell from its own part of the image and never from the padding of a row', () => {
    const shaded = frame('mono8', 160, 120, (x, y) => [Math.floor(x / 10) + 10 * Math.floor(y / 10)], 13);
    const cells = embedFrame(shaded, 12, 16);
    for (let row = 0; row < 12; row++) {
      for (let column = 0; column < 16; column++) {
        expect(cells[(row * 16 + column) * 3]).to.be.closeTo((column + 10 * row) / 255, 1e-6);
      }
    }
  });

  it('has a value for every cell of an image smaller than the grid', () => {
    const cells = embedFrame(
      frame('mono8', 3, 2, () => [100]),
      12,
      16,
    );
    expect(cells.length).to.equal(576);
    for (let cell = 0; cell < 192; cell++) expect(cells[cell * 3]).to.be.closeTo(100 / 255, 1e-6);
  });

  it('moves by a tenth of the noise of a pixel at most', () => {
    // A fixed pattern of ±5 stands for noise; a cell of 40 × 40 averages a hundred samples.
    const noisy = frame('mono8', 640, 480, (x, y) => [128 + (((x * 7919 + y * 104729) % 11) - 5)]);
    const cells = embedFrame(noisy, 12, 16);
    for (let cell = 0; cell < 192; cell++) {
      expect(Math.abs((cells[cell * 3] ?? 0) - 128 / 255)).to.be.below(1 / 255);
    }
  });
});
