import { expect } from 'chai';
import type { StepContext } from '../../src/contracts/irp.js';
import type { RefinementResult } from '../../src/contracts/plan.js';
import { telemetrySchema } from '../../src/contracts/telemetry.js';
import { bestOutcome } from '../../src/hrm/index.js';
import { telemetryOf } from '../../src/irp/index.js';
import { createLoop, fallingPlugin, hrmWith, policy, type TestPlugin } from './world.js';

const EXPLORING = policy('WAKE', { exploration_rate: 0.3 });

/**
 * Falls by a tenth per step to 0.5, where luck decides whether it is stuck there or goes on to 0. Luck is what `luck`
 * says for the first, second … decision; the random number is drawn all the same.
 */
function fork(id: string, luck: readonly boolean[], changes: Partial<TestPlugin> = {}): TestPlugin {
  let decisions = 0;
  const step = (state: number, context: StepContext): number => {
    context.random();
    if (state > 0.55) return state - 0.1;
    if (state === 0.5) return state;
    if (state < 0.45) return Math.max(0, state - 0.1);
    return luck[decisions++] === true ? 0.4 : 0.5;
  };
  return fallingPlugin(id, { step, ...changes });
}

/** Runs until the plugin has finished once; gives that result, and what went before. */
async function untilFinished(loop: ReturnType<typeof createLoop>, plugin: string, state = EXPLORING) {
  const seen: RefinementResult[] = [];
  const commands: string[] = [];
  // A reserve to branch from.
  for (let round = 0; round < 20; round++) await loop.hStep(state, [plugin]);
  for (let round = 0; round < 60; round++) {
    const { result } = await loop.hStep(state);
    const { ledger } = result;
    expect(ledger.allocated_matp + ledger.reserve_matp + ledger.spent_matp).to.equal(ledger.total_matp);
    const own = result.results.find((one) => one.plugin === plugin);
    if (own !== undefined) seen.push(own);
    if (own?.finished) return { end: own, seen, commands, trust: result.trust[plugin]! };
    commands.push(...result.commands.map(({ kind, job_id }) => `${kind} ${job_id}`));
  }
  throw new Error('did not finish');
}

