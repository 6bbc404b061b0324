import { expect } from 'chai';
import fc from 'fast-check';
import { upperMedian } from '../../src/kernel/upper-median.js';

describe('kernel/upper-median', () => {
  it('is what stands in the middle of the sorted values, whatever lies behind the ones that count', () => {
    const values = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true })), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(values, fc.array(fc.double(), { maxLength: 5 }), (some, behind) => {
        const sorted = Float64Array.from(some).sort();
        const found = upperMedian(Float64Array.from([...some, ...behind]), some.length);
        // The sign of a zero does not count.
        expect(found + 0).to.equal(sorted[some.length >> 1]! + 0);
      }),
    );
  });
});
