import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { replayAgainst, suiteAgainst } from '../../src/app/commands/replay-against.js';
import type { ReplayRequest } from '../../src/app/replay/material.js';
import { replayOffline } from '../../src/app/replay/session.js';
import { packageRoot } from '../../src/app/root.js';

const bags = join(packageRoot, 'test', 'fixtures', 'bags');
const bag = join(bags, 'tabletop.mcap');

/** What a command prints for people. */
async function saidBy(command: () => Promise<unknown>): Promise<string> {
  const { write } = process.stdout;
  let said = '';
  process.stdout.write = ((text: string) => {
    said += text;
    return true;
  }) as typeof write;
  try {
    await command();
  } finally {
    process.stdout.write = write;
  }
  return said;
}

describe('a replay against the log of before', function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), 'sage-against-'));
  const before_log = join(folder, 'tabletop.jsonl');
  after(() => rmSync(folder, { recursive: true, force: true }));

  const request = (set: readonly string[] = []): ReplayRequest => ({
    bag,
    log: null,
    from: null,
    costs: 'declared',
    config: [],
    set,
    remap: new Map(),
    topics: [],
    start_s: 0,
    duration_s: 3,
    best_effort: false,
  });

  before(async () => {
    await replayOffline({ ...request(), log: before_log });
  });

  it('passes where the same comes out', async () => {
    expect(await replayAgainst(request(), { against: before_log })).to.equal(0);
  });

  it('fails where a parameter makes a difference', async () => {
    const set = ['metabolism.crisis_surprise=0.999'];
    expect(await replayAgainst(request(set), { against: before_log })).to.equal(1);
  });

  it('reports with the comparison where the replay left the log that it followed', async () => {
    const set = ['attention.enabled=false'];
    const followed = { ...request(set), from: before_log, costs: 'recorded' } as const;
    const said = await saidBy(() => replayAgainst(followed, { against: before_log }));
    expect(said)
      .to.match(/SAGE_1024 cycle \d+: .*it requested .* then, and .* now/)
      .and.not.include('{"kind"');
  });

  it('makes a regression suite of a folder, with a report for CI', async () => {
    const junit = join(folder, 'report.xml');
    expect(await suiteAgainst(bags, request(), { against: folder, junit })).to.equal(0);
    expect(readFileSync(junit, 'utf8')).to.include('tests="1" failures="0" errors="0" skipped="0"');
    expect(await suiteAgainst(bags, request(), { against: join(folder, 'empty'), junit })).to.equal(1);
    expect(readFileSync(junit, 'utf8')).to.include('SAGE_902').and.include('no log of this bag yet');
  });

  it('tells CI in one line where they diverge, and names no deleted file', async () => {
    const junit = join(folder, 'parted.xml');
    const set = ['metabolism.crisis_surprise=0.999'];
    expect(await suiteAgainst(bags, request(set), { against: folder, junit })).to.equal(1);
    const report = readFileSync(junit, 'utf8');
    expect(report).to.match(/<failure message="they diverge in cycle \d+, \d+\.\d\d s after the start: /);
    expect(report).to.include(`B: this replay of ${bag} `).and.not.include('sage-replay-');
  });

  it('fails where the bag of a log is gone', async () => {
    const logs = join(folder, 'more');
    mkdirSync(logs);
    copyFileSync(before_log, join(logs, 'tabletop.jsonl'));
    copyFileSync(before_log, join(logs, 'lost.jsonl'));
    const junit = join(folder, 'lost.xml');
    expect(await suiteAgainst(bags, request(), { against: logs, junit })).to.equal(1);
    expect(readFileSync(junit, 'utf8')).to.include('tests="2" failures="1"').and.include('name="lost"');
  });

  it('distinguishes a bag that cannot be replayed from one with other decisions', async () => {
    const suite = join(folder, 'suite');
    mkdirSync(suite);
    writeFileSync(join(suite, 'cut.mcap'), readFileSync(bag).subarray(0, 1000));
    const said = await saidBy(() => suiteAgainst(suite, request(), { against: join(folder, 'none') }));
    expect(said).to.include('cut: cannot be replayed\n  SAGE_1002');
  });
});
