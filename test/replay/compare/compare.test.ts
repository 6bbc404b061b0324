import { expect } from 'chai';
import * as fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { compareLogs } from '../../../src/replay/compare/compare-logs.js';
import { firstDifference } from '../../../src/replay/compare/difference.js';
import { junitReport } from '../../../src/replay/compare/junit.js';
import { tellComparison } from '../../../src/replay/compare/tell.js';
import { type Change, Logs } from './logs.js';

describe('the first difference of two values', () => {
  it('is none between a value and its copy, and names the place of what was changed', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.string({ minLength: 1 }), { maxLength: 4 }), (value, path) => {
        const wrapped = (leaf: unknown): unknown =>
          path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), { leaf, rest: value });
        expect(firstDifference(wrapped(1), structuredClone(wrapped(1)), 0)).to.equal(null);
        const found = firstDifference(wrapped(1), wrapped(2), 0);
        expect(found).to.deep.equal({ path: [...path, 'leaf'].join('.'), a: 1, b: 2 });
      }),
    );
  });

  it('lets numbers differ by the tolerance, absolute or relative', () => {
    expect(firstDifference(1000, 1000.5, 1e-3)).to.equal(null);
    expect(firstDifference(0, 0.0005, 1e-3)).to.equal(null);
    expect(firstDifference(0, 0.002, 1e-3)).to.not.equal(null);
    expect(firstDifference({ a: [1, 2] }, { a: [1] }, 1)).to.deep.equal({ path: 'a.1', a: 2, b: undefined });
    expect(firstDifference([], {}, 1)).to.not.equal(null);
  });
});

