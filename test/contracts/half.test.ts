import { expect } from 'chai';
import fc from 'fast-check';
import { fromHalf, toHalf } from '../../src/contracts/half.js';

const back = (value: number): number => fromHalf(toHalf(Float32Array.of(value)))[0]!;

describe('contracts/half', () => {
  it('gives back every half that is a number', () => {
    const all = Uint16Array.from({ length: 65_536 }, (_, i) => i).filter(
      (bits) => (bits & 0x7c00) !== 0x7c00,
    );
    expect(toHalf(fromHalf(all))).to.deep.equal(all);
  });

  it('knows the edges', () => {
    // IEEE 754 binary16: largest 65504, smallest normal 2^-14, smallest 2^-24; ties go to even.
    expect([65504, 65519, -65504].map(back)).to.deep.equal([65504, 65504, -65504]);
    expect(back(65520)).to.equal(Number.POSITIVE_INFINITY);
    expect([2 ** -14, 2 ** -24, 2 ** -25, 1.1 * 2 ** -25].map(back)).to.deep.equal([
      2 ** -14,
      2 ** -24,
      0,
      2 ** -24,
    ]);
    expect([1 + 2 ** -11, 1 + 3 * 2 ** -11].map(back)).to.deep.equal([1, 1 + 2 ** -9]);
    expect(back(Number.NaN)).to.be.NaN;
    expect(back(Number.NEGATIVE_INFINITY)).to.equal(Number.NEGATIVE_INFINITY);
  });

  it('is off by no more than half a step', () => {
    fc.assert(
      fc.property(fc.float({ min: -60_000, max: 60_000, noNaN: true }), (value) => {
        const step = Math.max(2 ** -24, 2 ** (Math.floor(Math.log2(Math.abs(value) || 1)) - 10));
        expect(Math.abs(back(value) - value)).to.be.at.most(step / 2 + 1e-12);
      }),
    );
  });
});
