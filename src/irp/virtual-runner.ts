import type { AnyIrpPlugin, JobCommand, JobReport } from '../contracts/irp.js';
import type { Job } from './job.js';
import { JobTable, type JobTableOptions } from './job-table.js';
import type { RefinementRunner } from './runner.js';

interface VirtualRunnerOptions extends JobTableOptions {
  /** Declared time of initState and of one step per plugin id, ms; doubles as the measured cost. */
  readonly cost_ms: Readonly<Record<string, number>>;
  /** For plugins not in `cost_ms`; default 1. */
  readonly default_cost_ms?: number;
}

export interface VirtualRunner extends RefinementRunner {
  /**
   * Advances virtual time: every live job does the steps that fit, as if each had its own core. Wall time
   * passes only while an asynchronous step is awaited; one that never resolves blocks the simulation.
   */
  advance(dt_ms: number): Promise<void>;
}

/**
 * Runner for seeded simulation: the contract of createJobRunner, but a step takes its declared time and
 * nothing depends on the machine, so equal commands give equal reports.
 */
export function createVirtualRunner(
  plugins: readonly AnyIrpPlugin[],
  options: VirtualRunnerOptions,
): VirtualRunner {
  const table = new JobTable(plugins, options);
  const costs_ms = new Map(Object.entries(options.cost_ms));
  /** When each job's current piece of work completes, virtual ms. */
  const due_ms = new Map<Job, number>();
  let now_ms = 0;

  const cost_ms = (job: Job) => {
    const declared_ms = costs_ms.get(job.plugin.id) ?? options.default_cost_ms ?? 1;
    return Math.max(1e-6, declared_ms);
  };

  /** The ready job that completes next; ties go to the smallest id. */
  function next(): { readonly job: Job; readonly at_ms: number } | null {
    let first: { job: Job; at_ms: number } | null = null;
    for (const job of table.ready()) {
      const at_ms = due_ms.get(job) ?? now_ms + cost_ms(job);
      due_ms.set(job, at_ms);
      if (first === null || at_ms < first.at_ms || (at_ms === first.at_ms && job.job_id < first.job.job_id)) {
        first = { job, at_ms };
      }
    }
    return first;
  }

  async function advance(dt_ms: number): Promise<void> {
    const end_ms = now_ms + Math.max(0, Number.isFinite(dt_ms) ? dt_ms : 0);
    for (let turn = next(); turn !== null && turn.at_ms <= end_ms; turn = next()) {
      const { job, at_ms } = turn;
      now_ms = at_ms;
      due_ms.delete(job);
      let time_ms = at_ms - cost_ms(job);
      // The job reads the clock at start and end of its work; exactly the declared time lies between.
      const clock = () => {
        const reading_ms = time_ms;
        time_ms = at_ms;
        return reading_ms;
      };
      await job.advance(clock);
    }
    now_ms = end_ms;
  }

  return {
    advance,
    submit: (command: JobCommand): void => {
      table.submit(command, now_ms);
    },
    drainEnded: (): readonly JobReport[] => table.drainEnded(now_ms),
    drain(): readonly JobReport[] {
      for (const job of due_ms.keys()) if (!job.ready) due_ms.delete(job);
      return table.drain(now_ms);
    },
    get live_jobs() {
      return table.live_jobs;
    },
    close: () => table.cancelAll('the runner is closing', now_ms),
  };
}
