import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runDiff } from '../../src/app/commands/diff.js';
import { runReplay } from '../../src/app/commands/replay.js';
import { runReport } from '../../src/app/commands/report.js';
import { runUp } from '../../src/app/commands/up.js';
import { replaySuite } from '../../src/app/replay/suite.js';
import { SageError } from '../../src/contracts/errors.js';
import { BagWriter } from '../../src/replay/bag-writer.js';
import { LineFile } from '../../src/replay/line-file.js';
import { makeFolder, requireApart } from '../../src/replay/output-folder.js';
import { BagFolder } from '../../src/replay/record/bag-folder.js';
import { temporaryFolder, texts, writeMcap } from './bags.js';

describe('the folder of an output', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sage-outputs-'));
  const missing = join(folder, 'slip');
  const file = join(folder, 'file');
  writeFileSync(file, '');
  after(() => rmSync(folder, { recursive: true, force: true }));

  const limits = { compression: 'none', file_bytes_max: 1e6, total_bytes_max: 1e6 } as const;
  const suite = { log: join(missing, 'logs') } as Parameters<typeof replaySuite>[1];
  const up = { sim: true, config: [], log: join(missing, 'run.jsonl') } as unknown as Parameters<
    typeof runUp
  >[0];
  const outputs: Readonly<Record<string, () => unknown>> = {
    'a log': () => new LineFile(join(missing, 'run.jsonl')),
    'the log of a live run': () => runUp(up, []),
    'a bag in one file': () => BagWriter.create(join(missing, 'a.mcap')),
    'a recording': () => BagFolder.create(join(missing, 'bag'), limits),
    'a report': () => runReport('nowhere.jsonl', { out: join(missing, 'report.html') }),
    'a report for CI': () => runDiff('a.jsonl', 'b.jsonl', { junit: join(missing, 'junit.xml') }),
    'the logs of a suite': () => replaySuite('test/fixtures/bags', suite, () => {}),
    'a folder of frames': () => makeFolder(join(missing, 'frames')),
  };
  for (const [what, make] of Object.entries(outputs)) {
    it(`is asked for, and not made, for ${what}`, async () => {
      let found: unknown = null;
      try {
        await make();
      } catch (thrown) {
        found = thrown;
      }
      expect(found).to.be.instanceOf(SageError);
      expect((found as SageError).message).to.match(/^SAGE_1027 .*: no folder .*slip\. Create it/);
      expect(existsSync(missing)).to.equal(false);
    });
  }

  it('is no file', () => {
    expect(() => new LineFile(join(file, 'run.jsonl'))).to.throw(/SAGE_1027 .*file is not a folder/);
  });

  it('is made itself where a command writes into it', () => {
    makeFolder(join(folder, 'made'));
    expect(existsSync(join(folder, 'made'))).to.equal(true);
  });
});

describe('an output', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());
  const bag = folder.path('run.mcap');
  const log = folder.path('run.jsonl');
  const header = '{"kind":"header","format":"sage-log","version":2}\n';
  before(async () => {
    await writeMcap(bag, texts(3));
    writeFileSync(log, header);
  });

  async function refusal(work: () => Promise<unknown>): Promise<string> {
    return work().then(
      () => expect.fail('it was written'),
      (thrown: Error) => thrown.message,
    );
  }

  const replay = (options: object): Promise<number> =>
    runReplay(bag, { config: [], set: [], topics: [], exclude: [], remap: [], start: 0, ...options }, []);

  it('is refused where it is a bag, whatever it is called', async () => {
    const link = folder.path('link.jsonl');
    symlinkSync(bag, link);
    const other = folder.path('other');
    copyFileSync(bag, other);
    const before = readFileSync(bag);
    for (const path of [bag, link, other]) {
      expect(await refusal(() => replay({ log: path }))).to.match(/^SAGE_901 .*would be overwritten/);
      expect(await refusal(() => runReport(log, { out: path }))).to.match(/it is a bag, and would be/);
      expect(await refusal(() => runDiff(log, log, { junit: path }))).to.match(/it is a bag, and would be/);
    }
    expect(readFileSync(bag).equals(before)).to.equal(true);
    expect(readFileSync(other).equals(before)).to.equal(true);
  });

  it('is refused where it is a log that is read, or would become something else', async () => {
    expect(await refusal(() => replay({ log, from: log }))).to.include('it is also an input');
    expect(await refusal(() => replay({ log, against: log }))).to.include('it is also an input');
    expect(await refusal(() => runReport(log, { out: log }))).to.include('it is also an input');
    const older = folder.path('older.jsonl');
    writeFileSync(older, header);
    expect(await refusal(() => runReport(log, { out: older }))).to.include('it is the log of a run');
    expect(await refusal(() => runDiff(log, log, { junit: older }))).to.include('it is the log of a run');
    expect(readFileSync(older, 'utf8')).to.equal(header);
  });

  it('of a suite is refused where the logs to compare with are', async () => {
    mkdirSync(folder.path('logs'));
    const suite = { suite: folder.path('.'), log: folder.path('logs'), against: `${folder.path('logs')}/` };
    const run = (): Promise<number> =>
      runReplay(null, { config: [], set: [], topics: [], exclude: [], remap: [], start: 0, ...suite }, []);
    expect(await refusal(run)).to.include('it is also an input');
  });

  it('may take the place of an older log', () => {
    expect(() => requireApart({ option: '--log', path: log, log: true }, [bag])).to.not.throw();
  });
});
