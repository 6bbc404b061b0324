import { expect } from 'chai';
import * as fc from 'fast-check';
import { seededRandom } from '../../../src/contracts/ports.js';
import { FrameLoss } from '../../../src/ros/camera/frame-loss.js';

/** Counts the frames of a publisher at a fixed rate of which `kept` says which arrive. */
function watch(period_ms: number, kept: readonly boolean[], jitter = (_: number) => 0): FrameLoss {
  const loss = new FrameLoss();
  kept.forEach((arrives, index) => {
    if (arrives) loss.count(1e12 + index * period_ms + jitter(index));
  });
  return loss;
}

describe('FrameLoss', () => {
  it('loses nothing at any steady rate, with jitter of a tenth of the period', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 500 }),
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 60, maxLength: 60 }),
        (period_ms, jitter) => {
          const loss = watch(
            period_ms,
            jitter.map(() => true),
            (index) => (jitter[index] ?? 0) * period_ms * 0.1,
          );
          expect(loss.lost).to.equal(0);
          expect(loss.received).to.equal(60);
        },
      ),
    );
  });

  it('counts what was dropped after the rate is known', () => {
    const kept = Array.from({ length: 200 }, (_, index) => index < 10 || index >= 180 || index % 5 !== 0);
    const dropped = kept.filter((arrives, index) => !arrives && index < kept.lastIndexOf(true)).length;
    expect(watch(33.3, kept).lost).to.equal(dropped);
  });

  it('counts a long run of lost frames', () => {
    const kept = Array.from({ length: 100 }, (_, index) => index < 20 || index >= 50);
    expect(watch(33.3, kept).lost).to.equal(30);
  });

  it('finds the period where half of the frames are lost', () => {
    const random = seededRandom(5);
    const kept = Array.from({ length: 400 }, (_, index) => index < 10 || random.next() < 0.5);
    const sent = kept.lastIndexOf(true) + 1;
    const { lost, received } = watch(33.3, kept);
    expect(lost + received).to.be.within(sent * 0.9, sent * 1.1);
  });

  it('does not take a late frame for a lost one', () => {
    const late = [20, 40, 41, 70];
    const steady = Array.from({ length: 100 }, () => true);
    const loss = watch(33.3, steady, (index) => (late.includes(index) ? 27 : 0));
    expect(loss.lost).to.equal(0);
  });

  it('does not count the frames that a stalled publisher sends in a burst afterwards', () => {
    // Frames 30 to 44 all go out when the publisher wakes up at the time of frame 45, 2 ms apart.
    const steady = Array.from({ length: 100 }, () => true);
    const burst = (index: number) => (index >= 30 && index < 45 ? (45 - index) * (33.3 - 2) - 2 : 0);
    expect(watch(33.3, steady, burst).lost).to.equal(0);
  });

  it('takes a pause of the publisher for a pause, and a new rate for a new rate', () => {
    const loss = new FrameLoss();
    let stamp_ms = 0;
    const run = (frames: number, period_ms: number): void => {
      for (let index = 0; index < frames; index++) {
        stamp_ms += period_ms;
        loss.count(stamp_ms);
      }
    };
    run(50, 10);
    stamp_ms += 60_000;
    run(50, 100);
    expect(loss.period_ms).to.equal(100);
    run(100, 20);
    expect(loss.period_ms).to.equal(20);
    expect(loss.lost).to.equal(0);
  });
});
