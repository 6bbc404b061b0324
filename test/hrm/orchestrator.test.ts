import { expect } from 'chai';
import type { AtpLedger } from '../../src/contracts/plan.js';
import { createOrchestrator } from '../../src/hrm/index.js';
import { createVirtualRunner } from '../../src/irp/index.js';
import {
  chooseAll,
  createLoop,
  fallingPlugin,
  hrmWith,
  offer,
  planInputs,
  policy,
  type TestPlugin,
} from './world.js';

function expectConserved(ledger: AtpLedger, message = ''): void {
  const { total_matp, allocated_matp, reserve_matp, spent_matp } = ledger;
  expect(allocated_matp + reserve_matp + spent_matp, message).to.equal(total_matp);
  for (const part of [total_matp, allocated_matp, reserve_matp, spent_matp]) {
    expect(Number.isSafeInteger(part) && part >= 0, `${message} ${part}`).to.equal(true);
  }
}

const boom = () => {
  throw new Error('boom');
};

describe('orchestrator: ATP', () => {
  it('gives no running plugin less than the floor of 5%, however little it is trusted, and no more than all', () => {
    const plugins = ['a', 'b', 'c', 'd'].map((id) =>
      fallingPlugin(id, { cost: { init_atp: 0, step_atp: 100 } }),
    );
    const orchestrator = createOrchestrator(hrmWith(), plugins, { a: 10, b: 0.1, c: 0.1, d: 1 });
    const offers = plugins.map(({ id }) => offer(id));
    const inputs = { ...planInputs(offers), plan: chooseAll(offers), reports: [] };
    const { commands, ledger } = orchestrator.hStep({ ...inputs, dt_s: 1 });
    const grants = commands.map((command) => (command.kind === 'start' ? command.grant_matp : 0));
    expect(grants.slice(1, 3)).to.deep.equal([50_000, 50_000]);
    expect(grants.reduce((sum, grant) => sum + grant)).to.equal(1_000_000);
    expect(grants[0]! / grants[3]!).to.be.closeTo(10, 0.01);
    expect(ledger).to.include({ allocated_matp: 1_000_000, reserve_matp: 0 });
  });

  it('ten reallocations of 1,000 ATP stay 1,000 (they made 3,245)', () => {
    const orchestrator = createOrchestrator(hrmWith(), [fallingPlugin('a'), fallingPlugin('b')]);
    const offers = [offer('a'), offer('b')];
    const inputs = { ...planInputs(offers), plan: chooseAll(offers), reports: [] };
    const first = orchestrator.hStep({ ...inputs, dt_s: 1 });
    expect(first.ledger.total_matp).to.equal(1_000_000);
    for (let round = 0; round < 10; round++) {
      const { ledger } = orchestrator.hStep({ ...inputs, dt_s: 0 });
      expectConserved(ledger);
      expect(ledger.total_matp).to.equal(1_000_000);
    }
  });

  it('expires beyond one burst, and says how much', () => {
    const orchestrator = createOrchestrator(hrmWith(), []);
    const inputs = { ...planInputs([]), plan: chooseAll([]), reports: [], dt_s: 0.7 };
    for (let step = 0; step < 3; step++) orchestrator.hStep(inputs);
    const { ledger } = orchestrator.hStep(inputs);
    expect(ledger).to.deep.include({
      total_matp: 1_000_000,
      reserve_matp: 1_000_000,
      expired_matp: 1_800_000,
    });
    for (const dt_s of [Number.NaN, -1, 1e300, Number.POSITIVE_INFINITY]) {
      expectConserved(orchestrator.hStep({ ...inputs, dt_s }).ledger);
    }
  });

  it('lets freed ATP really lengthen the run of those still going (it changed nothing that ran)', async () => {
    // Each is granted what its share of the income buys; b ends at once and leaves the rest of its grant.
    const steady = {
      step: (state: number) => state * 0.99,
      limits: { ...fallingPlugin('x').limits, halt_eps: 0 },
    };
    const cost = { init_atp: 0, step_atp: 10 };
    const run = async (other: Partial<TestPlugin>) => {
      const loop = createLoop([
        fallingPlugin('a', { ...steady, cost }),
        fallingPlugin('b', { ...steady, cost, ...other }),
      ]);
      await loop.hStep(policy('WAKE', { atp_per_s: 1000 }));
      for (let step = 0; step < 8; step++)
        await loop.hStep(policy('WAKE', { atp_per_s: 400 }), step > 0 ? ['b'] : []);
      const { result } = await loop.hStep(policy('WAKE', { atp_per_s: 400 }), ['b']);
      return result.results.find(({ plugin }) => plugin === 'a')!.report.steps;
    };
    const alone = await run({ step: boom });
    const shared = await run({});
    expect(alone).to.be.greaterThan(shared * 1.5);
  });

  it('gives what is freed in proportion to trust', () => {
    const plugins = ['a', 'b', 'c'].map((id) => fallingPlugin(id, { cost: { init_atp: 0, step_atp: 100 } }));
    const orchestrator = createOrchestrator(hrmWith(), plugins, { a: 1, b: 3, c: 1 });
    const offers = plugins.map(({ id }) => offer(id));
    const inputs = { ...planInputs(offers), plan: chooseAll(offers) };
    const start = orchestrator.hStep({ ...inputs, dt_s: 1, reports: [] });
    const job = start.commands.find((command) => command.kind === 'start' && command.plugin === 'c')!;
    expect(job).to.include({ grant_matp: 200_000 });
    const report = {
      job_id: job.job_id,
      plugin: 'c',
      status: 'halted',
      steps: 0,
      energies: [1],
      best_energy: 1,
      best_step: 0,
      best: 1,
      feasibility: null,
      spent_matp: 0,
      cpu_ms: 0,
      time_ms: 0,
      halt_reason: 'max_steps',
      halt_detail: '',
      fault: null,
    } as const;
    const without = offers.slice(0, 2);
    const next = orchestrator.hStep({
      ...inputs,
      plan: chooseAll(without),
      offers: without,
      dt_s: 0,
      reports: [report],
    });
    const grants = next.commands.map((command) => (command.kind === 'grant' ? command.grant_matp : 0));
    expect(grants).to.deep.equal([50_000, 150_000]);
    expect(next.ledger).to.include({ allocated_matp: 1_000_000, reserve_matp: 0 });
  });
});

