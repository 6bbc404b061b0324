import { expect } from 'chai';
import type { Extension } from '../../src/app/compose.js';
import { METABOLIC_STATES, type MetabolicStateName } from '../../src/contracts/metabolism.js';
import type { JobOffer } from '../../src/contracts/plan.js';
import { fallingPlugin } from '../hrm/world.js';
import { MindRun, parametersWith } from './mind-run.js';

const BASE = { resource: 'vision', sources: [], task: null, goal_need: 0.4 } as const;

/** A plugin that would always run, and never ends by itself before its last step. */
function eager(id: string, changes: Partial<JobOffer> = {}, max_steps = 10_000): Extension {
  const limits = { max_steps, deadline_ms: 1e9, halt_eps: 0, halt_k: 3, feasible_margin: null };
  const plugin = fallingPlugin(id, { limits, energy: (state) => state }) as unknown as Extension['plugin'];
  return {
    plugin,
    faculty: {
      plugin: id,
      offer: ({ now_ms }, running) =>
        offered.now ? { ...BASE, plugin: id, running, last_result_ms: now_ms, ...changes } : null,
      integrate: () => {},
    },
  };
}

const many = () =>
  Array.from({ length: 12 }, (_, index) => eager(`eager-${String.fromCharCode(97 + index)}`));

/** Nothing is offered before a state is reached, so that all that runs was started under it. */
const offered = { now: false };

/** A mind that is in a state and stays there. */
async function inState(
  state: MetabolicStateName,
  extensions: readonly Extension[],
  seed = 1,
): Promise<MindRun> {
  offered.now = false;
  const run = new MindRun(
    parametersWith({ metabolism: { minimum_s: 0 }, attention: { enabled: false }, kernel: { seed } }),
    extensions,
  );
  await run.cycles(2);
  if (state === 'CRISIS') run.put('emergency_stop', { pressed: true });
  else run.request(state);
  await run.cycle();
  run.kernel.mind.parameters.metabolism.minimum_s = 600;
  expect(run.state).to.equal(state);
  return run;
}

describe('kernel: the metabolic state governs', () => {
  const table: Readonly<Record<MetabolicStateName, readonly [number, number, number]>> = {
    WAKE: [5, 200, 1000],
    FOCUS: [2, 100, 1000],
    REST: [1, 40, 200],
    DREAM: [10, 60, 500],
    CRISIS: [3, 300, 1000],
  };

  for (const state of METABOLIC_STATES) {
    const [breadth, steps, atp_per_s] = table[state];

    it(`${state}: ${breadth} plugins at once, of twelve that would`, async () => {
      const run = await inState(state, many());
      offered.now = true;
      const { jobs } = await run.cycle();
      expect(jobs.map(({ kind }) => kind)).to.deep.equal(new Array(breadth).fill('start'));
    });

    it(`${state}: refinements of at most ${steps} steps`, async () => {
      const run = await inState(state, many());
      const allowed = new Set<number>();
      run.watch = ({ jobs }) => {
        for (const job of jobs) if (job.kind === 'start') allowed.add(job.max_steps);
      };
      offered.now = true;
      await run.cycles(3);
      expect([...allowed]).to.deep.equal([steps]);
    });

    it(`${state}: an income of ${atp_per_s} ATP per second`, async () => {
      const run = await inState(state, many());
      const granted = () => {
        const { total_matp, expired_matp = 0 } = run.effects!.report.ledger;
        return (total_matp + expired_matp) / 1000;
      };
      const before = granted();
      await run.cycles(100);
      expect(granted() - before).to.be.closeTo(5 * atp_per_s, 1);
    });
  }

  /** The plugins started in the first cycles in which they are offered. */
  async function started(
    state: MetabolicStateName,
    extensions: readonly Extension[],
    { seed = 1, cycles = 1 } = {},
  ): Promise<string> {
    const run = await inState(state, extensions, seed);
    const plugins = new Set<string>();
    run.watch = ({ jobs }) => {
      for (const job of jobs) if (job.kind === 'start') plugins.add(job.plugin);
    };
    offered.now = true;
    await run.cycles(cycles);
    return [...plugins].sort().join();
  }

  it('exploration: which of equals run is left to chance where it is wanted, and is always the same where not', async () => {
    const choices = async (state: MetabolicStateName): Promise<number> => {
      const seen = new Set<string>();
      for (let seed = 1; seed <= 6; seed++) seen.add(await started(state, many(), { seed }));
      return seen.size;
    };
    expect(await choices('WAKE')).to.be.at.least(3);
    expect(await choices('DREAM')).to.be.at.least(3);
    for (const state of ['FOCUS', 'REST', 'CRISIS'] as const) expect(await choices(state), state).to.equal(1);
  });

  it('exploration below zero: what no goal needs is not started, even if nothing else runs', async () => {
    const idle = () => [eager('idle', { goal_need: 0, resource: 'time' })];
    expect(await started('WAKE', idle(), { cycles: 10 })).to.equal('idle');
    expect(await started('REST', idle(), { cycles: 10 })).to.equal('');
  });
});
