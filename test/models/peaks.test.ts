import { expect } from 'chai';
import fc from 'fast-check';
import { Peaks } from '../../src/models/manager/peaks.js';

const vision = (value: number) => new Map([['vision', { value, why: `${value}` }]]);

describe('models/peaks', () => {
  it('rises at once and falls slowly, with the reason of the peak', () => {
    const peaks = new Peaks(10);
    expect(peaks.hold(vision(0.2), 0).get('vision')?.value).to.equal(0.2);
    expect(peaks.hold(vision(0.9), 1000).get('vision')?.value).to.equal(0.9);
    const after = peaks.hold(vision(0.1), 4000).get('vision');
    expect(after?.value).to.be.closeTo(0.6, 1e-9);
    expect(after?.why).to.equal('0.9');
    expect(peaks.hold(vision(0.1), 30_000).get('vision')).to.deep.equal({ value: 0.1, why: '0.1' });
    expect(peaks.hold(new Map(), 31_000).size, 'nothing is known now').to.equal(0);
  });

  it('is never below what is now, and never above the largest so far', () => {
    const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 60, noNaN: true }), (all, fall_s) => {
        const peaks = new Peaks(fall_s);
        for (const [index, value] of all.entries()) {
          const held = peaks.hold(vision(value), 1000 * index).get('vision')!.value;
          expect(held).to.be.within(value, Math.max(...all.slice(0, index + 1)));
        }
      }),
    );
  });
});