describe('the comparison of two logs', () => {
  const logs = new Logs();
  after(() => logs.remove());

  it('says that equal logs are equal', async () => {
    const comparison = await compareLogs(logs.write(20), logs.write(20));
    expect(comparison).to.include({ equal: true, same_outcome: true, divergence: null });
    expect(tellComparison(comparison)).to.match(/^identical: 20 cycles/);
  });

  it('finds the cycle in which they part, and the input that led there', async () => {
    const surprised = {
      source: 'camera',
      surprise: 0.9,
      novelty: 0.2,
      arousal: 0.3,
      reward: 0.4,
      conflict: 0.5,
    };
    const salience = [{ ...surprised, combined: 0.6, age_ms: 0, stale: false }];
    const b = logs.write(20, {
      7: { input: { digest: 'other' } },
      9: { cycle: { state: 'CRISIS', salience } },
      10: { cycle: { state: 'CRISIS' } },
    });
    const comparison = await compareLogs(logs.write(20), b);
    const { divergence, leads, areas } = comparison;
    expect(comparison).to.include({ equal: false, same_outcome: false });
    expect(divergence).to.include({ cycle: 9, time_s: 0.4 });
    expect(divergence?.effects.map(({ area, path }) => [area, path])).to.deep.equal([
      ['salience', 'camera.surprise'],
      ['state', 'state'],
    ]);
    expect(leads).to.deep.equal([
      { kind: 'inputs', cycle: 7, difference: { path: 'camera.digest', a: 'd7', b: 'other' } },
    ]);
    expect(areas.find(({ area }) => area === 'state')).to.include({ cycles: 2, first_cycle: 9 });
    const told = tellComparison(comparison);
    expect(told).to.include('they diverge in cycle 9, 0.40 s after the start');
    expect(told).to.include('cycle 7, inputs: camera.digest: d7 in A, other in B');
  });

  it('prints as many digits as needed to distinguish numbers', async () => {
    const b = logs.write(3, { 2: { cycle: { h_energy: 0.5, energy: 98.00012345 } } });
    expect(tellComparison(await compareLogs(logs.write(3), b))).to.include('energy: 98 in A, 98.0001 in B');
  });

  it('names parameters, models and the seed that differ from the start', async () => {
    const parameters = { metabolism: { crisis_surprise: 0.9 }, robot: { joints: ['a'] } };
    const models = [{ id: 'vision', version: '1', sha256: { refine: 'bb' } }];
    const b = logs.write(5, { 3: { cycle: { energy: 1 } } }, { parameters, models, seed: 2 });
    const { leads } = await compareLogs(logs.write(5), b);
    expect(leads.map(({ kind, difference }) => [kind, difference.path])).to.deep.equal([
      ['header', 'seed'],
      ['header', 'metabolism.crisis_surprise'],
      ['header', 'model vision.sha256.refine'],
    ]);
  });

  it('names the model that was exchanged with version, hash and reason, and a node that was not active', async () => {
    const model = {
      event: 'swap',
      model: 'coarse',
      replaced: 'vision',
      version: '2',
      sha256: { 'refine.fp16': 'e7fb2f2f0b5a' },
      reason: 'asked for',
      fault: null,
    } as const;
    const b = logs.write(6, { 2: { lifecycle: 'inactive' }, 3: { model }, 5: { cycle: { energy: 1 } } });
    const comparison = await compareLogs(logs.write(6), b);
    expect(comparison.leads.map(({ kind, cycle }) => [kind, cycle])).to.deep.equal([
      ['lifecycle', 2],
      ['models', 3],
    ]);
    const told = tellComparison(comparison);
    expect(told).to.include('model coarse 2 (e7fb2f2f) replaced vision: asked for in B');
    expect(told).to.include('cycle 2, lifecycle of the node');
  });

  it('names a topic that only one of two replays had, and what its source then lacks in a few words', async () => {
    const camera = { name: 'camera/image_raw', topic: '/cam', type: 'sensor_msgs/msg/Image' };
    const hash = 'ab'.repeat(32);
    const models = (sha: string) => [{ id: 'vision', version: '1', sha256: { refine: sha } }];
    const [with_camera, without] = [
      logs.write(3, {}, { topics: [camera], models: models(hash) }),
      logs.write(3, { 2: { cycle: { salience: [] } } }, { models: models(hash.replaceAll('a', 'c')) }),
    ];
    const told = tellComparison(await compareLogs(with_camera, without));
    expect(told).to.include('from the start: topic for camera/image_raw: /cam in A, nothing in B');
    expect(told).to.include('salience: camera: 0.300 in all in A, nothing in B');
    expect(told).to.include('ababababab in A, cbcbcbcbcb in B');
    const live = logs.write(3, {}, { source: 'live', topics: [camera], models: models(hash) });
    expect((await compareLogs(with_camera, live)).leads).to.deep.equal([]);
    const other = logs.write(3, {}, { source: 'live', topics: [], models: models(hash) });
    expect((await compareLogs(with_camera, other)).leads).to.deep.equal([]);
  });

  it('says when two logs come from different builds, and counts that as no difference', async () => {
    const build = (code: string) => ({ build: { commit: 'c'.repeat(40), code } });
    const [a, b] = [logs.write(3, {}, build('aaaa')), logs.write(3, {}, build('bbbb'))];
    const comparison = await compareLogs(a, b);
    expect(comparison.equal).to.equal(true);
    expect(tellComparison(comparison)).to.include(
      'they come from different builds: commit cccccccccc, code aaaa',
    );
    expect(tellComparison(await compareLogs(a, logs.write(3, {}, build('aaaa'))))).to.not.include('builds');
    expect(tellComparison(await compareLogs(a, logs.write(3)))).to.include('one that its log does not name');
  });

  it('names parameters that only one of two versions has in one line, after those that differ', async () => {
    const parameters = { metabolism: { crisis_surprise: 0.9, fresh: 1, newer: 2 }, robot: { joints: ['a'] } };
    const { leads } = await compareLogs(logs.write(2), logs.write(2, {}, { parameters }));
    expect(leads.map(({ difference }) => [difference.path, difference.a, difference.b])).to.deep.equal([
      ['metabolism.crisis_surprise', 0.8, 0.9],
      ['parameters that the other does not have', '', 'metabolism.fresh, metabolism.newer'],
    ]);
  });

  it('names the one missing reading of several, and describes log entries in words', async () => {
    const joints = (dropped: number): Change => ({
      inputs: [1.01, 1.02, 1.03, 1.04]
        .filter((_, index) => index !== dropped)
        .map((stamp_s) => ({
          source: 'joints',
          type: 'joints',
          stamp_ms: 1000 * stamp_s,
          digest: `j${stamp_s}`,
        })),
    });
    const gone: Change = { ...joints(1), cycle: { energy: 1 } };
    const seen: Change = { ...joints(9), decision: { action: 'approach', reason: 'it is seen' } };
    const told = tellComparison(await compareLogs(logs.write(3, { 2: seen }), logs.write(3, { 2: gone })));
    expect(told).to.include('inputs: joints at 1.020 s: a reading stamped 1.020 s in A, nothing in B');
    expect(told).to.include('decision records: "approach" (it is seen) in A, nothing in B');
    const other: Change = {
      ...joints(9),
      decision: { action: 'hold', reason: 'it is gone', image_stamp_ms: 5 },
    };
    const acted = tellComparison(await compareLogs(logs.write(3, { 2: seen }), logs.write(3, { 2: other })));
    expect(acted).to.include('decision records: action: approach in A, hold in B');
  });

  it('says how far they come apart, and how each went', async () => {
    const goal = { goal_id: 'g', text: 'go home', step: '', progress: 1, code: null, reason: '' };
    const changes: Record<number, Change> = {
      3: { cycle: { trust: { vision: 1.25 } } },
      4: { cycle: { trust: { vision: 0.5 }, state: 'REST' }, goals: [{ ...goal, status: 'satisfied' }] },
    };
    const comparison = await compareLogs(logs.write(5), logs.write(5, changes));
    const largest = { path: 'vision', a: 1, b: 0.5, cycle: 4 };
    expect(comparison.areas.find(({ area }) => area === 'trust')?.largest).to.deep.equal(largest);
    expect(comparison.outcome_b.states_s.REST).to.be.closeTo(0.05, 1e-9);
    const told = tellComparison(comparison);
    expect(told).to.include('trust: in 2 cycles, first in 3 (0.10 s), most in 4: vision: 1 in A, 0.5 in B');
    expect(told).to.include('states: WAKE 0.2 s in A, WAKE 0.2 s, REST 0.1 s in B');
    expect(told).to.include('goals: none in A, "go home" satisfied at 0.15 s in B');
    expect(told).to.not.include('decisions: ');
  });

  it('takes a live run and its replay for the same: times were measured, and are those of the log', async () => {
    const live = logs.write(5, {}, { costs: 'measured', source: 'live' });
    const again = logs.write(5, {}, { costs: 'recorded' });
    expect(await compareLogs(live, again)).to.include({ equal: true, same_outcome: true });
    const { equal, leads } = await compareLogs(live, logs.write(5));
    expect(equal).to.equal(false);
    expect(leads.map(({ difference }) => difference.path)).to.deep.equal(['costs']);
  });

  it('treats rewordings with the same meaning as equal, and lists them separately', async () => {
    const at = (threshold: string, code = 'SAGE_707', action = 'hold: 0.31 off its plan') => ({
      4: {
        cycle: { state: 'CRISIS', state_reason: `surprise 0.95 above ${threshold}` },
        decision: {
          state: 'CRISIS',
          action: action.replace('0.31', threshold),
          reason: `surprise above ${threshold}`,
          rejected: [{ code, where: 'arm', text: `held at ${threshold}` }],
        },
      },
    });
    const comparison = await compareLogs(logs.write(5, at('0.8')), logs.write(5, at('0.9')));
    expect(comparison).to.include({ equal: false, same_outcome: true, divergence: null });
    expect(comparison.areas).to.deep.equal([]);
    expect(comparison.wordings.map(({ area, cycles }) => [area, cycles])).to.deep.equal([
      ['state', 1],
      ['decision', 1],
    ]);
    const told = tellComparison(comparison);
    expect(told).to.include('the outputs are the same in every cycle');
    expect(told).to.include(
      'differences in wording only:\n  metabolic state and energy: in 1 cycle, first in 4: reason:',
    );
    for (const other of [at('0.8', 'SAGE_706'), at('0.8', 'SAGE_707', 'move to 0.31')]) {
      const differing = await compareLogs(logs.write(5, at('0.8')), logs.write(5, other));
      expect(differing.same_outcome).to.equal(false);
      expect(differing.divergence?.effects.map(({ area }) => area)).to.deep.equal(['decision']);
    }
  });

  it('takes another version with the same outcome for no failure, and a missing cycle for one', async () => {
    const version = await compareLogs(logs.write(5), logs.write(5, {}, { sage: '9.9.9' }));
    expect(version).to.include({ equal: false, same_outcome: true });
    const shorter = await compareLogs(logs.write(5), logs.write(4));
    expect(shorter).to.include({
      equal: false,
      same_outcome: false,
      cycles_a: 5,
      cycles_b: 4,
      divergence: null,
    });
  });

  it('says where nothing in the logs explains it', async () => {
    const b = logs.write(5, { 2: { cycle: { h_energy: 0.5, trust: { vision: 2 } } } });
    const comparison = await compareLogs(logs.write(5), b);
    expect(comparison.leads).to.deep.equal([]);
    expect(tellComparison(comparison)).to.include('the programs differ, or something is not in the log');
    expect((await compareLogs(logs.write(5), b, { tolerance: 1 })).equal).to.equal(true);
  });

  it('names a log that cannot be read', async () => {
    const missing = await compareLogs(logs.write(2), '/nowhere/at/all.jsonl').catch((thrown) => thrown);
    expect(missing).to.include({ code: 'SAGE_902' });
  });
});

describe('the JUnit report', () => {
  it('is XML whatever the names and failures hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, failure) => {
        const xml = junitReport('suite', [
          { name, time_s: 1, failure: null },
          { name: 'b', time_s: 2, failure },
        ]);
        const read = new XMLParser({ ignoreAttributes: false }).parse(xml);
        expect(read.testsuites['@_failures']).to.equal('1');
        expect(read.testsuites['@_tests']).to.equal('2');
        expect(read.testsuites.testsuite.testcase).to.have.length(2);
      }),
    );
  });
});
