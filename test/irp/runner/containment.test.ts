import { expect } from 'chai';
import { SageError } from '../../../src/contracts/errors.js';
import { createJobRunner, refine } from '../../../src/irp/index.js';
import { halvingPlugin, listPlugin, loopTurns, manualPorts, never, only, start } from '../plugins.js';

describe('job runner: containment', () => {
  const boom = () => {
    throw new Error('boom');
  };

  for (const [name, changes, energies] of [
    ['initState', { initState: boom }, 0],
    ['step', { step: boom }, 1],
    ['project', { project: boom }, 0],
    ['energy', { energy: boom }, 0],
    ['feasibility', { feasibility: boom }, 0],
    ['halt', { halt: boom }, 2],
    ['answer', { answer: boom }, 3],
    ['emitTelemetry', { emitTelemetry: boom }, 3],
    ['dispose', { dispose: boom }, 3],
    ['an asynchronous step', { step: async () => boom() }, 1],
  ] as const) {
    it(`names a plugin that throws in ${name}`, async () => {
      const report = await only(listPlugin([3, 2, 1], changes));
      expect(report.status).to.equal('failed');
      expect(report.fault?.code).to.equal('SAGE_601');
      expect(report.fault?.text).to.contain('boom');
      expect(report.energies.length).to.be.at.most(Math.max(energies, 1)).and.at.least(Math.min(energies, 1));
    });
  }

  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    it(`fails an energy of ${value} and keeps the best before it`, async () => {
      const report = await only(listPlugin([3, 2, value, 0]));
      expect(report).to.include({ status: 'failed', best_energy: 2, best: 1, steps: 2 });
      expect(report.fault?.code).to.equal('SAGE_602');
      expect(report.energies).to.deep.equal([3, 2]);
    });
  }

  it('leaves an asynchronous step that hangs at the deadline, aborts its signal, and keeps the best', async () => {
    const ports = manualPorts();
    const signals: AbortSignal[] = [];
    const plugin = listPlugin([5, 4, 3, 2], {
      step: (state, context) => {
        signals.push(context.signal);
        return state < 1 ? state + 1 : never();
      },
    });
    const runner = createJobRunner([plugin], ports);
    runner.submit(start(plugin));
    await loopTurns(4);
    expect(runner.drain()[0]).to.include({ status: 'running', best_energy: 4 });
    ports.pass(1000);
    const report = runner.drain()[0];
    expect(report).to.include({ status: 'failed', best_energy: 4, halt_reason: 'timeout' });
    expect(report?.fault?.code).to.equal('SAGE_603');
    expect(signals[0]?.aborted).to.equal(true);
  });

  it('does not call a step that was merely under way at the deadline a hang', async () => {
    const ports = manualPorts();
    const plugin = listPlugin([5, 4, 3, 2, 1], {
      step: async (state) => {
        if (state >= 2) return never();
        ports.pass(480);
        return state + 1;
      },
    });
    const runner = createJobRunner([plugin], ports);
    runner.submit(start(plugin));
    await loopTurns(6);
    ports.pass(60);
    expect(runner.drain()[0]).to.include({
      status: 'halted',
      halt_reason: 'timeout',
      fault: null,
      best_energy: 3,
    });
  });

  it('unmasks an energy that does not depend on the state alone', async () => {
    let calls = 0;
    const report = await only(
      halvingPlugin({ energy: () => 100 / ++calls, limits: listPlugin([1, 1, 1]).limits }),
    );
    expect(report.status).to.equal('failed');
    expect(report.fault?.code).to.equal('SAGE_605');
  });

  it('unmasks a step that changes the state it is given', async () => {
    const plugin = {
      ...halvingPlugin(),
      initState: () => ({ x: 1 }),
      energy: ({ x }: { x: number }) => Math.abs(x - 3),
      step: (state: { x: number }) => {
        state.x += 1;
        return state;
      },
      project: (state: { x: number }) => state,
      answer: (state: { x: number }) => state.x,
      limits: { max_steps: 6, deadline_ms: 1000, halt_eps: 0, halt_k: 3, feasible_margin: null },
    };
    expect((await only(plugin)).fault?.code).to.equal('SAGE_605');
  });

  it('detects a lie even if the refinement is cancelled before it halts', async () => {
    let calls = 0;
    const plugin = halvingPlugin({ energy: () => 100 / ++calls });
    const runner = createJobRunner([plugin], manualPorts());
    runner.submit(start(plugin, { grant_matp: 1000 }));
    await loopTurns(4);
    runner.submit({ kind: 'cancel', job_id: 'halving-1', reason: 'enough' });
    const [report] = runner.drain();
    expect(report?.status).to.equal('failed');
    expect(report?.fault?.code).to.equal('SAGE_605');
  });

  it('ends a plugin that takes far more of the thread than it declared, with its best so far', async () => {
    const allowance = { ms_per_atp: 50, slack_ms: 500 };
    const run = (step_atp: number) => {
      const ports = manualPorts();
      const step = (state: number) => {
        ports.pass(100);
        return state + 1;
      };
      const energies = Array.from({ length: 41 }, (_, index) => 40 - index);
      const limits = { ...listPlugin(energies).limits, deadline_ms: 1e6 };
      const plugin = listPlugin(energies, { step, limits, cost: { init_atp: 0, step_atp } });
      return refine(plugin, 0, ports, { allowance });
    };
    const modest = await run(0.1);
    expect(modest).to.include({ status: 'failed', best_energy: 34, steps: 6 });
    expect(modest.fault).to.deep.include({ code: 'SAGE_609', where: 'plugin list, list-refine' });
    expect(modest.fault?.text).to.contain('600 ms of thread time').and.to.contain('0.6 ATP');
    expect(await run(2)).to.include({ status: 'halted', fault: null, best_energy: 0 });
  });

  it('does not count what a model host works for a plugin as taken from the thread', async () => {
    const ports = manualPorts();
    const step = async (state: number) => {
      await new Promise((resolve) => setImmediate(resolve));
      ports.pass(40);
      return state + 1;
    };
    const plugin = listPlugin([5, 4, 3, 2, 1], { step, cost: { init_atp: 0, step_atp: 0.001 } });
    const report = await refine(plugin, 0, ports, { allowance: { ms_per_atp: 1, slack_ms: 50 } });
    expect(report).to.include({ status: 'halted', fault: null });
  });

  it('names a feasibility that is no number and a halt for no known reason', async () => {
    const none = await only(listPlugin([3, 2, 1], { feasibility: (state) => (state > 0 ? Number.NaN : 1) }));
    expect(none).to.include({ status: 'failed', best_energy: 3, feasibility: 1 });
    expect(none.fault?.code).to.equal('SAGE_602');
    const halt = () => ({ reason: 'tired' as 'feasible', detail: '' });
    expect((await only(listPlugin([3, 2, 1], { halt }))).fault?.code).to.equal('SAGE_607');
  });

  it('cuts what a plugin says of itself to a length that can be shown', async () => {
    const step = () => {
      throw new Error('x'.repeat(1e6));
    };
    const emitTelemetry = () => Object.fromEntries(Array.from({ length: 999 }, (_, index) => [index, index]));
    const report = await only(listPlugin([3, 2], { step, emitTelemetry }));
    expect(report.halt_detail.length).to.equal(500);
    expect(Object.keys(report.extra!).length).to.equal(64);
  });

  it('reports an unknown plugin, too many jobs and a malformed declaration', async () => {
    const plugin = listPlugin([1, 0], { step: never });
    const runner = createJobRunner([plugin], manualPorts(), { jobs_max: 1 });
    runner.submit(start(plugin, { plugin: 'other', job_id: 'a' }));
    runner.submit(start(plugin, { job_id: 'b' }));
    runner.submit(start(plugin, { job_id: 'c' }));
    expect(runner.drain().map(({ job_id, fault }) => [job_id, fault?.code])).to.deep.equal([
      ['a', 'SAGE_604'],
      ['b', undefined],
      ['c', 'SAGE_606'],
    ]);
    expect(() => runner.submit(start(plugin, { job_id: 'b' }))).to.throw(SageError, 'used twice');
    const costless = listPlugin([1, 0], { cost: { init_atp: -1, step_atp: 1 } });
    expect(() => createJobRunner([costless], manualPorts())).to.throw(SageError, 'cost.init_atp');
    expect(() => createJobRunner([plugin, plugin], manualPorts())).to.throw(SageError, 'used twice');
  });
});
