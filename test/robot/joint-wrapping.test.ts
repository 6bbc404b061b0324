import { expect } from 'chai';
import { unwrapped, wrappedLike, wrappedNear } from '../../src/robot/joint-wrapping.js';

describe('robot/turns', () => {
  it('compares angles of endless joints in any turn, and those of others as they are', () => {
    const [endless, bounded] = wrappedLike([-3.1, -3.1], [3.1, 3.1], [true, false]);
    expect(endless).to.be.closeTo(2 * Math.PI - 3.1, 1e-12);
    expect(bounded).to.equal(-3.1);
    expect(wrappedNear(0.5, 13)).to.be.closeTo(0.5 + 4 * Math.PI, 1e-12);
  });

  it('carries a measurement on over the seam of a turn, and leaves smaller steps alone', () => {
    expect(unwrapped(-3.1, 3.1)).to.be.closeTo(2 * Math.PI - 3.1, 1e-12);
    expect(unwrapped(3.1, 0.2)).to.equal(3.1);
    expect(unwrapped(0.05, 0)).to.equal(0.05);
  });
});
