import { expect } from 'chai';
import { toldStatus } from '../../../src/app/replay/play.js';

describe('what a player says of how far it has come', () => {
  it('is the time within the part that is played, the round and whether it is paused', () => {
    const told = (time_ms: number, rounds: number, paused: boolean) =>
      toldStatus({ time_ms, rounds, paused }, 10_000, 27_400);
    expect(told(13_200, 0, false)).to.equal('3.2 of 17.4 s');
    expect(told(9_000, 1, true)).to.equal('0.0 of 17.4 s, round 2, paused');
    expect(told(99_000, 0, false)).to.equal('17.4 of 17.4 s');
  });
});
