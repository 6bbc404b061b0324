import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runBench } from '../../../src/app/bench/index.js';
import { benchParameters } from '../../../src/app/bench/options.js';
import { CONDITIONS, parametersFor } from '../../../src/app/bench/planners/conditions.js';
import { type PlannersEpisode, playOnce } from '../../../src/app/bench/planners/episode.js';
import { Episodes } from '../../../src/app/bench/planners/episode-file.js';
import { guestsOf } from '../../../src/app/bench/planners/guests.js';
import { type ConditionLine, summarise } from '../../../src/app/bench/planners/summary.js';
import { type Guests, SimulatedRun } from '../../../src/app/bench/simulated-run.js';
import { SageError } from '../../../src/contracts/errors.js';
import type { InferencePort } from '../../../src/contracts/inference.js';

const crowded = CONDITIONS.find(({ name }) => name === 'crowded')!;
const noModels: InferencePort = {
  run: ({ model }) => Promise.reject(new SageError('SAGE_512', model, 'no manifest of this name')),
  read: () => Promise.reject(new SageError('SAGE_511', 'vision', 'no slots')),
  free: () => {},
};
const episode = (changes: Partial<PlannersEpisode>): PlannersEpisode => ({
  seed: 1,
  condition: 'tight',
  planner: 'heuristic',
  success: true,
  outcome: 'satisfied',
  time_s: 4,
  spent_atp: 200,
  planning_atp: 0,
  looks: 0,
  guest_answers: 0,
  violations: 0,
  hold_after_ms: null,
  ...changes,
});

