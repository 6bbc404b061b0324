import { expect } from 'chai';
import type { Extension } from '../../src/app/compose.js';
import type { RefinementResult } from '../../src/contracts/plan.js';
import { fallingPlugin } from '../hrm/world.js';
import { MindRun, parametersWith } from './mind-run.js';

/** Stuck at 0.5 the first time, free in its branch; the faculty keeps what it is handed. */
function stuckOnce(): { readonly extension: Extension; readonly results: RefinementResult[] } {
  const results: RefinementResult[] = [];
  let ends = 0;
  let began_ms: number | null = null;
  const plugin = fallingPlugin('stuck', {
    step: (state, { random }) => {
      random();
      if (state > 0.55 || state < 0.45) return Math.max(0, state - 0.1);
      if (state === 0.5) return state;
      return ++ends > 1 ? 0.4 : 0.5;
    },
  });
  const offered = { plugin: 'stuck', resource: 'vision', sources: [], task: null, goal_need: 0.5 } as const;
  const faculty: Extension['faculty'] = {
    plugin: 'stuck',
    // After a second there is ATP in reserve.
    offer: ({ now_ms }, running) => {
      began_ms ??= now_ms;
      if (now_ms - began_ms < 1000 || results.some(({ finished }) => finished)) return null;
      return { ...offered, running, last_result_ms: null };
    },
    integrate: (result) => results.push(result),
  };
  return { extension: { plugin: plugin as unknown as Extension['plugin'], faculty }, results };
}

describe('kernel: branches of a refinement', () => {
  async function lived(parameters: Parameters<typeof parametersWith>[0]) {
    const { extension, results } = stuckOnce();
    const run = new MindRun(parametersWith(parameters), [extension]);
    const branches: string[] = [];
    const told: string[] = [];
    await run.until(({ jobs, telemetry }) => {
      for (const job of jobs) if (job.kind === 'branch') branches.push(job.job_id);
      for (const { plugin, halt_detail } of telemetry) if (plugin === 'stuck') told.push(halt_detail ?? '');
      return results.some(({ finished }) => finished);
    }, 5);
    return { end: results.at(-1)!, branches, told };
  }

  it('are tried in the whole mind, and their better end is what the faculty and the telemetry get', async () => {
    const { end, branches, told } = await lived({});
    expect(branches.length).to.equal(1);
    expect(end.report.best_energy).to.equal(0);
    expect(end.branches?.[0]).to.include({ job_id: branches[0], won: true });
    expect(told).to.have.length(1);
    expect(told[0]).to.match(/^branch from step \d+: energy 0; without a branch: energy 0\.5;?/);
  });

  it('are not tried when disabled by parameters; the stuck result stays', async () => {
    const { end, branches } = await lived({ hrm: { branches_max: 0 } });
    expect(branches).to.deep.equal([]);
    expect(end.report.best_energy).to.be.closeTo(0.5, 1e-9);
  });
});
