import { expect } from 'chai';
import * as fc from 'fast-check';
import { decoderOf } from '../../src/replay/decode.js';
import {
  CdrError,
  CdrReader,
  holdsImageHead,
  readCameraInfo,
  readImage,
  readJointState,
  sameButStamp,
  TextLists,
} from '../../src/ros/cdr-reader.js';
import { cameraInfoCdr, imagePrefix } from '../../src/ros/sim-messages.js';

/** A joint state written by hand, in either byte order. */
function jointState(names: readonly string[], position: readonly number[], little: boolean): Uint8Array {
  const bytes: number[] = [0, little ? 1 : 0, 0, 0];
  const align = (to: number): void => {
    while ((bytes.length - 4) % to !== 0) bytes.push(0);
  };
  const number = (size: 4 | 8, value: number): void => {
    align(size);
    const buffer = Buffer.alloc(size);
    if (size === 4) buffer[little ? 'writeUInt32LE' : 'writeUInt32BE'](value);
    else buffer[little ? 'writeDoubleLE' : 'writeDoubleBE'](value);
    bytes.push(...buffer);
  };
  const text = (value: string): void => {
    number(4, Buffer.byteLength(value) + 1);
    bytes.push(...Buffer.from(value), 0);
  };
  number(4, 1234);
  number(4, 567);
  text('base');
  number(4, names.length);
  names.forEach(text);
  number(4, position.length);
  for (const value of position) number(8, value);
  number(4, 0);
  number(4, 0);
  return Uint8Array.from(bytes);
}

describe('readJointState', () => {
  it('reads any joint state in either byte order', () => {
    const joint = fc.tuple(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.double());
    fc.assert(
      fc.property(fc.array(joint, { maxLength: 12 }), fc.boolean(), (joints, little) => {
        const names = joints.map(([name]) => name.replaceAll('\0', ''));
        const position = joints.map(([, value]) => value);
        const read = readJointState(jointState(names, position, little));
        expect(read).to.deep.equal({
          header: { stamp: { sec: 1234, nanosec: 567 }, frame_id: 'base' },
          name: names,
          position,
          velocity: [],
        });
      }),
    );
  });

  it('comes to the same with names that came before, which it gives as the very same list', () => {
    const names = fc.array(fc.constantFrom('a', 'ab', 'shoulder', 'elbow', ''), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(names, fc.boolean()), { maxLength: 30 }), (messages) => {
        const lists = new TextLists();
        for (const [name, little] of messages) {
          const bytes = jointState(name, [1, 2], little);
          const before = readJointState(bytes, lists);
          expect(before).to.deep.equal(readJointState(bytes));
          // The memory of a message is used again.
          const later = Uint8Array.from(bytes);
          bytes.fill(7);
          expect(readJointState(later, lists).name).to.equal(before.name);
        }
      }),
    );
  });

  it('reads from a view that does not begin at its buffer', () => {
    const bytes = jointState(['a'], [1.5], true);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(readJointState(shifted.subarray(3)).position).to.deep.equal([1.5]);
  });

  it('says when the bytes end too soon, wherever they are cut', () => {
    const whole = jointState(['shoulder', 'elbow'], [0.1, 0.2], true);
    // The last eight bytes are the lengths of velocity and effort; effort is not read.
    for (let length = 0; length < whole.length - 4; length++) {
      expect(() => readJointState(whole.subarray(0, length)), `${length} bytes`).to.throw(CdrError);
    }
  });

  it('allocates nothing for a length that cannot be', () => {
    const bytes = jointState([], [], true);
    new DataView(bytes.buffer).setUint32(24, 0xffff_ffff, true);
    expect(() => readJointState(bytes)).to.throw(CdrError, 'elements');
  });

  it('refuses any other encapsulation', () => {
    expect(() => new CdrReader(Uint8Array.from([0, 7, 0, 0]))).to.throw(CdrError);
    expect(() => new CdrReader(new Uint8Array(0))).to.throw(CdrError);
  });
});

describe('readImage', () => {
  /** A 2 × 1 rgb8 image, little endian, written by hand. */
  function image(data: readonly number[], told = data.length): Uint8Array {
    const bytes: number[] = [0, 1, 0, 0];
    const u32 = (value: number): void => {
      while ((bytes.length - 4) % 4 !== 0) bytes.push(0);
      bytes.push(value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255);
    };
    const text = (value: string): void => {
      u32(value.length + 1);
      bytes.push(...Buffer.from(value), 0);
    };
    for (const value of [7, 9]) u32(value);
    text('cam');
    for (const value of [1, 2]) u32(value);
    text('rgb8');
    bytes.push(1);
    for (const value of [6, told]) u32(value);
    bytes.push(...data);
    return Uint8Array.from(bytes);
  }

  it('reads every field, and leaves the data where it is', () => {
    const bytes = image([1, 2, 3, 4, 5, 6]);
    const read = readImage(bytes);
    expect(read).to.deep.equal({
      header: { stamp: { sec: 7, nanosec: 9 }, frame_id: 'cam' },
      height: 1,
      width: 2,
      encoding: 'rgb8',
      is_bigendian: 1,
      step: 6,
      data: Uint8Array.from([1, 2, 3, 4, 5, 6]),
    });
    expect(read.data.buffer).to.equal(bytes.buffer);
  });

  it('says when the data is shorter than it says, wherever it is cut', () => {
    expect(() => readImage(image([1, 2, 3], 6))).to.throw(CdrError);
    const whole = image([1, 2, 3, 4, 5, 6]);
    for (let length = 0; length < whole.length; length++) {
      expect(() => readImage(whole.subarray(0, length)), `${length} bytes`).to.throw();
    }
  });
});

describe('readCameraInfo', () => {
  const camera = {
    width: 640,
    height: 480,
    fx: 551.5,
    fy: 552.5,
    cx: 321.25,
    cy: 241.75,
    distortion: [0.1, 0, 0, 0, 0],
  };

  it('reads what a decoder reads that goes by the definition', () => {
    const bytes = cameraInfoCdr(camera);
    const type = 'sensor_msgs/msg/CameraInfo';
    const topic = { topic: '/info', type, serialization: 'cdr', schema: null, messages: null, qos: '' };
    const told = decoderOf(topic)(bytes) as Record<string, unknown>;
    const read = readCameraInfo(bytes);
    const { do_rectify: _, ...roi } = told.roi as Record<string, unknown>;
    expect(read).to.deep.equal({
      header: told.header,
      height: told.height,
      width: told.width,
      distortion_model: told.distortion_model,
      d: Array.from(told.d as Float64Array),
      k: Array.from(told.k as Float64Array),
      binning_x: told.binning_x,
      binning_y: told.binning_y,
      roi,
    });
    expect(read.k[0]).to.equal(551.5);
    expect(() => readCameraInfo(bytes.subarray(0, 100))).to.throw(CdrError);
  });

  it('knows a message that differs in its stamp alone', () => {
    const one = cameraInfoCdr(camera);
    const later = Uint8Array.from(one);
    later[5] = 77;
    expect(sameButStamp(one, later)).to.equal(true);
    expect(sameButStamp(one, cameraInfoCdr({ ...camera, fx: 551 }))).to.equal(false);
  });
});

describe('holdsImageHead', () => {
  it('says how much of an image is needed to know all but its pixels', () => {
    const head = imagePrefix(640, 480, 640 * 480 * 3);
    expect(holdsImageHead(head)).to.equal(true);
    for (let length = 0; length < head.length; length++) {
      expect(holdsImageHead(head.subarray(0, length))).to.equal(false);
    }
  });
});
