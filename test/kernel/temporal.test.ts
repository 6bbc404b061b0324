import { expect } from 'chai';
import fc from 'fast-check';
import type { AnyReading } from '../../src/contracts/observation.js';
import { initialTime, rateOf, tick, toMonotonic } from '../../src/kernel/temporal.js';

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

  it('continues where it stood when the clock jumps back, and counts the jump', () => {
    const back = tick(tick(tick(initialTime, 5000, 50), 5050, 50), 100, 50);
    expect([back.now_ms, back.clock_ms, back.dt_s]).to.deep.equal([5050, 100, 0]);
    expect([back.offset_ms, back.jumps_back, back.jump_ms]).to.deep.equal([4950, 1, 4950]);
    const next = tick(back, 150, 50);
    expect([next.now_ms, next.dt_s, next.jump_ms, next.jumps_back]).to.deep.equal([5100, 0.05, 0, 1]);
    expect(rateOf(next)).to.equal(30);
  });

  it('puts stamps into the mind’s time, those from before the jump by the time from before', () => {
    const back = tick(tick(initialTime, 5000, 50), 100, 50);
    const reading = (stamp_ms: number): AnyReading => {
      const common = { stamp_ms, received_ms: stamp_ms + 5 };
      return { kind: 'battery', source: 'battery', ...common, fraction: 1, charging: false };
    };
    const drained = { readings: [reading(4980), reading(90)], faults: new Map(), dropped: new Map() };
    const { readings } = toMonotonic(drained, back);
    expect(readings.map(({ stamp_ms }) => stamp_ms)).to.deep.equal([4980, 4990]);
    expect(readings.map(({ received_ms }) => received_ms)).to.deep.equal([4985, 4995]);
  });

  it('says the rate at which cycles really came', () => {
    let time = tick(initialTime, 1000, 50);
    expect(rateOf(time)).to.equal(null);
    for (let count = 1; count <= 600; count++) time = tick(time, 1000 + 40 * count, 50);
    expect(rateOf(time)).to.be.closeTo(25, 1e-9);
    const { now_ms } = time;
    for (let count = 1; count <= 260; count++) time = tick(time, now_ms + 50 * count, 50);
    expect(rateOf(time)).to.be.closeTo(20, 1e-9);
  });

  it('keeps time forward, and dt and marks bounded, for any sequence of clock readings', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e15, max: 1e15, noNaN: true }), { maxLength: 300 }),
        (stamps) => {
          let time = initialTime;
          for (const [index, stamp] of stamps.entries()) {
            const before = time;
            time = tick(time, stamp, 50);
            if (index > 0) expect(time.now_ms).to.be.at.least(before.now_ms);
            expect(time.dt_s).to.be.within(0, 0.5);
            expect(time.rate_samples.length).to.be.at.most(32);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
