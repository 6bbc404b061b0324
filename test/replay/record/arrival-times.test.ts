import { expect } from 'chai';
import * as fc from 'fast-check';
import { ArrivalTimes } from '../../../src/replay/record/arrival-times.js';

/** A message as it goes over the wire whose header has this stamp; 0 = left empty. */
function stamped(stamp_ms: number): Uint8Array {
  const data = Buffer.alloc(16);
  data.writeUInt8(1, 1);
  data.writeInt32LE(Math.floor(stamp_ms / 1000), 4);
  data.writeUInt32LE(Math.round((stamp_ms % 1000) * 1e6), 8);
  return data;
}

describe('when messages came that waited until they were taken', () => {
  it('is measured to the jitter of transport, not to the rate of processing', () => {
    const way = fc.record({
      period_ms: fc.integer({ min: 3, max: 60 }),
      delay_ms: fc.integer({ min: 1, max: 200 }),
      // Of a robot whose clock is off, too.
      off_ms: fc.constantFrom(0, -3_600_000, 250),
      jitters_ms: fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 300, maxLength: 300 }),
    });
    fc.assert(
      fc.property(way, ({ period_ms, delay_ms, off_ms, jitters_ms }) => {
        const times = new ArrivalTimes();
        const came = jitters_ms.map((jitter_ms, n) => 1e7 + n * period_ms + delay_ms + jitter_ms);
        let next = 0;
        let from_ms = 1e7;
        // A pace that has nothing to do with the period.
        for (let until_ms = from_ms; next < came.length; until_ms += 19.7) {
          const taken: number[] = [];
          while (next < came.length && came[next]! <= until_ms) taken.push(next++);
          const messages = taken.map((n) => stamped(1e7 + n * period_ms + off_ms));
          const told = times.of(messages, from_ms, until_ms);
          for (const [index, n] of taken.entries()) {
            expect(told[index]).to.be.within(from_ms, until_ms);
            if (n > 200) expect(Math.abs(told[index]! - came[n]!)).to.be.below(period_ms > 20 ? 20 : 6);
          }
          from_ms = until_ms;
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is when they were taken, where they have no stamp', () => {
    const times = new ArrivalTimes();
    expect(times.of([stamped(0), stamped(0)], 1000, 1020)).to.deep.equal([1020, 1020]);
  });

  it('falls between two looks, in order, whatever their stamps', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 0, max: 2e9 }), { maxLength: 5 }), { maxLength: 50 }),
        fc.array(fc.integer({ min: -20, max: 5000 }), { minLength: 50, maxLength: 50 }),
        (turns, steps_ms) => {
          const times = new ArrivalTimes();
          let from_ms = 1e6;
          for (const [n, stamps_ms] of turns.entries()) {
            const until_ms = from_ms + steps_ms[n]!;
            const told = times.of(stamps_ms.map(stamped), from_ms, until_ms);
            expect(told).to.deep.equal([...told].sort((a, b) => a - b));
            // Where the clock was set back, there is only now.
            for (const at_ms of told) expect(at_ms).to.be.within(Math.min(from_ms, until_ms), until_ms);
            from_ms = until_ms;
          }
        },
      ),
    );
  });

  it('follows a way that has become longer, within seconds', () => {
    const times = new ArrivalTimes();
    const told = (delay_ms: number, n: number) => {
      const sent_ms = 1e7 + n * 50;
      return times.of([stamped(sent_ms)], sent_ms + delay_ms - 40, sent_ms + delay_ms)[0]! - sent_ms;
    };
    for (let n = 0; n < 200; n++) expect(told(5, n)).to.be.closeTo(5, 0.01);
    // Not earlier than the queue was empty before.
    expect(told(70, 200)).to.be.closeTo(30, 0.01);
    for (let n = 201; n < 500; n++) told(70, n);
    expect(told(70, 500)).to.be.closeTo(70, 0.01);
  });
});
