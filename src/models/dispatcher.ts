import { messageOf, SageError } from '../contracts/errors.js';
import type { Answered, HostConnection } from './connection.js';
import type { Job } from './jobs.js';

function asSageError(thrown: unknown): SageError {
  return thrown instanceof SageError
    ? thrown
    : new SageError('SAGE_505', 'model host', messageOf(thrown), { cause: thrown });
}

function settle(job: Job, answered: Answered, took_ms: number): void {
  try {
    job.settle(answered, took_ms);
  } catch (thrown) {
    // A host that describes its answer wrongly must cost this request, not the node.
    job.fail(asSageError(thrown));
  }
}

/**
 * A bounded queue in front of the host. One request is under way at a time: the host can do no more, and so the time
 * limit of each counts from when it is really its turn. A host that exceeds one is killed. Where time limits do not
 * matter a second one may lie ready in the host, which then need not wait for this side between the two.
 */
export class Dispatcher {
  private readonly urgent: Job[] = [];
  private readonly queue: Job[] = [];
  private connection: HostConnection | null = null;
  private under_way = 0;

  constructor(
    private readonly queue_max: number,
    private readonly under_way_max: 1 | 2 = 1,
  ) {}

  get waiting(): number {
    return this.queue.length;
  }

  /** @throws SageError SAGE_509 when as much is waiting as may. */
  submit(job: Job): void {
    if (this.queue.length >= this.queue_max) {
      throw new SageError('SAGE_509', 'model host', `${this.queue.length} requests are waiting`);
    }
    this.queue.push(job);
    this.pump();
  }

  /** Goes before all that waits. For loading models, of which each has at most one job here. */
  submitFirst(job: Job): void {
    this.urgent.push(job);
    this.pump();
  }

  /** Takes a job out that has not been sent yet. */
  leave(job: Job): void {
    const index = this.queue.indexOf(job);
    if (index >= 0) this.queue.splice(index, 1);
  }

  /** From now on jobs go to this host. */
  attach(connection: HostConnection): void {
    this.connection = connection;
    this.pump();
  }

  /** The host is gone: what waits is rejected; what was under way has been by the connection. */
  detach(reason: SageError): void {
    this.connection = null;
    for (const job of [...this.urgent.splice(0), ...this.queue.splice(0)]) job.fail(reason);
  }

  private pump(): void {
    while (this.under_way < this.under_way_max && this.connection) {
      const job = this.urgent.shift() ?? this.queue.shift();
      if (!job) return;
      this.under_way += 1;
      this.carryOut(job, this.connection);
    }
  }

  /** Without promises: each would be one turn more between the answer and whoever waits for it. */
  private carryOut(job: Job, connection: HostConnection): void {
    const limit = setTimeout(() => {
      const told = `no answer within ${job.timeout_ms} ms; it is being replaced`;
      connection.kill(new SageError('SAGE_506', 'model host', told));
    }, job.timeout_ms);
    const began_ms = performance.now();
    const end = (tell: () => void) => {
      clearTimeout(limit);
      // First free, then notify: the caller may send its next request at once.
      this.under_way -= 1;
      tell();
      this.pump();
    };
    try {
      const { ask, tensors } = job.ask();
      connection.send(ask, tensors, {
        resolve: (answered) => end(() => settle(job, answered, performance.now() - began_ms)),
        reject: (reason) => end(() => job.fail(reason)),
      });
    } catch (thrown) {
      // Not at once: who asked is still at it.
      queueMicrotask(() => end(() => job.fail(asSageError(thrown))));
    }
  }
}
