import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseRecords, runExplain } from '../../src/app/commands/explain.js';
import { decisionsOf, momentOf, parseMoment } from '../../src/app/decision-log.js';
import { explainDecision } from '../../src/app/explain.js';
import { explainMoment } from '../../src/app/explain-moment.js';
import { type Decision, decisionSchema } from '../../src/contracts/decision.js';
import { SageError } from '../../src/contracts/errors.js';
import type { LogCycle } from '../../src/contracts/log.js';

const terms = { surprise: 0.1, novelty: 0.3, arousal: 0.2, reward: 0.7, conflict: 0.05 };
const record: Decision = {
  decision_id: 'd1',
  cycle: 842,
  stamp_ms: 42_100,
  image_stamp_ms: 42_052,
  state: 'FOCUS',
  energy: 87.3,
  goal: { goal_id: 'g1', text: 'pick up the red block', step: 'approach', progress: 0.55 },
  salience: [
    { source: 'joints', ...terms, combined: 0.18 },
    { source: 'camera', ...terms, combined: 0.61 },
  ],
  considered: [
    { plugin: 'trajectory', chosen: true, value: 1.2, reason: 'the goal needs it' },
    { plugin: 'language', chosen: false, value: 0.1, reason: 'no budget left' },
  ],
  budget: {
    total_atp: 50,
    allocated_atp: 21,
    reserve_atp: 10.5,
    spent_atp: 18.5,
    since_atp: 3.25,
    shares: { effector: 0.75, time: 0.25 },
  },
  spent: { trajectory: 2.5 },
  energies: { trajectory: 0.0041234 },
  trust: { trajectory: 1.25 },
  action: 'trajectory to approach',
  reason: 'the red block lies in reach',
  rejected: [{ code: 'SAGE_705', where: 'arm', text: 'trajectory rejected: collision' }],
  faults: [],
};

const CYCLE: LogCycle = {
  kind: 'cycle',
  cycle: 0,
  now_ms: 0,
  source_faults: {},
  dropped: {},
  state: 'WAKE',
  state_reason: '',
  energy: 90,
  salience: [],
  ledger: { total_matp: 1, allocated_matp: 0, reserve_matp: 1, spent_matp: 0 },
  h_energy: 0,
  coherence: 1,
  trust: {},
  goal: null,
  commands: [],
  faults: [],
};

