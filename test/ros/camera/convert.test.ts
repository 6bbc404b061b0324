import { expect } from 'chai';
import fc from 'fast-check';
import { isFault } from '../../../src/contracts/errors.js';
import type { CameraFrame } from '../../../src/contracts/observation.js';
import { decodeImage } from '../../../src/ros/camera/decode.js';
import { checkImage } from '../../../src/ros/camera/image-check.js';

interface Sent {
  readonly width: number;
  readonly height: number;
  readonly encoding: string;
  readonly step: number;
  readonly data: Uint8Array;
  readonly is_bigendian?: number;
}

const header = { stamp: { sec: 1, nanosec: 0 }, frame_id: 'camera' };

function frameOf({ is_bigendian = 0, ...sent }: Sent): CameraFrame {
  const frame = checkImage({ header, is_bigendian, ...sent }, '/camera');
  if (isFault(frame)) throw new Error(frame.text);
  return frame;
}

function codeOf(sent: Sent): string {
  const frame = checkImage({ header, is_bigendian: 0, ...sent }, '/camera');
  return isFault(frame) ? `${frame.code} ${frame.text}` : 'good';
}

type Colour = readonly [number, number, number];
type Paint = (column: number, row: number) => Colour;
const PATTERNS = ['rggb', 'bggr', 'gbrg', 'grbg'] as const;

/** What a sensor with this mosaic sees of a picture; rows are padded to `step` bytes. */
function mosaic(pattern: string, width: number, height: number, paint: Paint, bytes = 1, big = false): Sent {
  const step = width * bytes + 6;
  const data = new Uint8Array(step * height).fill(99);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const letter = pattern[2 * (row & 1) + (column & 1)]!;
      const value = paint(column, row)['rgb'.indexOf(letter)]!;
      const at = row * step + column * bytes;
      data[at + (bytes === 2 && !big ? 1 : 0)] = value;
    }
  }
  return { width, height, step, data, encoding: `bayer_${pattern}${8 * bytes}`, is_bigendian: big ? 1 : 0 };
}

function pixelAt({ data, width }: CameraFrame, column: number, row: number): Colour {
  const at = 3 * (row * width + column);
  return [data[at]!, data[at + 1]!, data[at + 2]!];
}

describe('the mosaics of colour sensors', () => {
  const colour = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255));
  it('give back a picture of one colour, of any size, depth and order of bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PATTERNS),
        colour,
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 2, max: 9 }),
        fc.constantFrom(1, 2),
        fc.boolean(),
        (pattern, paint, width, height, bytes, big) => {
          const frame = frameOf(mosaic(pattern, width, height, () => paint, bytes, big));
          expect(frame).to.include({ width, height, encoding: 'rgb8', step: 3 * width, frame_id: 'camera' });
          for (let at = 0; at < width * height; at++)
            expect(pixelAt(frame, at % width, Math.floor(at / width))).to.deep.equal(paint);
        },
      ),
    );
  });

  it('are no picture any more where the bytes of the message are gone', () => {
    const sent = mosaic('rggb', 4, 4, () => [1, 2, 3]);
    const frame = frameOf(sent);
    structuredClone(sent.data.buffer, { transfer: [sent.data.buffer as ArrayBuffer] });
    expect(frame.data).to.have.length(0);
  });

  it('give back what is between the pixels that have a colour where it changes evenly', () => {
    for (const pattern of PATTERNS) {
      const paint: Paint = (column, row) => [10 * column, 10 * row, 5 * column + 5 * row];
      const frame = frameOf(mosaic(pattern, 12, 10, paint));
      for (let row = 1; row < 9; row++) {
        for (let column = 1; column < 11; column++) {
          pixelAt(frame, column, row).forEach((value, channel) => {
            expect(value, `${pattern} ${column} ${row}`).to.be.closeTo(paint(column, row)[channel]!, 1);
          });
        }
      }
    }
  });

  it('are not looked for in a picture that is smaller than one', () => {
    const tiny = { ...mosaic('rggb', 2, 2, () => [1, 2, 3]), height: 1 };
    expect(codeOf({ ...tiny, data: tiny.data.subarray(0, tiny.step) })).to.match(/^SAGE_208 .*too small/);
  });
});

