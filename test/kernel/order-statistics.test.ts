import { expect } from 'chai';
import fc from 'fast-check';
import { nthElement, upperMedian } from '../../src/kernel/order-statistics.js';

describe('kernel/order-statistics', () => {
  const values = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true })), {
    minLength: 1,
    maxLength: 200,
  });

  it('is what stands in the middle of the sorted values, whatever lies behind the ones that count', () => {
    fc.assert(
      fc.property(values, fc.array(fc.double(), { maxLength: 5 }), (some, behind) => {
        const sorted = Float64Array.from(some).sort();
        const found = upperMedian(Float64Array.from([...some, ...behind]), some.length);
        // The sign of a zero does not count.
        expect(found + 0).to.equal(sorted[some.length >> 1]! + 0);
      }),
    );
  });

  it('finds any other place, too', () => {
    fc.assert(
      fc.property(values, fc.nat(), (some, any) => {
        const place = any % some.length;
        const found = nthElement(Float64Array.from(some), some.length, place);
        expect(found + 0).to.equal(Float64Array.from(some).sort()[place]! + 0);
      }),
    );
  });
});
