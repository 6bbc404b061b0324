import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runDiff } from '../../src/app/commands/diff.js';
import { runReport } from '../../src/app/commands/report.js';
import { runUp } from '../../src/app/commands/up.js';
import { replaySuite } from '../../src/app/replay/suite.js';
import { SageError } from '../../src/contracts/errors.js';
import { BagWriter } from '../../src/replay/bag-writer.js';
import { LineFile } from '../../src/replay/line-file.js';
import { makeFolder } from '../../src/replay/output-folder.js';
import { BagFolder } from '../../src/replay/record/bag-folder.js';

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
      expect((found as SageError).message).to.match(/^SAGE_1027 .*: there is no folder .*slip\. Create it/);
      expect(existsSync(missing)).to.equal(false);
    });
  }

  it('is no file', () => {
    expect(() => new LineFile(join(file, 'run.jsonl'))).to.throw(/SAGE_1027 .*file is no folder/);
  });

  it('is made itself where a command writes into it', () => {
    makeFolder(join(folder, 'made'));
    expect(existsSync(join(folder, 'made'))).to.equal(true);
  });
});
