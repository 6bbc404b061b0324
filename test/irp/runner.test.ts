import { expect } from 'chai';
import fc from 'fast-check';
import { SageError } from '../../src/contracts/errors.js';
import type { JobReport } from '../../src/contracts/irp.js';
import { createJobRunner, refine } from '../../src/irp/index.js';
import { halvingPlugin, listPlugin, loopTurns, manualPorts, start, untilEnded } from './plugins.js';

const never = () => new Promise<number>(() => {});

async function only(plugin: Parameters<typeof refine>[0], options = {}): Promise<JobReport> {
  return refine(plugin, 1, manualPorts(), options);
}

describe('job runner: halts', () => {
  it('does not take the oscillation 5, 1, 9, 5 for convergence', async () => {
    const limits = { max_steps: 3, deadline_ms: 1000, halt_eps: 1e-4, halt_k: 3, feasible_margin: null };
    const report = await only(listPlugin([5, 1, 9, 5], { limits }));
    expect(report).to.include({ status: 'halted', halt_reason: 'max_steps', steps: 3, best_energy: 1 });
    expect(report.best).to.equal(1);
  });

  it('halts by slope when the last K+1 energies lie within eps', async () => {
    const limits = { max_steps: 9, deadline_ms: 1000, halt_eps: 0.01, halt_k: 2, feasible_margin: null };
    const report = await only(listPlugin([9, 5, 1, 1.001, 1.002, 0, 0, 0, 0, 0], { limits }));
    expect(report).to.include({ halt_reason: 'slope<eps', steps: 4 });
  });

  it('takes an energy of 0 for the perfect answer it is, not for a missing one', async () => {
    const report = await only(listPlugin([4, 0, 3]));
    expect(report).to.include({ best_energy: 0, best_step: 1, best: 1 });
  });

  it('halts as feasible once the margin is met, and not before', async () => {
    const limits = { max_steps: 9, deadline_ms: 1000, halt_eps: 0, halt_k: 3, feasible_margin: 3 };
    const plugin = listPlugin([9, 8, 7, 6, 5, 4, 3, 2, 1, 0], { limits, feasibility: (state) => state });
    expect(await only(plugin)).to.include({ halt_reason: 'feasible', steps: 3, feasibility: 3 });
  });

  it("asks the plugin's own rule after every step", async () => {
    const halt = (energies: readonly number[]) =>
      energies.length === 3 ? { reason: 'feasible' as const, detail: 'enough' } : null;
    const report = await only(listPlugin([9, 8, 7, 6, 5], { halt }));
    expect(report).to.include({ halt_reason: 'feasible', halt_detail: 'enough', steps: 2 });
  });

  it('halts at the deadline with the best so far', async () => {
    const ports = manualPorts();
    const energies = Array.from({ length: 101 }, (_, index) => 100 - index);
    const step = (state: number) => {
      ports.pass(100);
      return state + 1;
    };
    const report = await refine(listPlugin(energies, { step }), 0, ports);
    expect(report).to.include({ status: 'halted', halt_reason: 'timeout', best_energy: 90, fault: null });
    expect(report.time_ms).to.be.greaterThan(999).and.lessThan(1101);
  });
});

describe('job runner: every run ends for the first reason that holds', () => {
  const limits = fc.record({
    max_steps: fc.integer({ min: 1, max: 30 }),
    deadline_ms: fc.double({ min: 0.05, max: 5, noNaN: true }),
    halt_eps: fc.constantFrom(0, 0.01, 1),
    halt_k: fc.integer({ min: 1, max: 6 }),
    feasible_margin: fc.option(fc.double({ min: -5, max: 5, noNaN: true })),
  });
  const energies = fc.array(fc.oneof(fc.double({ min: -9, max: 9, noNaN: true }), fc.constantFrom(0, 1)), {
    minLength: 31,
    maxLength: 31,
  });

  it('by slope over k+1 energies, feasibility with margin, step limit or deadline', async () => {
    const seen = new Set<string | null>();
    await fc.assert(
      fc.asyncProperty(limits, energies, async (bounds, list) => {
        const feasibility = (state: number) => -list[state]!;
        const report = await only(listPlugin(list, { limits: bounds, feasibility }));
        seen.add(report.halt_reason);
        expect(report.status).to.equal('halted');
        expect(report.energies).to.deep.equal(list.slice(0, report.steps + 1));
        const range = (step: number) => {
          const last = list.slice(step - bounds.halt_k, step + 1);
          return step < bounds.halt_k ? Number.POSITIVE_INFINITY : Math.max(...last) - Math.min(...last);
        };
        // The first step at which any of the rules holds, worked out from the list alone.
        const reasonAt = (step: number) => {
          if (bounds.feasible_margin !== null && feasibility(step) >= bounds.feasible_margin)
            return 'feasible';
          if (range(step) < bounds.halt_eps) return 'slope<eps';
          return step >= bounds.max_steps ? 'max_steps' : null;
        };
        for (let step = 0; step < report.steps; step++) expect(reasonAt(step), `at ${step}`).to.equal(null);
        if (report.halt_reason === 'timeout') expect(report.time_ms).to.be.at.least(bounds.deadline_ms);
        else expect(reasonAt(report.steps)).to.equal(report.halt_reason);
      }),
    );
    expect([...seen].sort()).to.deep.equal(['feasible', 'max_steps', 'slope<eps', 'timeout']);
  });
});