describe('the explanation of a decision', () => {
  it('says what repeats itself, and where in its turn it is', () => {
    const repeats = { period_s: 2.34, phase: [1, 0] };
    const salience = record.salience.map((found) =>
      found.source === 'camera' ? { ...found, repeats } : found,
    );
    const told = explainDecision(decisionSchema.parse({ ...record, salience }));
    expect(told).to.include('Periodic: camera every 2.3 s, now at 25 % of its period.');
    expect(explainDecision(record)).to.not.include('Repeats');
  });

  it('says in plain words what was attended to, weighed, done and refused', () => {
    expect(decisionSchema.parse(record)).to.deep.equal(record);
    expect(explainDecision(record)).to.equal(
      [
        'Cycle 842 at 42.100 s, in FOCUS with energy 87 of 100.',
        'Goal: "pick up the red block", step approach, 55 % done.',
        'It is based on an image that was 48 ms old.',
        'Attention: camera 0.61 (surprise 0.10, novelty 0.30, arousal 0.20, reward 0.70, conflict 0.05); then joints 0.18.',
        'Refined: trajectory (the goal needs it; value 1.20, energy 0.00412, trust 1.25, spent 2.5 ATP).',
        'Not chosen: language (no budget left; value 0.10).',
        'Budget: 50 ATP, of which 18.5 spent (3.25 since the record before), 21 held and 10.5 free; shares: effector 75 %, kept in reserve 25 %.',
        'Action: trajectory to approach.',
        'Why: the red block lies in reach.',
        'Refused: SAGE_705 arm: trajectory rejected: collision.',
      ].join('\n'),
    );
  });

  it('puts what runs before all else in words, and times since the epoch as such', () => {
    const considered = [{ plugin: 'vision', chosen: true, value: 1000.31, reason: 'crisis: look first' }];
    const reason = 'range 0.00004321987 < 0.0001';
    const calm = [{ plugin: 'trajectory', chosen: true, value: 1, reason: 'goal need 0.10, trust 1.25' }];
    expect(explainDecision({ ...record, considered: calm, energies: { trajectory: 1.2e-8 } })).to.include(
      'trajectory (goal need 0.10, trust 1.25; value 1.00, energy 0, spent 2.5 ATP).',
    );
    const told = explainDecision({ ...record, considered, reason, stamp_ms: 1_795_284_312_345 });
    expect(told).to.match(/^Cycle 842 at \d\d:\d\d:\d\d UTC \(1795284312\.345 s\), in FOCUS/);
    expect(told).to.include('vision (crisis: look first; top priority).');
    expect(told).to.include('Why: range 0.0000432 < 0.0001.');
    expect(told).to.not.include('1000.31');
  });

  it('says what attention was shared among, and where in the picture', () => {
    const patch = { source: 'camera', row: 4, column: 9, share: 0.62, surprise: 1, why: 'surprise' as const };
    const attention = { shares: { joints: 0.12, camera: 0.88 }, evidence: [patch] };
    expect(decisionSchema.parse({ ...record, attention })).to.deep.equal({ ...record, attention });
    expect(explainDecision({ ...record, attention }).split('\n')).to.include(
      'Shared: camera 88 %, joints 12 %; in the image row 4 column 9 (surprise, 62 %).',
    );
  });

  it('drops what there was not', () => {
    const bare = {
      ...record,
      goal: null,
      image_stamp_ms: null,
      salience: [],
      considered: [],
      rejected: [],
      budget: { ...record.budget, since_atp: 0, shares: {} },
      reason: '',
    };
    expect(explainDecision(bare).split('\n').slice(1)).to.deep.equal([
      'Goal: none.',
      'Attention: no data from any source yet.',
      'Refined: nothing.',
      'Budget: 50 ATP, of which 18.5 spent (0 since the record before), 21 held and 10.5 free.',
      'Action: trajectory to approach.',
    ]);
  });
});

