import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseRecords, runExplain } from '../../src/app/commands/explain.js';
import { explainDecision } from '../../src/app/explain.js';
import { type Decision, decisionSchema } from '../../src/contracts/decision.js';
import { SageError } from '../../src/contracts/errors.js';

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
  budget: { total_atp: 50, allocated_atp: 21, reserve_atp: 10.5, spent_atp: 18.5 },
  energies: { trajectory: 0.0041234 },
  trust: { trajectory: 1.25 },
  action: 'trajectory to approach',
  reason: 'the red block lies in reach',
  rejected: [{ code: 'SAGE_705', where: 'arm', text: 'trajectory rejected: collision' }],
  faults: [],
};

describe('the explanation of a decision', () => {
  it('says in plain words what was attended to, weighed, done and refused', () => {
    expect(decisionSchema.parse(record)).to.deep.equal(record);
    expect(explainDecision(record)).to.equal(
      [
        'Cycle 842 at 42.100 s, in FOCUS with energy 87 of 100.',
        'Goal: "pick up the red block", step approach, 55 % done.',
        'It rests on an image that was 48 ms old.',
        'Attention: camera 0.61 (surprise 0.10, novelty 0.30, arousal 0.20, reward 0.70, conflict 0.05); then joints 0.18.',
        'Refined: trajectory (the goal needs it; value 1.20, energy 0.004, trust 1.25).',
        'Passed over: language (no budget left; value 0.10).',
        'Budget: 50 ATP, of which 18.5 spent, 21 held and 10.5 free.',
        'Action: trajectory to approach.',
        'Why: the red block lies in reach.',
        'Refused: SAGE_705 arm: trajectory rejected: collision.',
      ].join('\n'),
    );
  });

  it('says what attention was shared among, and where in the picture', () => {
    const patch = { source: 'camera', row: 4, column: 9, share: 0.62, surprise: 1, why: 'surprise' as const };
    const attention = { shares: { joints: 0.12, camera: 0.88 }, evidence: [patch] };
    expect(decisionSchema.parse({ ...record, attention })).to.deep.equal({ ...record, attention });
    expect(explainDecision({ ...record, attention }).split('\n')).to.include(
      'Shared: camera 88 %, joints 12 %; in the picture row 4 column 9 (surprise, 62 %).',
    );
  });

  it('leaves out what there was not', () => {
    const bare = {
      ...record,
      goal: null,
      image_stamp_ms: null,
      salience: [],
      considered: [],
      rejected: [],
      reason: '',
    };
    expect(explainDecision(bare).split('\n').slice(1)).to.deep.equal([
      'Goal: none.',
      'Attention: no source had delivered.',
      'Refined: nothing.',
      'Budget: 50 ATP, of which 18.5 spent, 21 held and 10.5 free.',
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
    expect(() => parseRecords('{"cycle": ', 'log')).to.throw(SageError, /log:1: it is not JSON/);
    expect(() => parseRecords('\n', 'log')).to.throw(SageError, /it holds no record/);
  });

  it('names a file that is not there', async () => {
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
});
