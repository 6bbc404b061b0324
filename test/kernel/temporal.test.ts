import { expect } from 'chai';
import fc from 'fast-check';
import { initialTime, PHASE_PERIODS_S, tick } from '../../src/kernel/temporal.js';

describe('kernel/temporal', () => {
  it('counts cycles and measures the time between them', () => {
    const first = tick(initialTime, 1000, 50);
    const second = tick(first, 1050, 50);
    expect([first.cycle, first.dt_s, second.cycle, second.dt_s]).to.deep.equal([1, 0, 2, 0.05]);
    expect(second.overruns).to.equal(0);
  });

  it('counts an overrun when a whole period was missed', () => {
    const late = tick(tick(initialTime, 1000, 50), 1101, 50);
    expect(late.overruns).to.equal(1);
  });

  it('starts a new stretch of time when the clock jumps back', () => {
    const back = tick(tick(tick(initialTime, 5000, 50), 5050, 50), 100, 50);
    expect(back.dt_s).to.equal(0);
    expect(back.jumps_back).to.equal(1);
    expect(back.history).to.deep.equal([100]);
    expect(tick(back, 150, 50).dt_s).to.equal(0.05);
  });

  it('keeps dt, phase and history bounded for any sequence of clock readings', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e15, max: 1e15, noNaN: true }), { maxLength: 300 }),
        (stamps) => {
          let time = initialTime;
          for (const stamp of stamps) {
            time = tick(time, stamp, 50);
            expect(time.dt_s).to.be.within(0, 0.5);
            expect(time.phase).to.have.length(2 * PHASE_PERIODS_S.length);
            for (const value of time.phase) expect(value).to.be.within(-1, 1);
            expect(time.history.length).to.be.at.most(256);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