describe('job runner: anytime', () => {
  it('never answers with less than an earlier best, whatever the energies do', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 40 }),
        async (energies) => {
          const plugin = listPlugin(energies);
          const runner = createJobRunner([plugin], manualPorts(0.4));
          runner.submit(start(plugin));
          let best = Number.POSITIVE_INFINITY;
          for (let turn = 0; turn < 200; turn++) {
            await loopTurns(1);
            for (const report of runner.drain()) {
              const lowest = Math.min(...report.energies);
              if (report.best_energy !== null) {
                expect(report.best_energy).to.equal(lowest).and.to.be.at.most(best);
                expect(energies[report.best as number]).to.equal(lowest);
                best = report.best_energy;
              }
              if (report.status === 'halted') return;
            }
          }
          expect.fail('did not end');
        },
      ),
      { numRuns: 40 },
    );
  });

  it('projects after initState and after every step', async () => {
    let projections = 0;
    const project = (state: number) => {
      projections++;
      return Math.min(state, 2);
    };
    const report = await only(listPlugin([3, 2, 1, 0, -1], { project }));
    expect(projections).to.equal(5);
    expect(report.energies).to.deep.equal([3, 2, 1, 1, 1]);
  });

  it('gives equal runs for equal seeds, and others for other seeds', async () => {
    const [first, again, other] = await Promise.all([
      only(halvingPlugin(), { seed: 5 }),
      only(halvingPlugin(), { seed: 5 }),
      only(halvingPlugin(), { seed: 6 }),
    ]);
    expect(again.energies).to.deep.equal(first.energies);
    expect(other.energies).to.not.deep.equal(first.energies);
  });
});

