import { type Fault, messageOf, SageError } from '../contracts/errors.js';
import type { InferenceOutputs, InferenceRequest, Slot, Tensor } from '../contracts/inference.js';
import type { ModelHost, ModelHostHealth, ModelHostOptions, ModelHostState } from './api.js';
import { type Answered, type Ask, closed, HostConnection } from './connection.js';
import { Dispatcher } from './dispatcher.js';
import { greet } from './greeting.js';
import { healthOf } from './host-health.js';
import { loadJob, RunJob, SimpleJob, SlotBook, tensorsOf } from './jobs.js';
import { hostLaunch, loadLimitMs } from './launch.js';
import { inPrecision } from './manifest.js';
import { ModelState } from './model-state.js';
import type { HostHello, HostStats, OutgoingTensor } from './protocol.js';
import { discoverManifests, modelFolder } from './registry.js';
import { bytesOf } from './tensors.js';

/** A host that lived this long resets its back-off. */
const STABLE_MS = 10_000;
const CLOSE_PATIENCE_MS = 2_000;

interface ReadyWaiter {
  readonly resolve: () => void;
  readonly reject: (reason: SageError) => void;
}

class SupervisedHost implements ModelHost {
  private readonly models = new Map<string, ModelState>();
  private readonly folder: string;
  private manifest_faults: readonly Fault[] = [];
  private readonly book: SlotBook;
  private readonly dispatcher: Dispatcher;
  private readonly timers = new Set<NodeJS.Timeout>();
  private waiters: ReadyWaiter[] = [];
  private state: ModelHostState = 'starting';
  private connection: HostConnection | null = null;
  private hello: HostHello | null = null;
  private starts = 0;
  /** Losses in a row, each soon after the start; the back-off grows with them. */
  private losses = 0;
  private started_ms = 0;
  private last_loss: SageError | null = null;
  private closing: Promise<void> | null = null;
  private onClosed: (() => void) | null = null;

  constructor(private readonly options: ModelHostOptions) {
    this.book = new SlotBook(options.nextGeneration);
    this.dispatcher = new Dispatcher(options.parameters.queue_max, options.under_way_max);
    this.folder = modelFolder(options.parameters.folder);
    this.discover();
    void this.start();
  }

  /** Takes up models that are not known yet; returns them. */
  private discover(): ModelState[] {
    const { manifests, faults } = this.options.manifests
      ? { manifests: this.options.manifests, faults: [] }
      : discoverManifests(this.folder);
    this.manifest_faults = faults;
    const found = manifests
      .filter(({ id }) => !this.models.has(id))
      .map((manifest) => new ModelState(inPrecision(manifest, this.options.parameters), this.folder));
    for (const model of found) this.models.set(model.id, model);
    return found;
  }

  /** Broken manifests are read again after a growing pause, while the host is up. */
  private rediscover(attempt: number): void {
    if (this.manifest_faults.length === 0) return;
    this.later(this.pause_ms(attempt), () => {
      for (const model of this.discover()) this.loadOne(model);
      this.rediscover(attempt + 1);
    });
  }

  run(request: InferenceRequest): Promise<InferenceOutputs> {
    return new Promise((resolve, reject) => {
      // What throws in here rejects.
      request.signal?.throwIfAborted();
      const model = this.models.get(request.model);
      if (!model) throw new SageError('SAGE_512', request.model, 'no manifest with this id');
      this.requireHost();
      model.check(request);
      const job = new RunJob(request, this.options.parameters.timeout_ms, this.book, {
        resolve,
        reject,
        ran: (run_ms, took_ms) => model.ran(request.graph, run_ms, took_ms),
        discard: (slots) => this.free(slots),
        leave: () => this.dispatcher.leave(job),
      });
      this.dispatcher.submit(job);
      job.listen();
    });
  }

  async read(slot: Slot, signal?: AbortSignal): Promise<Tensor> {
    signal?.throwIfAborted();
    const answered = await this.simple(() => ({ op: 'read', slot: this.book.require(slot) }));
    signal?.throwIfAborted();
    const tensor = tensorsOf(answered).slot;
    if (!tensor) throw new SageError('SAGE_504', 'model host', 'it answered without the tensor');
    return tensor;
  }

  free(slots: readonly Slot[]): void {
    const numbers = this.book.forget(slots);
    if (numbers.length > 0) this.connection?.notify({ op: 'free', slots: numbers });
  }

  get generation(): number {
    return this.book.generation;
  }

  slots(): readonly Slot[] {
    return this.book.all();
  }

  async put(tensor: Tensor): Promise<Slot> {
    const slot = this.book.make();
    const { type: dtype, dims, data } = tensor;
    const ask = (): Ask => ({ op: 'put', slot: slot.slot, inputs: [] });
    await this.simple(ask, [{ name: 'slot', dtype, dims, bytes: bytesOf(data) }]);
    this.book.kept([slot]);
    return slot;
  }

  replace(reason: SageError): void {
    this.connection?.kill(reason);
  }

  async stats(): Promise<HostStats> {
    const { answer } = await this.simple(() => ({ op: 'stats' }));
    if (!answer.stats) throw new SageError('SAGE_504', 'model host', 'it answered without its figures');
    return answer.stats;
  }

