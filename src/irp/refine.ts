import type { AnyIrpPlugin, JobReport } from '../contracts/irp.js';
import { MAX_STEPS_LIMIT } from './plugin-check.js';
import { createJobRunner, type RunnerOptions, type RunnerPorts } from './runner.js';

export interface RefineOptions extends RunnerOptions {
  /** Milli-ATP it may spend; default unlimited. */
  readonly grant_matp?: number;
  readonly max_steps?: number;
  readonly seed?: number;
  /** Cancels the refinement; the best so far stays in the report. */
  readonly signal?: AbortSignal;
  /** Called after every slice with progress. */
  readonly onReport?: (report: JobReport) => void;
}

/**
 * Runs one refinement from start to end, for tools, tests and plugin authors; the robot itself uses the
 * runner. A spent grant cancels it, because there is nobody to extend it. Never rejects because of the
 * plugin: its faults are in the report's `fault`.
 * @throws SageError SAGE_607 if the plugin's declaration is malformed.
 */
export async function refine(
  plugin: AnyIrpPlugin,
  task: unknown,
  ports: RunnerPorts,
  options: RefineOptions = {},
): Promise<JobReport> {
  const runner = createJobRunner([plugin], ports, options);
  const job_id = `${plugin.id}-refine`;
  const { grant_matp = Number.MAX_SAFE_INTEGER, max_steps = MAX_STEPS_LIMIT, seed = 1 } = options;
  runner.submit({ kind: 'start', job_id, plugin: plugin.id, task, grant_matp, max_steps, seed });
  // Bounded by the plugin's deadline, which every drain checks.
  for (;;) {
    await ports.yieldToLoop();
    if (options.signal?.aborted) runner.submit({ kind: 'cancel', job_id, reason: 'aborted' });
    const report = runner.drain()[0];
    if (report === undefined) continue;
    options.onReport?.(report);
    if (report.status === 'starved') runner.submit({ kind: 'cancel', job_id, reason: 'grant spent' });
    else if (report.status !== 'running') return report;
  }
}
