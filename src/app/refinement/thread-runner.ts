import type { Worker } from 'node:worker_threads';
import { type ErrorCode, type Fault, fault, messageOf } from '../../contracts/errors.js';
import type { InferencePort } from '../../contracts/inference.js';
import type { JobCommand, JobReport, JobRunner } from '../../contracts/irp.js';
import type { ParameterValue } from '../../contracts/parameter-walk.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { refusal } from '../../irp/index.js';
import { startWorker } from '../../threads/start-worker.js';
import { InferenceServer } from './crossing-inference.js';
import type { FromThread, ThreadSetup, ToThread } from './protocol.js';

/** A thread that does not answer for so long is stuck in a step that never returns, ms. */
const STUCK_MS = 5000;
/** Loading takes longer than answering, ms. */
const START_MS = 60_000;
/** Pause before a thread that was lost is started again, ms; doubles with each loss in a row. */
const PAUSE_MIN_MS = 200;
const PAUSE_MAX_MS = 10_000;
/** A thread that lasted this long did not fail at its start, ms. */
const STABLE_MS = 30_000;

export interface ThreadRunnerOptions {
  readonly parameters: Parameters;
  readonly inference: InferencePort;
  /** What stands against the thread; null clears it. */
  readonly onFault: (source: string, fault: Fault | null) => void;
  readonly stuck_ms?: number;
}

/** A job as the thread was last told of it. */
interface Open {
  readonly plugin: string;
  last: JobReport | null;
}

/**
 * Runs refinements on a thread of their own. `submit` and `drain` never wait: reports are those that have arrived, the
 * latest of each job. A thread that ends or is stuck in a step that never returns is replaced, and its jobs end with
 * SAGE_610; nothing else of the node is held up by it.
 */
export class ThreadRunner implements JobRunner {
  private worker: Worker | null = null;
  private server: InferenceServer | null = null;
  private readonly open = new Map<string, Open>();
  private readonly changed = new Map<string, JobReport>();
  private urdf: string | null = null;
  private ready = false;
  private closed = false;
  private losses = 0;
  private started_ms = 0;
  /** When a look was asked for that is not answered yet. */
  private asked_ms: number | null = null;
  private again: NodeJS.Timeout | null = null;

  constructor(private readonly options: ThreadRunnerOptions) {
    this.start();
  }

  /** Jobs that run or starve, as far as reported. */
  get live_jobs(): number {
    return this.open.size;
  }

  submit(command: JobCommand): void {
    if (command.kind === 'start') this.open.set(command.job_id, { plugin: command.plugin, last: null });
    if (command.kind === 'branch') {
      const plugin = this.open.get(command.from_job_id)?.plugin ?? command.from_job_id;
      this.open.set(command.job_id, { plugin, last: null });
    }
    if (this.worker === null) {
      this.lose('SAGE_610', 'the thread is being started again', command.job_id);
      return;
    }
    try {
      this.post({ kind: 'submit', command });
    } catch (thrown) {
      this.lose('SAGE_611', messageOf(thrown), command.job_id);
    }
  }

  /** Reports that arrived since the last drain, by job id; asks for those of the next. */
  drain(): readonly JobReport[] {
    this.watch();
    const reports = [...this.changed.values()].sort((a, b) => (a.job_id < b.job_id ? -1 : 1));
    this.changed.clear();
    if (this.worker !== null && this.asked_ms === null) {
      this.asked_ms = performance.now();
      this.post({ kind: 'look' });
    }
    return reports;
  }

  /** The description that plans are made for. */
  describe(urdf: string): void {
    if (urdf === this.urdf) return;
    this.urdf = urdf;
    this.post({ kind: 'description', urdf });
  }

  /** A live parameter, also for the plugins. */
  setParameter(path: string, value: ParameterValue): void {
    this.post({ kind: 'parameter', path, value });
  }

  /** Ends the thread and what runs on it. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.again !== null) clearTimeout(this.again);
    this.server?.close();
    const { worker } = this;
    this.worker = null;
    worker?.removeAllListeners();
    await worker?.terminate();
  }

  private start(): void {
    this.started_ms = performance.now();
    this.asked_ms = null;
    this.ready = false;
    const worker = startWorker<ThreadSetup>(import.meta.url, 'thread', {
      parameters: this.options.parameters,
    });
    const server = new InferenceServer(this.options.inference, (message, transfer) =>
      worker.postMessage(message, transfer),
    );
    worker.on('message', (message: FromThread) => this.take(message, server));
    worker.on('error', (thrown) => this.gone(worker, messageOf(thrown)));
    worker.on('exit', (code) => this.gone(worker, `it ended with code ${code}`));
    this.worker = worker;
    this.server = server;
    if (this.urdf !== null) this.post({ kind: 'description', urdf: this.urdf });
  }

  private post(message: ToThread): void {
    this.worker?.postMessage(message);
  }

  private take(message: FromThread, server: InferenceServer): void {
    if (message.kind === 'ready') {
      this.ready = true;
      this.options.onFault('refinement', null);
    } else if (message.kind === 'reports') {
      if (message.asked) this.asked_ms = null;
      for (const report of message.reports) this.note(report);
    } else server.take(message);
  }

  private note(report: JobReport): void {
    const open = this.open.get(report.job_id);
    if (open === undefined) return;
    open.last = report;
    this.changed.set(report.job_id, report);
    if (report.status !== 'running' && report.status !== 'starved') this.open.delete(report.job_id);
  }

  /** A step that never returns holds up its thread alone; that thread is ended. */
  private watch(): void {
    const { worker, asked_ms } = this;
    if (worker === null || asked_ms === null) return;
    const limit_ms = this.ready ? (this.options.stuck_ms ?? STUCK_MS) : START_MS;
    const waited_ms = performance.now() - asked_ms;
    if (waited_ms < limit_ms) return;
    worker.removeAllListeners();
    void worker.terminate();
    this.gone(worker, `it did not answer for ${Math.round(waited_ms)} ms: a step does not return`);
  }

  private gone(worker: Worker, why: string): void {
    if (this.closed || this.worker !== worker) return;
    this.worker = null;
    this.server?.close();
    this.losses = performance.now() - this.started_ms > STABLE_MS ? 1 : this.losses + 1;
    for (const job_id of [...this.open.keys()]) this.lose('SAGE_610', why, job_id);
    this.options.onFault('refinement', fault('SAGE_610', 'refinement thread', why));
    const pause_ms = Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** Math.min(this.losses - 1, 30));
    this.again = setTimeout(() => this.start(), pause_ms);
  }

  /** Ends a job whose thread is gone: what it spent so far stays spent. */
  private lose(code: ErrorCode, why: string, job_id: string): void {
    const open = this.open.get(job_id);
    if (open === undefined) return;
    this.note({
      ...(open.last ?? refusal(job_id, open.plugin, code, why)),
      status: 'failed',
      halt_detail: why,
      fault: fault(code, `plugin ${open.plugin}, ${job_id}`, why),
    });
  }
}