describe('orchestrator: branches', () => {
  it('continues from an earlier state with other noise when a refinement is stuck, and the better end wins', async () => {
    const loop = createLoop([fork('p', [false, true])]);
    const { end, seen, commands } = await untilFinished(loop, 'p');
    expect(commands.filter((command) => command.startsWith('branch'))).to.deep.equal(['branch p#00000001.1']);
    expect(end).to.deep.include({ job_id: 'p#00000001', finished: true });
    expect(end.report).to.include({ status: 'halted', best_energy: 0, best: 0, job_id: 'p#00000001' });
    expect(end.branches).to.have.length(1);
    expect(end.branches![0]).to.include({ job_id: 'p#00000001.1', best_energy: 0, won: true });
    expect(end.report.halt_detail).to.match(/^branch from step \d: energy 0.*without a branch: energy 0\.5/);
    // One path from the first state to the better end, without a jump, and with the cost of both.
    const { energies, steps, best_step } = end.report;
    expect(energies[0]).to.equal(1);
    expect(energies.length).to.equal(steps + 1);
    expect(energies[best_step]).to.equal(0);
    for (let step = 1; step < energies.length; step++) {
      expect(energies[step - 1]! - energies[step]!).to.be.within(-1e-9, 0.2);
    }
    expect(end.report.spent_matp).to.be.greaterThan(1000 * (1 + steps));
    // It was not over before the branch was, and never stood worse than before.
    const bests = seen.map(({ report }) => report.best_energy ?? 1);
    bests.forEach((best, index) => {
      expect(best).to.be.at.most(bests[index - 1] ?? 1);
    });
    const telemetry = telemetryOf(end.report, 'sage', end.trust_metrics);
    expect(telemetrySchema.parse(telemetry).halt_detail).to.contain('branch from step');
  });

  it('keeps its own end where the branch ends no better', async () => {
    const { end } = await untilFinished(createLoop([fork('p', [false, false])]), 'p');
    expect(end.report).to.include({ status: 'halted', halt_reason: 'slope<eps' });
    expect(end.report.best_energy).to.be.closeTo(0.5, 1e-9);
    expect(end.branches?.map(({ won }) => won)).to.deep.equal([false]);
    expect(end.report.halt_detail).to.match(/^without a branch: energy 0\.5/);
  });

  it('branches as often as it may, each time from the same state', async () => {
    const parameters = hrmWith({ branches_max: 3 });
    const { end } = await untilFinished(createLoop([fork('p', [false, false, true])], { parameters }), 'p');
    expect(end.branches?.map(({ won }) => won)).to.deep.equal([false, true]);
    const { end: none } = await untilFinished(createLoop([fork('p', [])], { parameters }), 'p');
    expect(none.branches?.length).to.equal(3);
  });

  for (const [why, plugin, options] of [
    ['the policy does not explore', fork('p', [false, true]), { state: policy('FOCUS') }],
    [
      'the policy explores less than usual',
      fork('p', [false, true]),
      { state: policy('REST', { exploration_rate: -0.5 }) },
    ],
    ['it may not', fork('p', [false, true]), { parameters: hrmWith({ branches_max: 0 }) }],
    ['its end is good enough', fork('p', [false, true]), { parameters: hrmWith({ branch_energy: 0.6 }) }],
    ['it has no noise', fallingPlugin('p', { step: (state) => Math.max(0.5, state - 0.1) }), {}],
    ['no ATP is left', fork('p', [false, true], { cost: { init_atp: 1, step_atp: 12 } }), {}],
    ['it freed its states', fork('p', [false, true], { dispose: () => {} }), {}],
    [
      'it ended at its step limit',
      fork('p', [false, true], { limits: { ...fallingPlugin('x').limits, halt_eps: 0, max_steps: 9 } }),
      {},
    ],
  ] as const) {
    it(`does not branch where ${why}`, async () => {
      const { parameters, state } = { parameters: hrmWith(), state: EXPLORING, ...options };
      const { end, commands } = await untilFinished(createLoop([plugin], { parameters }), 'p', state);
      expect(commands.filter((command) => command.startsWith('branch'))).to.deep.equal([]);
      expect(end.branches).to.equal(undefined);
      expect(end.report.best_energy).to.be.closeTo(0.5, 1e-9);
    });
  }

  it('branches from a run that goes round in circles, and ends it once the branch has arrived', async () => {
    let freed = false;
    // Swings between 0.4 and 0.5 until it is freed; then it falls to 0 in a few steps.
    const plugin = fallingPlugin('p', {
      limits: { ...fallingPlugin('x').limits, max_steps: 400 },
      step: (state, context) => {
        const way = context.random();
        if (state > 0.5) return state - 0.05;
        return freed ? state * 0.5 : 0.4 + 0.1 * way;
      },
    });
    const loop = createLoop([plugin], { parameters: hrmWith({ steps_per_depth: 50 }), cost_ms: 2 });
    for (let round = 0; round < 20; round++) await loop.hStep(EXPLORING, ['p']);
    const branch = async () =>
      (await loop.hStep(EXPLORING)).result.commands.find(({ kind }) => kind === 'branch');
    let command = await branch();
    for (let round = 0; round < 4 && command === undefined; round++) command = await branch();
    expect(command).to.include({ job_id: 'p#00000001.1', from_job_id: 'p#00000001', back_steps: 8 });
    freed = true;
    let end: RefinementResult | undefined;
    for (let round = 0; round < 5 && !end?.finished; round++)
      [end] = (await loop.hStep(EXPLORING)).result.results;
    expect(end).to.deep.include({ finished: true });
    expect(end?.report.best_energy).to.be.lessThan(0.01);
  });

  it('ends branches with their refinement, by order and in a crisis, and conserves ATP', async () => {
    for (const how of ['cancel', 'cancelAll', 'CRISIS'] as const) {
      const endless = (state: number, context: StepContext) => 0.5 + 0.1 * context.random() + 0 * state;
      const limits = { ...fallingPlugin('x').limits, halt_eps: 0, max_steps: 5000 };
      const plugin = fallingPlugin('p', { step: endless, limits, resource: 'effector' });
      const loop = createLoop([plugin], { parameters: hrmWith({ plateau_eps: 0 }), cost_ms: 4 });
      let branched = false;
      for (let round = 0; round < 20; round++) await loop.hStep(EXPLORING, ['p']);
      for (let round = 0; round < 10 && !branched; round++) {
        const { result } = await loop.hStep(EXPLORING);
        branched = result.commands.some(({ kind }) => kind === 'branch');
      }
      expect(branched, how).to.equal(true);
      if (how === 'cancel') loop.orchestrator.cancel('p', 'enough');
      if (how === 'cancelAll') loop.orchestrator.cancelAll('enough');
      const { result } = await loop.hStep(how === 'CRISIS' ? policy('CRISIS') : EXPLORING);
      const cancelled = result.commands.filter(({ kind }) => kind === 'cancel').map(({ job_id }) => job_id);
      expect(cancelled, how).to.deep.equal(['p#00000001', 'p#00000001.1']);
      const { result: after } = await loop.hStep(policy('CRISIS'));
      const [end] = after.results;
      expect(end?.report.status, how).to.equal('cancelled');
      expect(after.trust.p, 'cut short by others').to.equal(1);
      expect(after.ledger.allocated_matp, how).to.equal(0);
    }
  });

  it('ends in its current state if the runner cannot start the branch, at no loss of trust', async () => {
    const tried = createLoop([fork('p', [false, true])], { jobs_max: 1, retained_max: 0 });
    const { end, commands, trust } = await untilFinished(tried, 'p');
    expect(commands.some((command) => command.startsWith('branch'))).to.equal(true);
    expect(end.report).to.include({ status: 'halted', fault: null });
    expect(end.branches).to.equal(undefined);
    const { trust: untried } = await untilFinished(
      createLoop([fork('p', [false, true])]),
      'p',
      policy('WAKE'),
    );
    expect(trust).to.be.closeTo(untried, 0.02);
  });

  it('counts a fault of either against the plugin, whatever the other reached', async () => {
    let calls = 0;
    const plugin = fork('p', [false, true]);
    const step: TestPlugin['step'] = (state, context) => {
      if (++calls === 15) throw new Error('boom');
      return plugin.step(state, context);
    };
    const { end, trust } = await untilFinished(createLoop([{ ...plugin, step }]), 'p');
    expect(end.report.status).to.equal('halted');
    expect(end.report.fault?.code).to.equal('SAGE_601');
    expect(trust).to.be.lessThan(1);
  });

  it('takes the lower energy for the better end, the first of equals, and none that failed', async () => {
    const { end } = await untilFinished(createLoop([fallingPlugin('p')]), 'p');
    const { report } = end;
    const worse = { ...report, best_energy: 0.9 };
    const failed = { ...report, best_energy: -1, status: 'failed' as const };
    expect(bestOutcome([worse, report, { ...report }, failed])).to.equal(report);
    expect(bestOutcome([failed])).to.equal(null);
  });
});
