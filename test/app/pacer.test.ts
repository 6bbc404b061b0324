import { expect } from 'chai';
import { Pacer } from '../../src/app/pacer.js';

describe('app/pacer', () => {
  it('keeps to its schedule and leaves out turns that were missed', async () => {
    const turns: number[] = [];
    await new Promise<void>((resolve) => {
      const pacer = new Pacer(10, ({ lateness_ms }) => {
        turns.push(lateness_ms);
        if (turns.length === 2) {
          const until = performance.now() + 35;
          while (performance.now() < until);
        }
        if (turns.length === 4) {
          pacer.stop();
          resolve();
        }
      });
      pacer.start();
    });
    expect(turns).to.have.length(4);
    for (const lateness of turns) expect(lateness).to.be.at.least(0);
    expect(turns[2]).to.be.at.least(10, 'the turn after the long one begins late, and only once');
  });

  it('lets an error of a turn out to who fired it, and still schedules the next', () => {
    let now_ms = 0;
    let calls = 0;
    const pacer = new Pacer(
      10,
      () => {
        calls += 1;
        throw new Error('bad turn');
      },
      () => now_ms,
    );
    pacer.start();
    now_ms = 100;
    expect(() => (pacer as unknown as { fire(): void }).fire()).to.throw('bad turn');
    expect(calls).to.equal(1);
    pacer.stop();
  });
});
