import { expect } from 'chai';
import { Pacer } from '../../../src/app/node/pacer.js';

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

  it('waits for the last millisecond without letting anything else begin, and fires on time', () => {
    let now_ms = 0;
    const awake: number[] = [];
    const turns: number[] = [];
    const pacer = new Pacer(
      10,
      ({ lateness_ms }) => turns.push(lateness_ms),
      () => now_ms,
      (duration_ms) => {
        awake.push(duration_ms);
        now_ms += duration_ms;
      },
    );
    const wake = (): void => (pacer as unknown as { wake(): void }).wake();
    pacer.start();
    now_ms = 8;
    wake();
    expect([turns, awake]).to.deep.equal([[], []], 'two milliseconds are left to others');
    now_ms = 9;
    wake();
    expect([turns, awake]).to.deep.equal([[0], [1]]);
    now_ms = 22;
    wake();
    expect([turns, awake]).to.deep.equal([[0, 2], [1]]);
    pacer.stop();
  });

  it('leaves something to others where turns take their whole period', async () => {
    let now_ms = 0;
    let turns = 0;
    let others = 0;
    const pacer = new Pacer(
      10,
      () => {
        turns += 1;
        now_ms += 9.5;
        if (turns === 20) pacer.stop();
      },
      () => now_ms,
      (duration_ms) => {
        now_ms += duration_ms;
      },
    );
    const other = (): void => {
      others += 1;
      if (turns < 20) setImmediate(other);
    };
    setImmediate(other);
    pacer.start();
    now_ms = 9.5;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (turns === 20) resolve();
        else setImmediate(look);
      };
      look();
    });
    expect(others).to.be.at.least(20);
  });
});
