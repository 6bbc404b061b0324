import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { momentOf } from '../../src/app/decision-log.js';
import { gatherReport } from '../../src/app/report/gather.js';
import { SageError } from '../../src/contracts/errors.js';
import { compareLogs } from '../../src/replay/compare/compare-logs.js';
import { openRun } from '../../src/replay/open-run.js';
import { type Made, temporaryFolder, text, texts, writeMcap } from './bags.js';
import { Logs } from './compare/logs.js';

describe('the log in a bag', () => {
  const folder = temporaryFolder();
  const logs = new Logs();
  const log = logs.write(30, { 5: { decision: { action: 'look' } }, 20: { decision: { action: 'go' } } });
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  after(() => {
    folder.remove();
    logs.remove();
  });

  /** A bag with some lines of the log, three at a time, as the node says those of a cycle. */
  async function bagOf(name: string, kept: readonly string[]): Promise<string> {
    const made: Made[] = [];
    for (let at = 0; at < kept.length; at += 3) {
      const data = text(kept.slice(at, at + 3).join('\n'));
      made.push({ topic: '/sage/log', time_ms: 1000 + at, data });
    }
    await writeMcap(folder.path(name), [...made, ...texts(3, 5000)]);
    return folder.path(name);
  }

  const codeOf = async (work: Promise<unknown>): Promise<string> => {
    const thrown = await work.catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(SageError);
    return (thrown as SageError).message;
  };

  it('is compared, shown and explained as the log alone', async () => {
    const bag = await bagOf('whole.mcap', lines);
    expect((await compareLogs(log, bag)).equal).to.equal(true);
    const [shown, alone] = [await gatherReport(bag, false), await gatherReport(log, false)];
    expect(shown.decisions).to.have.length(2);
    expect(shown).to.deep.equal(alone);
    const moment = { kind: 'after', value: 0.5 } as const;
    expect(await momentOf(bag, moment)).to.deep.equal(await momentOf(log, moment));
  });

  it('ends where the recording ended', async () => {
    const bag = await bagOf('short.mcap', lines.slice(0, 31));
    const run = await openRun(bag);
    const cycles: number[] = [];
    for await (const { cycle } of run.entries()) cycles.push(cycle.cycle);
    await run.close();
    expect(cycles.at(-1)).to.be.within(13, 16);
  });

  it('is explained where it begins later than the run, as in a black box, and not compared', async () => {
    const bag = await bagOf('late.mcap', lines.slice(1 + 2 * 18));
    expect((await momentOf(bag, { kind: 'cycle', value: 25 })).decision.action).to.equal('go');
    expect(await codeOf(openRun(bag))).to.match(/^SAGE_1021 .*starts later than the run/);
  });

  it('is asked for in vain in a bag without one', async () => {
    await writeMcap(folder.path('other.mcap'), texts(3));
    expect(await codeOf(openRun(folder.path('other.mcap')))).to.match(
      /^SAGE_1021 .*sage replay BAG --log FILE/,
    );
  });
});