describe('orchestrator: what runs', () => {
  it('ends what is beyond a smaller breadth, and effectors in a crisis while vision continues', async () => {
    const slow = { step: (state: number) => state * 0.999 };
    const plugins = [
      fallingPlugin('arm', { ...slow, resource: 'effector' }),
      fallingPlugin('eye', slow),
      fallingPlugin('mind', { ...slow, resource: 'llm' }),
    ];
    const loop = createLoop(plugins, { planner: true });
    await loop.hStep();
    const { result: awake } = await loop.hStep();
    expect(awake.results.map(({ plugin }) => plugin)).to.deep.equal(['arm', 'eye', 'mind']);
    const { result: crisis } = await loop.hStep(policy('CRISIS'));
    expect(crisis.commands.filter(({ kind }) => kind === 'cancel').map(({ job_id }) => job_id)).to.deep.equal(
      ['arm#00000001'],
    );
    await loop.hStep(policy('CRISIS'));
    const { result: later } = await loop.hStep(policy('CRISIS'));
    expect(later.results.map(({ plugin }) => plugin)).to.deep.equal(['eye', 'mind']);
    expect(later.commands.some((command) => command.kind === 'start' && command.plugin === 'arm')).to.equal(
      false,
    );
    await loop.hStep(policy('REST'));
    const { result: resting } = await loop.hStep(policy('REST'));
    expect(resting.results.filter(({ finished }) => !finished).length).to.equal(1);
  });

  it('lets depth limit the steps', async () => {
    for (const [state, steps] of [
      ['REST', 40],
      ['FOCUS', 100],
      ['WAKE', 200],
      ['CRISIS', 300],
    ] as const) {
      const limits = { ...fallingPlugin('a').limits, max_steps: 250 };
      const { result } = await createLoop([fallingPlugin('a', { limits })]).hStep(policy(state));
      expect(result.commands[0]).to.include({ kind: 'start', max_steps: Math.min(steps, 250) });
    }
  });

  it('does not restart, on the task it has just ended, what was only offered as a continuation', async () => {
    const plugins = [fallingPlugin('a', { step: () => 0 })];
    const orchestrator = createOrchestrator(hrmWith(), plugins);
    const runner = createVirtualRunner(plugins, { cost_ms: {} });
    const turn = async (running: boolean) => {
      await runner.advance(50);
      const inputs = planInputs([offer('a', { running })]);
      const reports = runner.drain();
      const result = orchestrator.hStep({ ...inputs, plan: chooseAll(inputs.offers), dt_s: 0.05, reports });
      for (const command of result.commands) runner.submit(command);
      return {
        started: result.commands.some(({ kind }) => kind === 'start'),
        ended: result.results.some(({ finished }) => finished),
      };
    };
    expect(await turn(false)).to.deep.equal({ started: true, ended: false });
    expect(await turn(true)).to.deep.equal({ started: false, ended: true });
    expect(await turn(false)).to.deep.equal({ started: true, ended: false });
  });

  it('cancels one or all on request, and starts nothing in the H-step of a cancelAll', async () => {
    const plugins = ['a', 'b'].map((id) => fallingPlugin(id, { step: (state) => state * 0.999 }));
    const loop = createLoop(plugins);
    await loop.hStep();
    loop.orchestrator.cancel('b', 'a newer task');
    const { result: one } = await loop.hStep();
    expect(one.commands.filter(({ kind }) => kind === 'cancel')).to.deep.equal([
      { kind: 'cancel', job_id: 'b#00000002', reason: 'a newer task' },
    ]);
    const { result: again } = await loop.hStep();
    expect(again.commands.filter(({ kind }) => kind === 'start').map(({ job_id }) => job_id)).to.deep.equal([
      'b#00000003',
    ]);
    loop.orchestrator.cancelAll('stop');
    const { result: all } = await loop.hStep();
    expect(all.commands.map(({ kind }) => kind)).to.deep.equal(['cancel', 'cancel']);
    const { result: after } = await loop.hStep();
    expect(after.commands.map(({ kind }) => kind)).to.deep.equal(['start', 'start']);
  });

  it('does not take an energy of 0 for a missing one', async () => {
    const loop = createLoop([fallingPlugin('a', { initState: () => 0 })]);
    await loop.hStep();
    const { result } = await loop.hStep();
    expect(result).to.include({ h_energy: 0, coherence: 1 });
    expect(result.results[0]?.report.best_energy).to.equal(0);
    expect(result.results[0]?.trust_metrics.contribution_to_H).to.equal(1);
  });

  it('halts when the H-energy has plateaued although everything makes steps', async () => {
    const limits = { ...fallingPlugin('a').limits, halt_eps: 0, max_steps: 10_000 };
    let walk = 0;
    const plugin = fallingPlugin('a', { limits, step: () => 0.5 + 0.1 * (++walk % 3) });
    const loop = createLoop([plugin], { cost_ms: 5, parameters: hrmWith({ steps_per_depth: 1000 }) });
    let reason = '';
    for (let step = 0; step < 40 && reason === ''; step++) {
      const { result } = await loop.hStep();
      const cancel = result.commands.find((command) => command.kind === 'cancel');
      if (cancel?.kind === 'cancel') ({ reason } = cancel);
      expect(result.halted).to.equal(reason !== '');
    }
    expect(reason).to.contain('plateau');
  });

  it('gives the same whatever the order in which reports arrive', () => {
    const plugins = ['a', 'b', 'c'].map((id) => fallingPlugin(id));
    const offers = plugins.map(({ id }) => offer(id));
    const run = (order: readonly number[]) => {
      const orchestrator = createOrchestrator(hrmWith(), plugins);
      const inputs = { ...planInputs(offers), plan: chooseAll(offers) };
      const { commands } = orchestrator.hStep({ ...inputs, dt_s: 0.1, reports: [] });
      const reports = commands.map(({ job_id }, index) => ({
        job_id,
        plugin: plugins[index]!.id,
        status: 'halted' as const,
        steps: 2,
        energies: [3, 2, index],
        best_energy: index,
        best_step: 2,
        best: 1,
        feasibility: null,
        spent_matp: 1000 * index,
        cpu_ms: 0,
        time_ms: 0,
        halt_reason: 'max_steps' as const,
        halt_detail: '',
        fault: null,
      }));
      return orchestrator.hStep({ ...inputs, dt_s: 0.1, reports: order.map((index) => reports[index]!) });
    };
    const sorted = run([0, 1, 2]);
    expect(sorted.results.map(({ plugin, finished }) => [plugin, finished])).to.deep.equal([
      ['a', true],
      ['b', true],
      ['c', true],
    ]);
    for (const order of [
      [2, 1, 0],
      [1, 2, 0],
      [2, 0, 1],
    ])
      expect(run(order)).to.deep.equal(sorted);
  });
});

