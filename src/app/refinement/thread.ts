import { parentPort, workerData } from 'node:worker_threads';
import { fault, messageOf, SageError } from '../../contracts/errors.js';
import type { JobReport } from '../../contracts/irp.js';
import { setParameter } from '../../contracts/parameters/index.js';
import { createJobRunner, jobOptions } from '../../irp/index.js';
import { type ArmContext, armContext } from '../../robot/arm-context.js';
import { parseUrdf } from '../../robot/urdf.js';
import { composePlugins } from '../compose.js';
import { loadExtensions } from '../extensions.js';
import { CrossingInference } from './crossing-inference.js';
import type { FromThread, ThreadSetup, ToThread } from './protocol.js';

/**
 * Entry of the refinement thread: the plugins' steps run here, so that neither their time nor their garbage delays
 * the thread that serves ROS and keeps the cycle.
 */

/** How often it looks for jobs that ended, ms: much less than a cycle, so that an answer is there for the next one. */
const LOOK_MS = 5;

const machine = {
  cpuNow_ms: () => performance.now(),
  yieldToLoop: () => new Promise<void>((resolve) => setImmediate(resolve)),
};

const { parameters } = workerData as ThreadSetup;
const post = (message: FromThread): void => parentPort?.postMessage(message);
/** What came before the plugins were loaded. */
const early: ToThread[] = [];
let take = (message: ToThread): void => {
  early.push(message);
};
parentPort?.on('message', (message: ToThread) => take(message));
void serve();

/** Loads the plugins, then runs what comes. A plugin that cannot be loaded ends the thread with its reason. */
async function serve(): Promise<void> {
  const extensions = await loadExtensions(parameters);
  const inference = new CrossingInference(post);
  let arm: ArmContext | null = null;
  const plugins = composePlugins({ parameters, inference, robot: () => arm, extensions });
  const runner = createJobRunner(plugins, machine, jobOptions(parameters));
  take = (message) => {
    if (message.kind === 'submit') runner.submit(message.command);
    else if (message.kind === 'look') tell(runner.drain(), runner.live_jobs, true);
    else if (message.kind === 'description') arm = armOf(message.urdf);
    else if (message.kind === 'parameter') setParameter(parameters, message.path, message.value);
    else inference.take(message);
  };
  for (const message of early.splice(0)) take(message);
  setInterval(() => {
    const reports = runner.drainEnded();
    if (reports.length > 0) tell(reports, runner.live_jobs, false);
  }, LOOK_MS);
  post({ kind: 'ready' });
}

/** An answer that is no plain data cannot cross; its refinement fails by name, the others go on. */
function tell(reports: readonly JobReport[], live_jobs: number, asked: boolean): void {
  try {
    post({ kind: 'reports', reports, live_jobs, asked });
  } catch {
    for (const report of reports) {
      try {
        post({ kind: 'reports', reports: [report], live_jobs, asked: false });
      } catch (thrown) {
        const found = fault('SAGE_611', `plugin ${report.plugin}, ${report.job_id}`, messageOf(thrown));
        const failed: JobReport = { ...report, status: 'failed', best: undefined, fault: found };
        post({ kind: 'reports', reports: [failed], live_jobs, asked: false });
      }
    }
    post({ kind: 'reports', reports: [], live_jobs, asked });
  }
}

/** A description that cannot be used is named by the kernel, which reads it too; here there is just no arm. */
function armOf(urdf: string): ArmContext | null {
  try {
    return armContext(parseUrdf(urdf), parameters.robot);
  } catch (thrown) {
    if (thrown instanceof SageError) return null;
    throw thrown;
  }
}
