import { expect } from 'chai';
import { createJobRunner, refine } from '../../../src/irp/index.js';
import {
  halvingPlugin,
  listPlugin,
  loopTurns,
  manualPorts,
  never,
  only,
  start,
  untilEnded,
} from '../plugins.js';

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
