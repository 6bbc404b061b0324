import { expect } from 'chai';
import fc from 'fast-check';
import { ClearanceMonitor } from '../../src/robot/clearance-monitor.js';
import { ARM_NAMES, loadContext, postureOf } from './arms.js';

const BOUND_M = -0.01;
const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 7, maxLength: 7 });
/** Noise of encoders, small steps and large ones. */
const step = fc.constantFrom(1e-5, 1e-3, 0.02, 0.3);
const walk = fc.array(fc.tuple(step, shares), { minLength: 1, maxLength: 30 });

describe('ClearanceWatch', () => {
  for (const name of ARM_NAMES) {
    it(`says of ${name} what looking each time says, wherever it goes`, () => {
      const arm = loadContext(name);
      fc.assert(
        fc.property(shares, walk, (from, steps) => {
          const watch = new ClearanceMonitor(arm, BOUND_M);
          const values = [...postureOf(arm.chain, from)];
          for (const [size, ways] of steps) {
            for (const joint of values.keys()) values[joint]! += size * (ways[joint]! - 0.5);
            const clearance_m = arm.collision.clearance(values, 0, 0.02, arm.self_collision);
            const expected = clearance_m < BOUND_M ? clearance_m : null;
            expect(watch.below(values, 0, 0.02)).to.equal(expected);
          }
        }),
        { numRuns: 25 },
      );
    });
  }

  it('looks again at once if the table or the held object has changed', () => {
    const arm = loadContext('six-axis');
    const watch = new ClearanceMonitor(arm, BOUND_M);
    const { home } = arm.chain;
    expect(watch.below(home, 0, 0)).to.equal(null);
    expect(watch.below(home, 2, 0)).to.be.below(-1);
    expect(watch.below(home, 0, 0)).to.equal(null);
  });

  it('does not look again at a resting arm, but does at one with a NaN joint', () => {
    const arm = loadContext('six-axis');
    let looks = 0;
    const counting = {
      ...arm,
      collision: Object.create(arm.collision, {
        clearanceBelow: {
          value: (...args: Parameters<typeof arm.collision.clearanceBelow>) => {
            looks += 1;
            return arm.collision.clearanceBelow(...args);
          },
        },
      }) as typeof arm.collision,
    };
    const watch = new ClearanceMonitor(counting, BOUND_M);
    const { home } = arm.chain;
    for (let cycle = 0; cycle < 20; cycle++)
      watch.below(
        home.map((value) => value + 1e-5 * cycle),
        0,
        0,
      );
    expect(looks).to.equal(1);
    watch.below(
      home.map(() => Number.NaN),
      0,
      0,
    );
    watch.below(home, 0, 0);
    expect(looks).to.equal(3);
  });
});
