import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  durationToSeconds,
  msToStamp,
  StampJudge,
  secondsToDuration,
  stampToMs,
} from '../../src/ros/stamps.js';

describe('stamps', () => {
  it('go to milliseconds and back within a microsecond, with nanoseconds below a second', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 4e12, noNaN: true }), (time_ms) => {
        const { sec, nanosec } = msToStamp(time_ms);
        expect(nanosec).to.be.within(0, 999_999_999);
        expect(stampToMs({ sec, nanosec })).to.be.closeTo(time_ms, 1e-3);
      }),
    );
  });

  it('make durations of seconds and back', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1000, noNaN: true }), (time_s) => {
        const duration = secondsToDuration(time_s);
        expect(duration.nanosec).to.be.within(0, 999_999_999);
        expect(durationToSeconds(duration)).to.be.closeTo(time_s, 1e-9);
      }),
    );
    expect(secondsToDuration(0.9999999999)).to.deep.equal({ sec: 1, nanosec: 0 });
  });
});

describe('StampJudge', () => {
  let now_ms = 1e12;
  const judgeAt = (judge: StampJudge, time_ms: number) => judge.judge(msToStamp(time_ms));
  beforeEach(() => {
    now_ms = 1e12;
  });
  const made = () => new StampJudge({ now_ms: () => now_ms });

  it('takes stamps that advance, old ones too: staleness is for others to judge', () => {
    const judge = made();
    expect(judgeAt(judge, now_ms - 900)).to.deep.equal({ kind: 'good', stamp_ms: now_ms - 900 });
    expect(judgeAt(judge, now_ms - 100)).to.include({ kind: 'good' });
  });

  it('takes a stamp of zero for now', () => {
    expect(made().judge({ sec: 0, nanosec: 0 })).to.deep.equal({ kind: 'good', stamp_ms: now_ms });
  });

  it('does not use one from the future or the far past', () => {
    expect(judgeAt(made(), now_ms + 501)).to.include({ kind: 'jumped', detail: '501 ms ahead of the clock' });
    expect(judgeAt(made(), now_ms - 10_001)).to.include({ kind: 'jumped' });
  });

  it('does not use one that stops or jumps back', () => {
    const judge = made();
    judgeAt(judge, now_ms);
    expect(judgeAt(judge, now_ms)).to.deep.equal({ kind: 'repeated' });
    expect(judgeAt(judge, now_ms - 33)).to.deep.equal({ kind: 'repeated' });
    expect(judgeAt(judge, now_ms + 33)).to.include({ kind: 'good' });
  });

  it('follows a clock that was set back, as a simulation that starts again does', () => {
    const judge = made();
    judgeAt(judge, now_ms);
    now_ms -= 60_000;
    expect(judgeAt(judge, now_ms)).to.include({ kind: 'good' });
  });
});
