import type { AnyIrpPlugin, JobCommand, JobReport, JobRunner } from '../contracts/irp.js';
import type { Job } from './job.js';
import { JobTable, type JobTableOptions } from './job-table.js';

/** What the runner needs from the machine. */
export interface RunnerPorts {
  /** Monotonic clock of the highest resolution available, ms: paces slices, deadlines and measured cost. */
  cpuNow_ms(): number;
  /** Resolves after the event loop has had a turn (setImmediate, say). */
  yieldToLoop(): Promise<void>;
}

export interface RunnerOptions extends JobTableOptions {
  /** Longest stretch of synchronous steps between two turns of the event loop, ms; default 1. */
  readonly slice_ms?: number;
}

/** A runner that owns its jobs, and so must be closed when the process ends. */
export interface RefinementRunner extends JobRunner {
  /** Like `drain`, for ended jobs only. */
  drainEnded(): readonly JobReport[];
  /** Jobs that are running or starved. */
  readonly live_jobs: number;
  /** Cancels everything running; the last reports can still be drained. */
  close(): void;
}

/**
 * Runs refinements cooperatively beside the kernel. Jobs take turns, each within its part of a slice of at
 * most `slice_ms`. The event loop has its turn after every slice, so ROS callbacks and the cycle are delayed
 * by one slice plus one step at most. Asynchronous steps run concurrently and do not occupy the queue.
 * Deadlines are checked after every step and at every drain. Nothing in the same thread can stop a
 * synchronous step that never returns: such work belongs in a model host.
 * @throws SageError SAGE_607 if a plugin's declaration is malformed; SAGE_606 from `submit` for a duplicate
 * job id.
 */
export function createJobRunner(
  plugins: readonly AnyIrpPlugin[],
  ports: RunnerPorts,
  options: RunnerOptions = {},
): RefinementRunner {
  const table = new JobTable(plugins, options);
  const clock = () => ports.cpuNow_ms();
  const slice_ms = options.slice_ms ?? 1;
  const queue: Job[] = [];
  const queued = new Set<Job>();
  let pumping = false;

  function enqueue(job: Job): void {
    if (!job.ready || queued.has(job)) return;
    queued.add(job);
    queue.push(job);
    if (!pumping) void pump();
  }

  function work(job: Job, begin_ms: number, share_ms: number): void {
    while (job.ready) {
      const under_way = job.advance(clock);
      if (under_way) {
        void under_way.then(() => enqueue(job));
        return;
      }
      if (job.last_ms - begin_ms >= share_ms) break;
    }
    enqueue(job);
  }

  async function pump(): Promise<void> {
    pumping = true;
    while (queue.length > 0) {
      await ports.yieldToLoop();
      const begin_ms = clock();
      const share_ms = slice_ms / queue.length;
      let now_ms = begin_ms;
      for (let turns = queue.length; turns > 0 && now_ms - begin_ms < slice_ms; turns--) {
        const job = queue.shift()!;
        queued.delete(job);
        work(job, now_ms, share_ms);
        now_ms = clock();
      }
    }
    pumping = false;
  }

  return {
    submit(command: JobCommand): void {
      const job = table.submit(command, clock());
      if (job !== null) enqueue(job);
    },
    drain: (): readonly JobReport[] => table.drain(clock()),
    drainEnded: (): readonly JobReport[] => table.drainEnded(clock()),
    get live_jobs() {
      return table.live_jobs;
    },
    close: () => table.cancelAll('the runner is closing', clock()),
  };
}