describe('sage explain', () => {
  const line = JSON.stringify(record);

  it('reads one record over many lines, one per line, quoted, and as ros2 topic echo ends them', () => {
    expect(parseRecords(JSON.stringify(record, null, 2), 'x')).to.deep.equal([record]);
    expect(parseRecords(`${line}\n---\n${line}\n---\n`, 'x')).to.deep.equal([record, record]);
    expect(parseRecords(JSON.stringify(line), 'x')).to.deep.equal([record]);
  });

  it('names the line that is no record, and the field that is wrong', () => {
    const wrong = JSON.stringify({ ...record, energy: 'much' });
    expect(() => parseRecords(`${line}\n${wrong}\n`, 'log')).to.throw(
      SageError,
      /^SAGE_904 .*log:2: .*energy/,
    );
    expect(() => parseRecords('{"x": 1}', 'f')).to.throw(
      SageError,
      /expected string.* at decision_id, and \d+ more/,
    );
    const header = JSON.stringify({ format: 'sage-log', version: 1 });
    expect(() => parseRecords(`${header}\n{}\n`, 'f')).to.throw(SageError, /run log; pass it with --log/);
    expect(() => parseRecords('{"cycle": ', 'log')).to.throw(SageError, /log:1: it is not JSON/);
    expect(() => parseRecords('\n', 'log')).to.throw(SageError, /it contains no records/);
  });

  it('names a missing file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sage-explain-'));
    try {
      const path = join(folder, 'records.jsonl');
      await runExplain(path, { json: true }).then(
        () => expect.fail('accepted'),
        (error: SageError) => expect(error.code).to.equal('SAGE_902'),
      );
      writeFileSync(path, '[]');
      await runExplain(path, { json: true }).then(
        () => expect.fail('accepted'),
        (error: SageError) => expect(error.code).to.equal('SAGE_904'),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('still reads a record of before it said what was spent since, and on which shares', () => {
    const { spent: _spent, budget, ...rest } = record;
    const { since_atp: _since, shares: _shares, ...older } = budget;
    expect(decisionSchema.parse({ ...rest, budget: older })).to.deep.equal({
      ...record,
      spent: {},
      budget: { ...budget, since_atp: 0, shares: {} },
    });
  });
});

describe('sage explain --log', () => {
  const at = (cycle: number, stamp_ms: number): Decision => ({ ...record, cycle, stamp_ms });
  const decided = (cycle: number, stamp_ms: number): string =>
    JSON.stringify({ kind: 'decision', cycle, decision: at(cycle, stamp_ms) });
  const passed = (cycle: number, now_ms: number): string =>
    JSON.stringify({ ...CYCLE, cycle, now_ms } satisfies LogCycle);
  let folder: string;
  let log: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sage-log-'));
    log = join(folder, 'run.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const written = (...lines: string[]): void => writeFileSync(log, lines.join('\n'));
  const found = async (time: string): Promise<number> =>
    (await momentOf(log, parseMoment(time))).decision.cycle;
  const codeOf = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'none',
      (error: SageError) => `${error.code} ${error.where.replace(log, 'LOG')}: ${error.detail}`,
    );

  it('finds the decision that held at a moment: on the clock, after the start, by time of day, by cycle', async () => {
    const cycles = [
      passed(1, 8000),
      passed(5, 10_000),
      decided(5, 10_000),
      passed(9, 12_500),
      decided(9, 12_500),
    ];
    written('{"kind":"header"}', ...cycles, passed(20, 20_000), decided(20, 20_000), '');
    expect(await found('10')).to.equal(5);
    expect(await found('12.499')).to.equal(5);
    expect(await found('12.5')).to.equal(9);
    expect(await found('+4.5')).to.equal(9);
    expect(await found('+4.49')).to.equal(5);
    expect(await found('00:00:15')).to.equal(9);
    expect(await found('999999')).to.equal(20);
    expect((await momentOf(log, { kind: 'cycle', value: 19 })).decision.cycle).to.equal(9);
    const first = /^SAGE_901 --at: .*: its first decision is at \+2\.000 s \(10\.000 s\)/;
    expect(await codeOf(found('9.9'))).to.match(first);
    expect(await codeOf(found('3.5'))).to.match(/\+3\.5 is after its start/);
    expect(await found('+4.5 s')).to.equal(9);
    expect(await found('00:00:15 UTC')).to.equal(9);
    expect(await codeOf(found('+1'))).to.match(first);
  });

  it('says how things stood at the moment, since when they had been decided so, and until when', async () => {
    const [source] = record.salience;
    const salience = [{ ...source!, combined: 0.99, age_ms: 0, stale: true }];
    const later = JSON.stringify({ ...CYCLE, cycle: 7, now_ms: 11_000, state: 'REST', energy: 25, salience });
    written(passed(5, 10_000), decided(5, 10_000), later, passed(9, 12_500), decided(9, 12_500), '');
    const told = async (time: string): Promise<string> =>
      explainMoment(await momentOf(log, parseMoment(time)));
    const text = await told('+1.2');
    expect(text).to.match(/^At \+1\.20 s, cycle 7: REST with energy 25 of 100, no goal\./);
    expect(text).to.include(`${source!.source} ${source!.combined.toFixed(2)} → 0.99 (stale)`);
    expect(text).to.include(
      'The decision made 1.20 s earlier was still in force; the next one came at +2.50 s:',
    );
    expect(text).to.include(explainDecision({ ...record, cycle: 5, stamp_ms: 10_000 }));
    expect(await told('+0')).to.include('The decision of this cycle; the next one came at +2.50 s:');
    expect(await told('+9')).to.match(/^The log ends at \+2\.50 s, before \+9\.00 s, cycle 9: /);
  });

  it('includes the models, parameters and states changed up to then, and no later ones', async () => {
    const swap = {
      kind: 'model',
      cycle: 7,
      event: 'swap',
      model: 'coarse',
      replaced: 'fine',
      version: '1.1.0',
      sha256: { 'refine.fp16': 'e7fb2f2f0b5a' },
      reason: 'complexity 0.20',
      fault: null,
    };
    const set = { kind: 'parameter', cycle: 9, path: 'plan.explore', value: 0.5 };
    const state = { kind: 'lifecycle', cycle: 7, state: 'inactive' };
    const changes = [JSON.stringify(swap), JSON.stringify(state)];
    const start = [passed(5, 10_000), decided(5, 10_000)];
    written(
      ...start,
      ...changes,
      passed(7, 11_000),
      JSON.stringify(set),
      passed(9, 12_500),
      decided(9, 12_500),
      '',
    );
    const told = async (time: string): Promise<string> =>
      explainMoment(await momentOf(log, parseMoment(time)));
    expect(await told('+0.5')).to.not.include('Since the start');
    const then = await told('+1.2');
    expect(then).to.include(
      'Since the start: model coarse 1.1.0 (e7fb2f2f) replaced fine: complexity 0.20; the node became inactive.',
    );
    expect(then).to.not.include('plan.explore');
    expect(await told('+3')).to.include('plan.explore was set to 0.5');
  });

  it('takes the log where a record is named, and a moment by its cycle', async () => {
    written('{"kind":"header","format":"sage-log","version":2}', passed(5, 10_000), decided(5, 10_000), '');
    expect(await runExplain(log, { at: '+1', json: true })).to.equal(0);
    expect(await runExplain(log, { cycle: 6, json: true })).to.equal(0);
    expect(await codeOf(runExplain(log, { cycle: 4 }))).to.match(/^SAGE_901 --cycle/);
    expect(await codeOf(runExplain(log, { cycle: 4, at: '3' }))).to.match(/^SAGE_901/);
    writeFileSync(log, JSON.stringify(record));
    expect(await codeOf(runExplain(log, { at: '+1' }))).to.match(/^SAGE_901 --at: .* is not a run log/);
  });

  it('reads all of a log, and a log that a crash truncated in the middle of its last line', async () => {
    written(decided(1, 1000), decided(2, 2000), decided(3, 3000).slice(0, 200));
    const cycles: number[] = [];
    for await (const { cycle } of decisionsOf(log)) cycles.push(cycle);
    expect(cycles).to.deep.equal([1, 2]);
  });

  it('names a line that is not a decision, a log without any, an invalid time, and a missing file', async () => {
    written(decided(1, 1000), '{"kind":', decided(2, 2000));
    expect(await codeOf(found('5'))).to.equal('SAGE_904 LOG:2: it is not JSON');
    written(decided(1, 1000), JSON.stringify({ kind: 'decision', cycle: 2, decision: { cycle: 2 } }));
    expect(await codeOf(found('5'))).to.match(/^SAGE_904 LOG:2: .*decision_id/);
    written(passed(3, 1));
    expect(await codeOf(found('5'))).to.equal('SAGE_904 LOG: it contains no decisions');
    expect(await codeOf(runExplain(undefined, { log: join(folder, 'none') }))).to.match(/^SAGE_902/);
    written('{"kind":"header","format":"sage-log","version":99}', passed(1, 1000), decided(1, 1000));
    expect(await codeOf(found('1'))).to.match(/^SAGE_1021 .*version 99; supported: 1 and 2/);
    written(passed(2, 2000), decided(2, 2000), passed(1, 1000), decided(1, 1000));
    expect(await codeOf(found('5'))).to.match(/^SAGE_1022 .*cycle 1 follows behind cycle 2/);
    for (const time of ['noon', '-3', '', '1:30', '++1'])
      expect(() => parseMoment(time), time).to.throw(SageError, 'SAGE_901');
    expect(await codeOf(runExplain(undefined, { at: '3' }))).to.match(/^SAGE_901/);
    expect(await codeOf(runExplain('x', { log }))).to.match(/^SAGE_901/);
    expect(await codeOf(runExplain(join(folder, 'none'), { at: '+3' }))).to.match(/^SAGE_902/);
  });
});
