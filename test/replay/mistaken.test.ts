import { mkdirSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { runExplain } from '../../src/app/commands/explain.js';
import { SageError } from '../../src/contracts/errors.js';
import { openLog } from '../../src/replay/log-reader.js';
import { openBag } from '../../src/replay/open-bag.js';
import { temporaryFolder, texts, writeMcap } from './bags.js';

describe('a bag where a log is asked for, and the other way round', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());
  const said = async (work: () => Promise<unknown>): Promise<string> => {
    try {
      await work();
      return 'nothing';
    } catch (thrown) {
      expect(thrown).to.be.instanceOf(SageError);
      return (thrown as SageError).message;
    }
  };

  it('says which is which, and what to do', async () => {
    mkdirSync(folder.path('my_bag'));
    await writeMcap(folder.path('bag.mcap'), texts(3));
    for (const bag of ['my_bag', 'bag.mcap']) {
      expect(await said(() => openLog(folder.path(bag))), bag).to.match(
        /^SAGE_1021 .*it is a bag.*sage replay BAG/,
      );
    }
    const log = folder.path('bag.mcap');
    for (const options of [{ log }, { log, at: '+1' }])
      expect(await said(() => runExplain(undefined, options))).to.match(
        /^SAGE_1021 .*this bag contains no log/,
      );
    expect(await said(() => runExplain(log, {}))).to.match(/^SAGE_1021 .*sage replay BAG/);
    expect(await said(() => runExplain(folder.path('my_bag'), {}))).to.match(/^SAGE_1001 .*my_bag/);
    writeFileSync(folder.path('run.jsonl'), '{"kind":"header","format":"sage-log","version":1}\n');
    expect(await said(() => openBag(folder.path('run.jsonl')))).to.match(
      /^SAGE_1001 .*sage replay --from LOG/,
    );
  });
});