describe('app/bench planners', () => {
  it('lays the settings of the command line over the configuration, as replay does', () => {
    const parameters = benchParameters({ config: [], set: ['plan.implementation=core', 'hrm.atp_per_s=70'] });
    expect([parameters.plan.implementation, parameters.hrm.atp_per_s]).to.deep.equal(['core', 70]);
    expect(() => benchParameters({ config: [], set: ['plan.implementatoin=core'] }))
      .to.throw(SageError)
      .with.property('code', 'SAGE_101');
  });

  for (const bench of ['pick', 'hand', 'planners']) {
    it(`refuses a setting of ${bench} that does not fit before anything runs`, async () => {
      const refused = await runBench([bench, '--set', 'hrm.atp_per_s=much']).catch(
        (thrown: unknown) => thrown,
      );
      expect(refused).to.be.instanceOf(SageError).with.property('code', 'SAGE_104');
    });
  }

  it('changes nothing but the income, the planner and the language of a run', () => {
    const parameters = benchParameters({ config: [], set: [] });
    const changed = parametersFor(parameters, crowded, 'core');
    expect(changed.hrm).to.deep.equal({ ...parameters.hrm, atp_per_s: 100 });
    expect(changed.plan).to.deep.equal({ ...parameters.plan, implementation: 'core' });
    expect({ ...changed, hrm: 0, plan: 0, language: 0 }).to.deep.equal({
      ...parameters,
      hrm: 0,
      plan: 0,
      language: 0,
    });
  });

  it('lets guests compete on the simulated robot: they answer, and their ATP is in the books', async () => {
    const parameters = benchParameters({ config: [], set: [] });
    const spentWith = async (guests: Guests | undefined): Promise<number> => {
      let spent_matp = 0;
      const run = new SimulatedRun(
        1,
        parameters,
        noModels,
        () => {},
        ({ report }) => {
          spent_matp = report.ledger.spent_matp;
        },
        guests,
      );
      await run.advance(2);
      return spent_matp / 1000;
    };
    const tally = { answers: 0 };
    expect(await spentWith(guestsOf(tally))).to.be.above((await spentWith(undefined)) + 100);
    expect(tally.answers).to.be.above(3);
  }).timeout(240_000);

  it('plays a goal to its end, and counts from where it was said', async () => {
    const parameters = benchParameters({ config: [], set: [] });
    const home = { ...crowded, crowded: false, goal: 'go home' };
    const { outcome, time_s, violations } = await playOnce(1, home, 'heuristic', parameters, noModels);
    expect([outcome, violations]).to.deep.equal(['satisfied', 0]);
    expect(time_s, 'the run is 1.5 s longer').to.be.below(1.5);
  }).timeout(240_000);

  it('counts what is done while nothing is asked', async () => {
    const idle = CONDITIONS.find(({ goal }) => goal === null)!;
    const parameters = benchParameters({ config: [], set: [] });
    const played = await playOnce(1, idle, 'heuristic', parameters, noModels);
    expect(played).to.include({ outcome: 'idle', success: true, planning_atp: 0 });
    expect(played.time_s).to.be.within(9.9, 10.1);
    expect(played.guest_answers).to.be.above(10);
  }).timeout(240_000);

  it('compares table by table: only what both have played counts, and time only where both succeed', () => {
    const [line] = summarise([
      episode({}),
      episode({ planner: 'core', spent_atp: 100, time_s: 3 }),
      episode({ seed: 2, success: false, time_s: 60 }),
      episode({ seed: 2, planner: 'core', spent_atp: 100, time_s: 5, hold_after_ms: 110 }),
      episode({ seed: 3, spent_atp: 9999 }),
    ]);
    expect(line).to.include({ condition: 'tight', tables: 2 });
    expect(line?.atp_ratio.mean).to.equal(0.5);
    expect(line?.success_gain.mean).to.equal(50);
    expect(line?.time_gain_s).to.deep.equal({ mean: -1, low: -1, high: -1 });
    expect(line?.core).to.include({ success_share: 1, hold_after_ms_max: 110, held: 1 });
    expect(line?.heuristic.hold_after_ms_max).to.equal(null);
  });

  it('sums up what is asked for and kept of the same parameters, and no more of the file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sage-planners-'));
    const file = join(folder, 'episodes.jsonl');
    const keep = (set: readonly string[], episodes: readonly Partial<PlannersEpisode>[]): void => {
      const kept = new Episodes(file, benchParameters({ config: [], set }));
      for (const changes of episodes) {
        for (const planner of ['heuristic', 'core'] as const) kept.add(episode({ ...changes, planner }));
      }
    };
    try {
      keep(['hrm.atp_per_s=70'], [{ seed: 1, time_s: 7 }]);
      keep([], [{ seed: 1, time_s: 5 }, { seed: 2 }, { seed: 1, condition: 'hand' }]);
      keep(['hrm.atp_per_s=70'], [{ seed: 1, time_s: 7 }]);
      const other = new Episodes(file, benchParameters({ config: [], set: ['sim.seed=77'] }));
      expect(other.of(episode({}))).to.equal(undefined);
      const { conditions } = await printed(() =>
        runBench(['planners', '--episodes', file, '--seeds', '1', '--conditions', 'tight', '--json']),
      );
      expect(conditions.map(({ condition, tables }) => [condition, tables])).to.deep.equal([['tight', 1]]);
      expect(conditions[0]?.core.time_s.mean).to.equal(5);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('does not rerun cached results, and says when the cache file is not its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sage-planners-'));
    const file = join(folder, 'episodes.jsonl');
    try {
      writeFileSync(file, '{"seed":');
      const refused = await runBench(['planners', '--episodes', file]).catch((thrown: unknown) => thrown);
      expect(refused).to.be.instanceOf(SageError).with.property('code', 'SAGE_901');
      const nowhere = ['planners', '--episodes', join(folder, 'none', 'episodes.jsonl'), '--seeds', '1'];
      const early = await runBench(nowhere).catch((thrown: unknown) => thrown);
      expect(early).to.be.instanceOf(SageError).with.property('code', 'SAGE_1027');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** The figures that a bench prints. */
async function printed(bench: () => Promise<unknown>): Promise<{ conditions: readonly ConditionLine[] }> {
  const { write } = process.stdout;
  let text = '';
  process.stdout.write = (chunk: string | Uint8Array) => {
    text += String(chunk);
    return true;
  };
  try {
    await bench();
  } finally {
    process.stdout.write = write;
  }
  return JSON.parse(text);
}
