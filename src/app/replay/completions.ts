import type { AnyIrpPlugin, JobCommand, JobReport } from '../../contracts/irp.js';
import type { LogCommand, LogJob } from '../../contracts/log.js';
import { createVirtualRunner, type VirtualRunner } from '../../irp/index.js';
import { JobReader } from '../../replay/log-inputs.js';
import type { LogEntry } from '../../replay/log-reader.js';
import { commandRecord } from '../../replay/run-recorder.js';
import { DECLARED_COST_MS } from '../declared-costs.js';

/** Where refinements get done, and when their completions reach the kernel. */
export interface Completions {
  /** What they reached since the cycle before; `entry` is the cycle of the log that is followed, if any. */
  reports(dt_ms: number, entry: LogEntry | null): Promise<readonly JobReport[]>;
  submit(commands: readonly JobCommand[], entry: LogEntry | null): void;
  close(): void;
}

/** A step takes its declared time; models run for real, and are waited for. */
export class DeclaredCompletions implements Completions {
  private readonly runner: VirtualRunner;

  constructor(
    plugins: readonly AnyIrpPlugin[],
    cost_ms: Readonly<Record<string, number>> = DECLARED_COST_MS,
  ) {
    this.runner = createVirtualRunner(plugins, { cost_ms });
  }

  async reports(dt_ms: number): Promise<readonly JobReport[]> {
    await this.runner.advance(dt_ms);
    return this.runner.drain();
  }

  submit(commands: readonly JobCommand[]): void {
    for (const command of commands) this.runner.submit(command);
  }

  close(): void {
    this.runner.close();
  }
}

/**
 * Completions as a log has them: nothing is computed, and every one comes in the cycle in which it came then. From
 * the first cycle in which the kernel asks for something else than it did in the log, refinements run for real, each
 * step with the mean time that the log measured for its plugin; what was under way is given up.
 */
export class RecordedCompletions implements Completions {
  private readonly reader = new JobReader();
  private readonly costs = new MeanCosts();
  /** Jobs of the log that are under way, by id. */
  private readonly live = new Map<string, JobReport>();
  private own: DeclaredCompletions | null = null;
  private given_up: JobReport[] = [];

  constructor(
    private readonly plugins: readonly AnyIrpPlugin[],
    /** Told once, with the commands of the log and those of this run, where they part. */
    private readonly onParting: (
      cycle: number,
      then: readonly LogCommand[],
      now: readonly LogCommand[],
    ) => void,
  ) {}

  async reports(dt_ms: number, entry: LogEntry | null): Promise<readonly JobReport[]> {
    if (this.own !== null) {
      const given_up = this.given_up;
      this.given_up = [];
      return [...given_up, ...(await this.own.reports(dt_ms))].sort(byId);
    }
    return (entry?.jobs ?? []).map((job) => this.take(job));
  }

  submit(commands: readonly JobCommand[], entry: LogEntry | null): void {
    if (this.own === null) {
      const now = commands.map(commandRecord);
      const then = entry?.cycle.commands ?? [];
      if (JSON.stringify(now) === JSON.stringify(then)) return;
      this.onParting(entry?.cycle.cycle ?? 0, then, now);
      this.own = new DeclaredCompletions(this.plugins, this.costs.means());
      this.given_up = [...this.live.values()].map(givenUp);
    }
    const ours = commands.filter(({ kind, job_id }) => kind === 'start' || !this.live.has(job_id));
    this.own.submit(
      ours.filter((command) => command.kind !== 'branch' || !this.live.has(command.from_job_id)),
    );
  }

  close(): void {
    this.own?.close();
  }

  private take(job: LogJob): JobReport {
    const report = this.reader.reportOf(job);
    if (isLive(report)) this.live.set(report.job_id, report);
    else {
      this.live.delete(report.job_id);
      this.costs.add(report);
    }
    return report;
  }
}

/** Mean time of a step per plugin, from the refinements that ended. */
class MeanCosts {
  private readonly sums = new Map<string, { time_ms: number; steps: number }>();

  add({ plugin, time_ms, steps }: JobReport): void {
    const sum = this.sums.get(plugin) ?? { time_ms: 0, steps: 0 };
    // initState counts as a step.
    this.sums.set(plugin, { time_ms: sum.time_ms + time_ms, steps: sum.steps + steps + 1 });
  }

  means(): Readonly<Record<string, number>> {
    const measured = [...this.sums].map(([plugin, { time_ms, steps }]) => [plugin, time_ms / steps] as const);
    return { ...DECLARED_COST_MS, ...Object.fromEntries(measured) };
  }
}

function isLive({ status }: JobReport): boolean {
  return status === 'running' || status === 'starved';
}

function givenUp(report: JobReport): JobReport {
  return {
    ...report,
    status: 'cancelled',
    halt_reason: null,
    halt_detail: 'the replay diverged from the log here',
  };
}

function byId(a: JobReport, b: JobReport): number {
  return a.job_id < b.job_id ? -1 : Number(a.job_id > b.job_id);
}
