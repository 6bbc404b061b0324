import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../../scripts/env.mjs';
import { ThreadRunner, type ThreadRunnerOptions } from '../../../src/app/refinement/thread-runner.js';
import { type Fault, SageError } from '../../../src/contracts/errors.js';
import type { InferencePort } from '../../../src/contracts/inference.js';
import type { JobReport } from '../../../src/contracts/irp.js';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';

const plugin = join(projectRoot, 'test/app/fixtures/odd-plugin.mjs');
const IDLE: InferencePort = {
  run: () => new Promise(() => {}),
  read: () => new Promise(() => {}),
  free: () => {},
};

describe('the refinement thread', function () {
  this.timeout(240_000);
  let runner: ThreadRunner;
  const faults = new Map<string, Fault | null>();

  function start(options: Partial<ThreadRunnerOptions> = {}): ThreadRunner {
    const parameters = defaultParameters();
    parameters.node.plugins = [plugin];
    faults.clear();
    runner = new ThreadRunner({
      parameters,
      inference: IDLE,
      onFault: (source, fault) => faults.set(source, fault),
      ...options,
    });
    return runner;
  }

  afterEach(() => runner.close());

  let jobs = 0;
  function submit(task: object, named = 'odd'): string {
    jobs += 1;
    const job_id = `job-${jobs}`;
    runner.submit({
      kind: 'start',
      job_id,
      plugin: named,
      task,
      grant_matp: 50_000,
      max_steps: 50,
      seed: 1,
    });
    return job_id;
  }

  /** Drains as the cycle does until a job has ended. */
  async function ended(job_id: string): Promise<JobReport> {
    for (;;) {
      const report = runner.drain().find((found) => found.job_id === job_id);
      if (report !== undefined && report.status !== 'running' && report.status !== 'starved') return report;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  it('refines off this thread, and brings the answer back', async () => {
    start();
    const report = await ended(submit({ count: 4 }));
    expect(report).to.deep.include({
      status: 'halted',
      halt_reason: 'feasible',
      steps: 4,
      best: { left: 0 },
    });
    expect(report.energies).to.deep.equal([4, 3, 2, 1, 0]);
    expect(runner.live_jobs).to.equal(0);
  });

  it('reports each ended job once, those that ended between two drains too', async () => {
    start();
    const ids = [submit({}), submit({}), submit({})];
    const seen: string[] = [];
    while (runner.live_jobs > 0 || seen.length < ids.length) {
      for (const { job_id, status } of runner.drain()) if (status === 'halted') seen.push(job_id);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(seen.sort()).to.deep.equal(ids);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(runner.drain()).to.deep.equal([]);
  });

  it('names an answer that cannot cross (SAGE_611), and a task that cannot', async () => {
    start();
    const answer = await ended(submit({ odd: true }));
    expect(answer.fault?.code).to.equal('SAGE_611');
    const task = await ended(submit({ call: () => 1 }));
    expect(task.fault?.code).to.equal('SAGE_611');
    expect((await ended(submit({}))).status).to.equal('halted');
  });

  it('replaces a thread whose step never returns: its jobs fail (SAGE_610), the next one runs', async () => {
    start({ stuck_ms: 300 });
    await ended(submit({}));
    const report = await ended(submit({ stuck: true }));
    expect(report.fault?.code).to.equal('SAGE_610');
    expect(faults.get('refinement')?.code).to.equal('SAGE_610');
    let next: JobReport;
    do {
      await new Promise((resolve) => setTimeout(resolve, 50));
      next = await ended(submit({}));
    } while (next.status === 'failed');
    expect(next.status).to.equal('halted');
    expect(faults.get('refinement')).to.equal(null);
  });

  it('plans only once the robot is known', async () => {
    start();
    const still = { stamp_ms: 0, joints: ['a'], position: [0], velocity: [0] };
    const target = { kind: 'joints', position: [0.5] };
    const task = { start: still, target, speed_scale: 0.5, table_height_m: -1, held_below_tip_m: 0 };
    expect((await ended(submit(task, 'trajectory'))).fault?.code).to.equal('SAGE_301');
    runner.describe('<robot name="broken"');
    expect((await ended(submit(task, 'trajectory'))).fault?.code).to.equal('SAGE_301');
  });

  it('asks the model host of this thread, gives up with its jobs, and hands slots back', async () => {
    const asked: string[] = [];
    const freed: number[] = [];
    let givenUp = 0;
    start({
      inference: {
        run: ({ graph, signal }) => {
          asked.push(graph);
          signal?.addEventListener('abort', () => {
            givenUp += 1;
          });
          if (graph === 'refine') return new Promise(() => {});
          const slots = { features: { slot: 1, generation: 1 }, state0: { slot: 2, generation: 1 } };
          return Promise.resolve({ tensors: {}, slots, run_ms: 1 });
        },
        read: () => new Promise(() => {}),
        free: (slots) => freed.push(...slots.map(({ slot }) => slot)),
      },
    });
    const data = new Uint8Array(64 * 48 * 3);
    const frame = { width: 64, height: 48, step: 192, encoding: 'rgb8', data, frame_id: 'camera' };
    const job_id = submit({ frame, stamp_ms: 1 }, 'vision');
    while (!asked.includes('refine')) await new Promise((resolve) => setTimeout(resolve, 10));
    runner.submit({ kind: 'cancel', job_id, reason: 'seen enough' });
    expect(await ended(job_id)).to.include({ status: 'cancelled', halt_detail: 'seen enough' });
    while (freed.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(asked).to.deep.equal(['encoder', 'refine']);
    expect(freed.sort()).to.deep.equal([1, 2]);
    expect(givenUp).to.equal(1);
  });

  it('passes refusals of the model host on with their code', async () => {
    const refusal = new SageError('SAGE_504', 'model host', 'killed');
    start({ inference: { ...IDLE, run: () => Promise.reject(refusal) } });
    const data = new Uint8Array(64 * 48 * 3);
    const frame = { width: 64, height: 48, step: 192, encoding: 'rgb8', data, frame_id: 'camera' };
    const report = await ended(submit({ frame, stamp_ms: 1 }, 'vision'));
    expect(report.fault?.code).to.equal('SAGE_504');
    expect(report.fault?.text).to.include('killed');
  });
});
