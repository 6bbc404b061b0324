import { expect } from 'chai';
import { FrameMemory } from '../../../src/ros/camera/frame-memory.js';

describe('FrameMemory', () => {
  const frame = (value: number): Uint8Array => new Uint8Array(1000).fill(value);

  it('keeps the frames of the last moments, and gives the memory of older ones back', () => {
    const memory = new FrameMemory();
    const frames = Array.from({ length: 40 }, (_, index) => frame(index));
    for (const bytes of frames) memory.keep(bytes);
    const readable = frames.map(({ length }) => length === 1000);
    expect(readable.indexOf(true)).to.equal(40 - 24);
    expect(readable.lastIndexOf(false)).to.equal(40 - 25);
    expect(frames.at(-1)?.[999]).to.equal(39);
  });

  it('leaves memory that is shared with others alone', () => {
    const memory = new FrameMemory();
    const pool = new Uint8Array(2000);
    for (let index = 0; index < 60; index++) memory.keep(pool.subarray(0, 1000));
    const shared = Array.from({ length: 60 }, () => new Uint8Array(new SharedArrayBuffer(10)));
    for (const bytes of shared) memory.keep(bytes);
    expect(pool.length).to.equal(2000);
    expect(shared[0]?.length).to.equal(10);
  });
});
