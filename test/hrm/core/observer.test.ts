import { expect } from 'chai';
import type { HStepResult, RefinementResult } from '../../../src/contracts/plan.js';
import { CORE_CONTEXT, CORE_TOKENS, OFFER_FEATURES } from '../../../src/hrm/core/context.js';
import { CoreObserver } from '../../../src/hrm/core/observer.js';
import { createHeuristicPlanner } from '../../../src/hrm/index.js';
import { offer, planInputs } from '../world.js';

const rules = createHeuristicPlanner();
const at = (name: (typeof OFFER_FEATURES)[number]) => OFFER_FEATURES.indexOf(name);

function result(plugin: string, energies: readonly number[], finished: boolean): RefinementResult {
  return {
    job_id: `${plugin}#1`,
    plugin,
    report: {
      job_id: `${plugin}#1`,
      plugin,
      status: finished ? 'halted' : 'running',
      steps: energies.length - 1,
      energies,
      best_energy: Math.min(...energies),
      best_step: 0,
      best: null,
      feasibility: null,
      spent_matp: 5000,
      cpu_ms: 0,
      time_ms: 0,
      halt_reason: null,
      halt_detail: '',
      fault: null,
    },
    trust_metrics: { monotonicity_ratio: 1, dE_variance: 0, contribution_to_H: null },
    trust: 1,
    finished,
  };
}

const hstep = (...results: RefinementResult[]): HStepResult => ({
  commands: [],
  results,
  ledger: { total_matp: 0, allocated_matp: 0, reserve_matp: 0, spent_matp: 0 },
  trust: {},
  h_energy: 1,
  coherence: 0,
  halted: false,
});

describe('hrm/core context', () => {
  it('keeps each plugin at its token, whatever else is offered', () => {
    const observer = new CoreObserver([]);
    const see = (...plugins: string[]) => {
      const inputs = planInputs(plugins.map((plugin) => offer(plugin)));
      return observer.encode(inputs, rules.plan(inputs));
    };
    expect(see('a', 'b').plugins.slice(0, 4)).to.deep.equal([null, 'a', 'b', null]);
    const later = see('c', 'b');
    expect(later.plugins.slice(0, 4)).to.deep.equal([null, null, 'b', 'c']);
    expect([...later.present.subarray(0, 4)]).to.deep.equal([1, 0, 1, 1]);
  });

  it('has a token for fifteen plugins, and is silent about those beyond', () => {
    const observer = new CoreObserver([]);
    const inputs = planInputs(Array.from({ length: 20 }, (_, index) => offer(`plugin-${index}`)));
    const { plugins, present } = observer.encode(inputs, rules.plan(inputs));
    expect(plugins.filter((plugin) => plugin !== null)).to.have.length(CORE_TOKENS - 1);
    expect(present.reduce((sum, value) => sum + value, 0)).to.equal(CORE_TOKENS);
  });

  it('gives numbers of about 0..1 for any input', () => {
    const observer = new CoreObserver([
      {
        id: 'a',
        resource: 'vision',
        cost: { init_atp: 1e6, step_atp: 1e6 },
        limits: { max_steps: 1e6, halt_k: 3 },
      },
    ]);
    const inputs = planInputs([offer('a', { goal_need: 7, last_result_ms: 1e9 })], {
      now_ms: 5,
      trust: { a: 10 },
    });
    observer.noteResult(hstep(result('a', [0, -5, 3], false)));
    const { context } = observer.encode(inputs, rules.plan(inputs));
    expect(context).to.have.length(CORE_TOKENS * CORE_CONTEXT);
    for (const value of context) expect(value).to.be.within(-1, 1);
  });

  it('feeds results back: how far the running refinement has come, and what the last one reached', () => {
    const observer = new CoreObserver([]);
    const running = planInputs([offer('a', { running: true })], { now_ms: 100 });
    observer.encode(running, rules.plan(running));
    observer.noteResult(hstep(result('a', [1, 0.5, 0.2], false)));
    const during = observer.encode(running, rules.plan(running)).context.subarray(CORE_CONTEXT);
    expect(during[at('energy_left')]).to.be.closeTo(0.2, 1e-6);
    expect(during[at('fall_3')]).to.be.closeTo(0.9, 1e-6);
    observer.noteResult(hstep(result('a', [1, 0.5, 0.1], true)));
    const idle = planInputs([offer('a')], { now_ms: 200 });
    const after = observer.encode(idle, rules.plan(idle)).context.subarray(CORE_CONTEXT);
    expect(after[at('last_energy_left')]).to.be.closeTo(0.1, 1e-6);
    expect(after[at('energy_left')]).to.equal(1);
    expect(after[at('done_since_need')]).to.equal(0);
  });

  it('reports since when a refinement has been needed, and that it has run since', () => {
    const observer = new CoreObserver([]);
    const see = (now_ms: number) => {
      const inputs = planInputs([offer('a', { goal_need: 1 })], { now_ms });
      return observer.encode(inputs, rules.plan(inputs)).context.subarray(CORE_CONTEXT);
    };
    expect(see(1000)[at('need_age')]).to.equal(0);
    const later = see(3000);
    expect(later[at('need_age')]).to.be.closeTo(0.5, 1e-6);
    expect(later[at('done_since_need')]).to.equal(0);
    observer.noteResult(hstep(result('a', [1, 0.1], true)));
    expect(see(3050)[at('done_since_need')]).to.equal(1);
  });
});