  ready(): Promise<void> {
    if (this.state === 'ready') return Promise.resolve();
    if (this.closing) return Promise.reject(closed());
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }));
  }

  health(): ModelHostHealth {
    return healthOf(
      this.state,
      [...this.models.values()].map((model) => model.health()),
      this.manifest_faults,
      {
        pid: this.connection?.pid ?? null,
        hello: this.hello,
        restarts: Math.max(0, this.starts - 1),
        queued: this.dispatcher.waiting,
        slots: this.book.count,
        last_loss: this.last_loss?.toFault() ?? null,
      },
    );
  }

  close(at_once = false): Promise<void> {
    this.closing ??= this.shutDown(at_once);
    return this.closing;
  }

  private async shutDown(at_once: boolean): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    for (const { reject } of this.waiters.splice(0)) reject(closed());
    this.dispatcher.detach(closed());
    const { connection } = this;
    if (connection) {
      const gone = new Promise<void>((resolve) => {
        this.onClosed = resolve;
      });
      if (at_once) connection.kill(closed());
      else connection.endInput(closed());
      const patience = setTimeout(() => connection.kill(closed()), CLOSE_PATIENCE_MS);
      await gone;
      clearTimeout(patience);
    }
    this.state = 'closed';
  }

  /** @throws SageError SAGE_504 when there is none, and none is coming up just now. */
  private requireHost(): void {
    if (this.closing) throw closed();
    if (this.state === 'waiting') {
      const told = `it is restarting; it was lost: ${this.last_loss?.detail ?? ''}`;
      throw new SageError('SAGE_504', 'model host', told);
    }
  }

  private simple(
    ask: () => Ask,
    tensors: readonly OutgoingTensor[] = [],
    timeout_ms = this.options.parameters.timeout_ms,
  ): Promise<Answered> {
    return new Promise((resolve, reject) => {
      this.requireHost();
      this.dispatcher.submit(new SimpleJob(ask, timeout_ms, resolve, reject, tensors));
    });
  }

  /** Starts one process; whatever fails here ends it, and `onGone` begins the next. */
  private async start(): Promise<void> {
    this.state = 'starting';
    this.starts += 1;
    this.started_ms = performance.now();
    this.book.renew();
    const connection: HostConnection = new HostConnection(
      this.options.launch ?? hostLaunch(this.options.parameters),
      {
        onLine: (text) => this.options.onEvent?.({ kind: 'line', text }),
        onGone: (reason) => this.onGone(reason),
      },
    );
    this.connection = connection;
    const { load_timeout_ms } = this.options.parameters;
    const limit = setTimeout(() => {
      const told = `it did not start within ${load_timeout_ms} ms`;
      connection.kill(new SageError('SAGE_506', 'model host', told));
    }, load_timeout_ms);
    try {
      this.hello = await greet(connection, this.options.parameters);
      this.loadAll(connection);
    } catch (thrown) {
      const reason =
        thrown instanceof SageError ? thrown : new SageError('SAGE_504', 'model host', messageOf(thrown));
      connection.kill(reason);
    } finally {
      clearTimeout(limit);
    }
  }

  private loadAll(connection: HostConnection): void {
    const models = [...this.models.values()].filter((model) => !model.hopeless);
    let open = models.length;
    const ended = () => {
      open -= 1;
      if (open === 0) this.becomeReady(connection);
    };
    for (const model of models) {
      model.loading();
      this.loadOne(model, ended);
    }
    this.dispatcher.attach(connection);
    if (models.length === 0) this.becomeReady(connection);
  }

  private loadOne(model: ModelState, ended?: () => void): void {
    const limit_ms = loadLimitMs(this.options.parameters, this.hello?.providers ?? [], model.loads());
    const onEnd = (fault: SageError | null, lost: boolean, recovered: boolean) => {
      if (fault) this.options.onEvent?.({ kind: 'fault', fault: fault.toFault() });
      if (recovered) this.options.onEvent?.({ kind: 'recovered', model: model.id });
      // A lost host reloads everything; otherwise the file may be restored later.
      if (fault && !lost) this.later(this.pause_ms(model.failures), () => this.loadOne(model));
      ended?.();
    };
    this.dispatcher.submitFirst(loadJob(model, limit_ms, onEnd));
  }

  private becomeReady(connection: HostConnection): void {
    if (this.closing || this.connection !== connection) return;
    this.state = 'ready';
    this.options.onEvent?.({ kind: 'ready', pid: connection.pid, health: this.health() });
    for (const { resolve } of this.waiters.splice(0)) resolve();
    this.rediscover(1);
  }

  private onGone(reason: SageError): void {
    this.connection = null;
    this.book.renew();
    if (this.closing) {
      this.onClosed?.();
      return;
    }
    this.state = 'waiting';
    this.last_loss = reason;
    this.losses = performance.now() - this.started_ms > STABLE_MS ? 1 : this.losses + 1;
    const told = `it was lost while this request waited: ${reason.detail}`;
    this.dispatcher.detach(new SageError('SAGE_504', 'model host', told));
    this.options.onEvent?.({ kind: 'fault', fault: reason.toFault() });
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    this.later(this.pause_ms(this.losses), () => void this.start());
  }

  /** Doubles with each failure in a row, within its bounds. */
  private pause_ms(failures: number): number {
    const { restart_min_ms, restart_max_ms } = this.options.parameters;
    return Math.min(restart_max_ms, restart_min_ms * 2 ** Math.min(failures - 1, 30));
  }

  private later(pause_ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, pause_ms);
    this.timers.add(timer);
  }
}

/**
 * Starts a model host and keeps it up: a host that dies (SAGE_504) or does not answer in time (SAGE_506) is replaced
 * after a growing pause, with its models loaded again. Files are checked against their manifests before each load; a
 * model that cannot be loaded is tried again later and does not keep the others.
 */
export function createModelHost(options: ModelHostOptions): ModelHost {
  return new SupervisedHost(options);
}
