import { expect } from 'chai';
import * as fc from 'fast-check';
import { fault } from '../../src/contracts/errors.js';
import { detailOf, digits, shortNumbers, span, whyHeld } from '../../src/contracts/readable.js';

describe('numbers for people', () => {
  it('have three digits and no exponent where people would write none', () => {
    const told = [0, 0.0123456, 4.5678, 812.3, 1000.31, 12_345.678, -0.5].map(digits);
    expect(told).to.deep.equal(['0', '0.0123', '4.57', '812', '1000', '12346', '-0.5']);
    expect([digits(Number.POSITIVE_INFINITY), digits(1e9)]).to.deep.equal(['Infinity', '1000000000']);
  });

  it('are within half a percent of what they tell', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e300, max: 1e300 }), (value) => {
        expect(Math.abs(Number(digits(value)) - value)).to.be.at.most(0.005 * Math.abs(value));
      }),
    );
  });

  it('of time are in a unit that fits', () => {
    const spans = [812.4, 12_345, 600_000, -11.5e6, 24_794_032_780].map(span);
    expect(spans).to.deep.equal(['812 ms', '12.3 s', '10 min', '-3.19 h', '287 days']);
  });

  it('are cut in a text where they have long fractions, and nothing else is', () => {
    const text = 'range 0.00004321987 of 4, 1e-4, v1.2.34567, x0.123456, 1795284312.345678 s';
    expect(shortNumbers(text)).to.equal('range 0.0000432 of 4, 1e-4, v1.2.34567, x0.123456, 1795284312 s');
  });
});

describe('what a fault says', () => {
  it('is printed without its title if the sentence has the subject', () => {
    expect(detailOf(fault('SAGE_708', 'arm', 'elbow is 0.3 rad off its plan'))).to.equal(
      'elbow is 0.3 rad off its plan',
    );
    expect(whyHeld(fault('SAGE_707', 'metabolism', 'crisis'))).to.equal('crisis');
    expect(whyHeld(fault('SAGE_302', 'urdf', 'line 3'))).to.equal('robot description malformed: line 3');
  });
});