describe('job runner: budget', () => {
  it('never spends more than it was granted, goes on after a grant, and accounts for every step', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 1500 }), { maxLength: 12 }), async (grants) => {
        const plugin = halvingPlugin();
        const runner = createJobRunner([plugin], manualPorts());
        let granted = 0;
        runner.submit(start(plugin, { grant_matp: 0 }));
        for (const grant_matp of grants) {
          granted += grant_matp;
          runner.submit({ kind: 'grant', job_id: 'halving-1', grant_matp });
          await loopTurns(4);
          for (const report of runner.drain()) {
            expect(report.spent_matp).to.be.at.most(granted);
            const began = report.energies.length > 0 ? 500 : 0;
            expect(report.spent_matp).to.equal(began + 250 * report.steps);
            if (report.status === 'starved') {
              expect(granted - report.spent_matp).to.be.lessThan(began === 0 ? 500 : 250);
            }
            if (report.status === 'halted') return;
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('lets a grant really lengthen the run', async () => {
    const energies = Array.from({ length: 21 }, (_, index) => 20 - index);
    const plugin = listPlugin(energies);
    const runner = createJobRunner([plugin], manualPorts());
    runner.submit(start(plugin, { grant_matp: 4000 }));
    await loopTurns(5);
    expect(runner.drain()[0]).to.include({ status: 'starved', steps: 3, spent_matp: 4000 });
    runner.submit({ kind: 'grant', job_id: 'list-1', grant_matp: 5500 });
    await loopTurns(5);
    expect(runner.drain()[0]).to.include({ status: 'starved', steps: 8, spent_matp: 9000, best_energy: 12 });
  });

  it('ends a starved job by its deadline', async () => {
    const ports = manualPorts();
    const plugin = listPlugin([3, 2, 1]);
    const runner = createJobRunner([plugin], ports);
    runner.submit(start(plugin, { grant_matp: 2000 }));
    await loopTurns(3);
    ports.pass(1000);
    expect(runner.drain()[0]).to.include({ status: 'halted', halt_reason: 'timeout', best_energy: 2 });
    expect(runner.live_jobs).to.equal(0);
  });

  it('refuses grants that are not whole milli-ATP', () => {
    const plugin = listPlugin([1, 0]);
    const runner = createJobRunner([plugin], manualPorts());
    for (const grant_matp of [-1, 0.5, Number.NaN]) {
      expect(() => runner.submit(start(plugin, { grant_matp })), String(grant_matp)).to.throw(
        SageError,
        'SAGE_606',
      );
    }
  });
});

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

  it('unmasks a lie also where the refinement is cancelled before it halts', async () => {
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
    expect(modest.fault?.text).to.contain('600 ms of the thread').and.to.contain('0.6 ATP');
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

describe('job runner: cancellation, interleaving, branches', () => {
  it('cancels at any moment: queued, starved, and while a step is under way', async () => {
    const plugin = listPlugin([3, 2, 1], { step: never });
    let disposed = 0;
    const runner = createJobRunner([{ ...plugin, dispose: () => disposed++ }], manualPorts());
    runner.submit(start(plugin, { job_id: 'queued' }));
    runner.submit({ kind: 'cancel', job_id: 'queued', reason: 'changed my mind' });
    runner.submit(start(plugin, { job_id: 'starved', grant_matp: 1000 }));
    runner.submit(start(plugin, { job_id: 'under way' }));
    await loopTurns(4);
    runner.submit({ kind: 'cancel', job_id: 'starved', reason: 'x' });
    runner.submit({ kind: 'cancel', job_id: 'under way', reason: 'x' });
    runner.submit({ kind: 'cancel', job_id: 'unheard of', reason: 'x' });
    const reports = runner.drain();
    expect(reports.map(({ job_id, status }) => `${job_id}: ${status}`)).to.deep.equal([
      'queued: cancelled',
      'starved: cancelled',
      'under way: cancelled',
    ]);
    expect(reports[0]?.halt_detail).to.equal('changed my mind');
    expect(reports[2]).to.include({ best_energy: 3, best: 0 });
    expect(disposed).to.equal(2);
    expect(runner.drain()).to.deep.equal([]);
  });

  it('stops a step that listens to its signal, and a refinement whose own signal is aborted', async () => {
    const heard: string[] = [];
    const step = (state: number, { signal }: { signal: AbortSignal }) =>
      new Promise<number>((resolve) => {
        signal.addEventListener('abort', () => {
          heard.push(String(signal.reason));
          resolve(state + 1);
        });
      });
    const plugin = listPlugin([3, 2, 1], { step });
    const controller = new AbortController();
    const ending = refine(plugin, 0, manualPorts(), { signal: controller.signal });
    await loopTurns(3);
    controller.abort();
    expect(await ending).to.include({
      status: 'cancelled',
      halt_detail: 'aborted',
      best_energy: 3,
      steps: 0,
    });
    expect(heard).to.deep.equal(['Error: refinement cancelled: aborted']);
  });

  it('frees what an initState brings that was cancelled while it was under way', async () => {
    const disposed: number[] = [];
    let arrive: (state: number) => void = () => {};
    const initState = () => new Promise<number>((resolve) => (arrive = resolve));
    const plugin = listPlugin([1, 0], { initState, dispose: (state) => disposed.push(state) });
    const runner = createJobRunner([plugin], manualPorts());
    runner.submit(start(plugin));
    await loopTurns(3);
    runner.submit({ kind: 'cancel', job_id: 'list-1', reason: 'too late' });
    expect(runner.drain()[0]).to.include({ status: 'cancelled', best_energy: null });
    expect(disposed).to.deep.equal([]);
    arrive(42);
    await loopTurns(2);
    expect(disposed).to.deep.equal([42]);
  });

  it('gives the event loop its turn between slices and shares a slice fairly', async () => {
    const energies = Array.from({ length: 4001 }, (_, index) => 4000 - index);
    const limits = { ...listPlugin([1, 0]).limits, max_steps: 4000, deadline_ms: 1e9 };
    const plugins = ['a', 'b', 'c'].map((id) => listPlugin(energies, { id, limits }));
    const ports = manualPorts(0.05);
    const runner = createJobRunner(plugins, ports);
    for (const plugin of plugins) runner.submit(start(plugin, { max_steps: 4000, grant_matp: 1e9 }));
    await loopTurns(60);
    const steps = runner.drain().map((report) => report.steps);
    expect(Math.min(...steps)).to.be.greaterThan(50);
    expect(Math.max(...steps) - Math.min(...steps)).to.be.lessThan(30);
    expect(ports.yields).to.be.greaterThan(30);
    runner.close();
    expect(runner.live_jobs).to.equal(0);
  });

  it('branches from an earlier state with other noise on its own grant, also after the end', async () => {
    const plugin = halvingPlugin();
    const runner = createJobRunner([plugin], manualPorts());
    runner.submit(start(plugin, { max_steps: 6 }));
    const [parent] = await untilEnded(runner, 1);
    const branch = {
      kind: 'branch',
      from_job_id: 'halving-1',
      grant_matp: 10_000,
      max_steps: 5,
      seed: 99,
    } as const;
    runner.submit({ ...branch, job_id: 'b', back_steps: 3 });
    runner.submit({ ...branch, job_id: 'c', back_steps: 40 });
    const [other, refused] = await untilEnded(runner, 2);
    expect(refused?.fault?.code).to.equal('SAGE_606');
    expect(other?.energies[0]).to.equal(parent?.energies[3]);
    expect(other?.energies[1]).to.not.equal(parent?.energies[4]);
    expect(other?.spent_matp).to.equal(5 * 250);
    expect(other?.origin).to.deep.include({ job_id: 'halving-1', step: 3 });
  });

  it('counts what a plugin says its work cost elsewhere, and passes its finite numbers on', async () => {
    const emitTelemetry = (state: number) => ({ cpu_ms: 10 * state, iou: 0.5, broken: Number.NaN });
    const report = await only(listPlugin([3, 2, 1], { emitTelemetry }));
    expect(report.cpu_ms).to.be.greaterThan(20);
    expect(report.extra).to.deep.equal({ cpu_ms: 20, iou: 0.5 });
  });
});
