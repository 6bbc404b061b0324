import { expect } from 'chai';
import type { BelievedObject } from '../../../src/contracts/goal.js';
import { closingOf } from '../../../src/kernel/goals/closing.js';

const block = (id: string, x: number, y: number, yaw_rad = 0): BelievedObject => ({
  id,
  kind: 'block',
  colour: 'red',
  position_m: [x, y, 0.02],
  yaw_rad,
  size_m: 0.04,
  confidence: 0.9,
  seen_ms: 0,
  first_seen_ms: 0,
});
const target = block('target', 0.3, 0.1);

describe('kernel/goals: how the fingers close', () => {
  it('along the sides of a free-standing block, in either direction', () => {
    expect(closingOf(target, [target, block('far', 0.3, 0.25)])).to.deep.equal({ closing_yaw_rad: 0 });
    expect(closingOf(null, [target])).to.deep.equal({});
  });

  it('past a neighbour that touches it', () => {
    const across = { closing_yaw_rad: Math.PI / 2, closing_one_way: true };
    expect(closingOf(target, [target, block('ahead', 0.341, 0.1)])).to.deep.equal(across);
    const along = { closing_yaw_rad: 0, closing_one_way: true };
    expect(closingOf(target, [target, block('left', 0.3, 0.141)])).to.deep.equal(along);
    const turned = block('turned', 0.3, 0.1, 0.4);
    const beside = block('beside', 0.3 + 0.045 * Math.cos(0.4), 0.1 + 0.045 * Math.sin(0.4));
    expect(closingOf(turned, [turned, beside]).closing_yaw_rad).to.be.closeTo(0.4 + Math.PI / 2, 1e-9);
  });

  it('as it can where neighbours leave no room on any side', () => {
    const around = [block('ahead', 0.341, 0.1), block('left', 0.3, 0.141)];
    expect(closingOf(target, [target, ...around])).to.deep.equal({ closing_yaw_rad: 0 });
  });
});