describe('pairs of pixels that share their colour', () => {
  /** Luma, Cb and Cr of BT.601 as cameras send them, and what they are. */
  const known: readonly [Colour, Colour][] = [
    [
      [235, 128, 128],
      [255, 255, 255],
    ],
    [
      [16, 128, 128],
      [0, 0, 0],
    ],
    [
      [81, 90, 240],
      [255, 0, 0],
    ],
    [
      [145, 54, 34],
      [0, 255, 0],
    ],
    [
      [41, 240, 110],
      [0, 0, 255],
    ],
  ];
  for (const [encoding, layout] of [
    ['uyvy', 'uyvy'],
    ['yuv422', 'uyvy'],
    ['yuyv', 'yuyv'],
    ['yuv422_yuy2', 'yuyv'],
  ] as const) {
    it(`are read as ${encoding}`, () => {
      for (const [[y, cb, cr], rgb] of known) {
        const pair = layout === 'uyvy' ? [cb, y, cr, y] : [y, cb, y, cr];
        const data = Uint8Array.from([...pair, ...pair, 7, 7, 7, 7, ...pair, ...pair, 7, 7, 7, 7]);
        const frame = frameOf({ width: 3, height: 2, step: 12, encoding, data });
        for (const at of [0, 1, 2]) {
          pixelAt(frame, at, 1).forEach((value, channel) => {
            expect(value).to.be.closeTo(rgb[channel]!, 2);
          });
        }
      }
    });
  }

  for (const [encoding, order] of [
    ['nv12', ['cb', 'cr']],
    ['nv21', ['cr', 'cb']],
    ['nv24', ['cb', 'cr']],
  ] as const) {
    it(`are read from a plane of their own as ${encoding}`, () => {
      const [width, height, step] = [5, 3, 8];
      const halved = encoding === 'nv24' ? 0 : 1;
      const rows = halved === 1 ? 5 : 9;
      for (const [[y, cb, cr], rgb] of known) {
        const data = new Uint8Array(step * rows).fill(7);
        for (let row = 0; row < height; row++) data.fill(y, row * step, row * step + width);
        for (let row = 0; row < (halved === 1 ? 2 : 3); row++) {
          const from = step * height + row * step * (halved === 1 ? 1 : 2);
          for (let pair = 0; pair < (halved === 1 ? 3 : 5); pair++)
            data.set(
              order.map((each) => ({ cb, cr })[each]),
              from + 2 * pair,
            );
        }
        const frame = frameOf({ width, height, step, encoding, data });
        for (let at = 0; at < width * height; at++) {
          pixelAt(frame, at % width, Math.floor(at / width)).forEach((value, channel) => {
            expect(value, `${rgb} ${at}`).to.be.closeTo(rgb[channel]!, 2);
          });
        }
      }
    });
  }

  it('are refused without their plane of colours', () => {
    const data = new Uint8Array(8);
    expect(codeOf({ width: 4, height: 2, step: 4, encoding: 'nv12', data })).to.match(
      /^SAGE_201 .*8 bytes of 12/,
    );
  });

  it('keep the luma of each pixel apart', () => {
    const data = Uint8Array.from([16, 128, 235, 128]);
    const frame = frameOf({ width: 2, height: 1, step: 4, encoding: 'yuyv', data });
    expect([...frame.data]).to.deep.equal([0, 0, 0, 255, 255, 255]);
  });

  it('are refused where a row does not hold them', () => {
    const data = new Uint8Array(6);
    expect(codeOf({ width: 3, height: 1, step: 6, encoding: 'uyvy', data })).to.match(/^SAGE_208/);
  });
});

describe('other encodings', () => {
  it('of 16 bits keep their upper bytes, whatever their order', () => {
    const data = Uint8Array.from([1, 2, 3, 4, 0, 0]);
    const sent = { width: 2, height: 1, step: 6, encoding: 'mono16', data };
    expect([...frameOf(sent).data]).to.deep.equal([2, 4]);
    expect([...frameOf({ ...sent, is_bigendian: 1 }).data]).to.deep.equal([1, 3]);
    const colours = frameOf({ ...sent, width: 1, encoding: 'bgr16', is_bigendian: 1 });
    expect([colours.encoding, [...colours.data]]).to.deep.equal(['bgr8', [1, 3, 0]]);
  });

  it('of OpenCV are taken over undecoded, rows with padding and an order of bytes that says nothing too', () => {
    const data = new Uint8Array(16);
    const frame = frameOf({ width: 2, height: 2, step: 8, encoding: '8UC3', data, is_bigendian: 1 });
    expect([frame.encoding, frame.step, frame.data === data]).to.deep.equal(['bgr8', 8, true]);
    expect(frameOf({ width: 2, height: 2, step: 8, encoding: '8UC1', data }).encoding).to.equal('mono8');
  });

  it('are refused with what they are', () => {
    const data = new Uint8Array(16);
    for (const encoding of ['16UC1', '32FC1'])
      expect(codeOf({ width: 2, height: 2, step: 8, encoding, data })).to.match(/^SAGE_202 .*depth image/);
    expect(codeOf({ width: 2, height: 2, step: 8, encoding: 'yuv410', data })).to.match(
      /^SAGE_202 .*"yuv410"/,
    );
  });

  it('convert when somebody looks, and once', () => {
    const frame = frameOf(mosaic('rggb', 4, 4, () => [1, 2, 3]));
    expect(frame.data).to.equal(frame.data);
  });

  it('of distances are refused in a compressed image too', async () => {
    const format = '16UC1; compressedDepth png';
    const found = await decodeImage({ header, format, data: new Uint8Array(40) }, '/depth');
    expect(isFault(found) && `${found.code} ${found.text}`).to.match(/^SAGE_202 .*depth image/);
  });
});
