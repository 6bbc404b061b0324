import { expect } from 'chai';
import fc from 'fast-check';
import { allocateShares, splitWhole } from '../../src/hrm/index.js';

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('allocation', () => {
  it('adds up to the whole, with no share below the floor and none of more trust below one of less', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (trusts, floor) => {
          const shares = allocateShares(trusts, floor);
          expect(sum(shares)).to.be.closeTo(1, 1e-9);
          const least = Math.min(floor, 1 / trusts.length);
          shares.forEach((share, a) => {
            expect(share).to.be.at.least(least - 1e-12);
            shares.forEach((other, b) => {
              if (trusts[a]! >= trusts[b]!) expect(share).to.be.at.least(other - 1e-12);
            });
          });
        },
      ),
    );
  });

  it('is proportional to trust where nobody is below the floor', () => {
    expect(allocateShares([1, 2, 1], 0.05)).to.deep.equal([0.25, 0.5, 0.25]);
    expect(allocateShares([], 0.05)).to.deep.equal([]);
    expect(allocateShares([Number.NaN, 0, -1], 0.05)).to.deep.equal([1 / 3, 1 / 3, 1 / 3]);
  });

  it('does not allot 2,500 of 1,000 ATP to 3 plugins, whatever the floor', () => {
    const shares = allocateShares([10, 0.1, 0.1], 0.5);
    expect(sum(splitWhole(1_000_000, shares, [1e9, 1e9, 1e9]))).to.equal(1_000_000);
  });

  it('splits to the last digit, within capacities, and gives on what one cannot take', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e9 }),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: -5, max: 1e9 })), {
          maxLength: 30,
        }),
        (amount, parts) => {
          const shares = parts.map(([share]) => (share < 1e-9 ? 0 : share));
          const capacities = parts.map(([, capacity]) => capacity);
          const split = splitWhole(amount, shares, capacities);
          const takers = capacities.map((capacity, index) =>
            shares[index]! > 0 ? Math.max(0, capacity) : 0,
          );
          expect(sum(split)).to.equal(Math.min(amount, sum(takers)));
          split.forEach((part, index) => {
            expect(Number.isInteger(part)).to.equal(true);
            expect(part).to.be.within(0, takers[index]!);
          });
        },
      ),
    );
  });
});