describe('orchestrator: trust', () => {
  it('takes budget from a plugin made worse in the middle of a run within 20 H-steps, and gives it back', async () => {
    let broken = false;
    const limits = { ...fallingPlugin('x').limits, max_steps: 12 };
    const plugins = ['a', 'b', 'c'].map((id) => fallingPlugin(id, { limits }, () => id === 'b' && broken));
    const loop = createLoop(plugins);
    const shareOfB = async (steps: number) => {
      let trust: Readonly<Record<string, number>> = {};
      for (let step = 0; step < steps; step++) ({ trust } = (await loop.hStep()).result);
      return trust.b! / (trust.a! + trust.b! + trust.c!);
    };
    expect(await shareOfB(100)).to.be.closeTo(1 / 3, 0.01);
    broken = true;
    const worse = await shareOfB(20);
    expect(worse).to.be.lessThan(0.3);
    broken = false;
    expect(await shareOfB(200)).to.be.closeTo(1 / 3, 0.02);
  });

  it('reduces trust in a plugin that throws, returns no number, or lies about its energy', async () => {
    let calls = 0;
    const plugins = [
      fallingPlugin('good'),
      fallingPlugin('liar', { energy: () => 1 / ++calls }),
      fallingPlugin('nan', { step: () => Number.NaN }),
      fallingPlugin('throws', { step: boom }),
    ];
    const loop = createLoop(plugins);
    let turn = await loop.hStep();
    for (let step = 0; step < 60; step++) turn = await loop.hStep();
    const { good, liar, nan, throws } = turn.result.trust;
    expect(good).to.be.greaterThan(1);
    for (const trust of [liar, nan, throws]) expect(trust).to.be.lessThan(0.5);
  });
});
