import { resolve } from 'node:path';
import { SageError } from '../../contracts/errors.js';
import { requireFolderOf } from '../../replay/output-folder.js';
import { planProcesses } from '../bringup/plan.js';
import {
  livePresenter,
  type Presenter,
  type PresenterActions,
  plainPresenter,
} from '../bringup/presenter.js';
import { Run, type RunResult } from '../bringup/run.js';
import { summarise, summaryText } from '../bringup/summary.js';
import { loadConfiguration } from '../config.js';
import { EXIT, errorJson, print, printJson } from '../output.js';
import { tabletopConfig } from '../paths.js';
import { DEFAULT_GOAL, type UpOptions } from './up-options.js';

/** Brings the graph up, shows what it does, and ends it: on Ctrl-C, after `--seconds`, or when a process dies. */
export async function runUp(options: UpOptions, rosArguments: readonly string[]): Promise<number> {
  if (options.log !== undefined) requireFolderOf(resolve(options.log));
  if (options.urdf !== undefined) await checkOwn(options.urdf, options);
  else if (options.sim && options.config.length > 0) await checkTabletop(options);
  const goal = options.goal ?? (options.sim ? DEFAULT_GOAL : null);
  const processes = planProcesses(requestOf(options, rosArguments), process.env);
  const presenter = present(options, {
    onGoal: (text) => void run.giveGoal(text),
    onInterrupt: () => run.stop('interrupted'),
  });
  const run = new Run({
    processes,
    goal,
    seconds: options.seconds ?? null,
    onEvent: (event) => presenter.event(event),
    onLine: (name, line) => presenter.line(name, line),
  });
  const release = onSignals(() => run.stop('interrupted'));
  const result = await run.ended;
  release();
  presenter.close();
  return conclude(result, options, goal, presenter.keepsLines ? [] : result.last_lines.slice(-20));
}

function requestOf(options: UpOptions, rosArguments: readonly string[]) {
  const { namespace, useSimTime, logLevel, seed, log, urdf } = options;
  const set = [
    ...(seed === undefined ? [] : ['-p', `sim.seed:=${seed}`]),
    ...(log === undefined ? [] : ['-p', `node.log:=${resolve(log)}`]),
  ];
  return {
    values: {
      sim: urdf === undefined ? String(options.sim) : 'own',
      ...(urdf === undefined ? {} : { urdf: resolve(urdf) }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(useSimTime === undefined ? {} : { use_sim_time: String(useSimTime) }),
      ...(logLevel === undefined ? {} : { log_level: logLevel }),
    },
    configs: options.config,
    rosArguments: set.length === 0 ? rosArguments : ['--ros-args', ...set, ...rosArguments.slice(1)],
  };
}

/** @throws SageError where a robot that is to be simulated is only half described, before anything is started. */
async function checkOwn(urdf: string, { sim, config }: UpOptions): Promise<void> {
  if (!sim) throw new SageError('SAGE_901', '--urdf', 'applies only to simulation; --no-sim turns that off');
  if (config.length === 0) {
    const detail = 'needs --config FILE: its tip, joints, home and workspace (config/robots/README.md)';
    throw new SageError('SAGE_901', '--urdf', detail);
  }
  const { parameters } = loadConfiguration(config);
  const { ownUrdf } = await import('../../sim/robot/options.js');
  const { ownRobot } = await import('../../sim/robot/own.js');
  ownRobot({ urdf: ownUrdf(urdf, parameters), parameters });
}

/** @throws SageError where the files are for another robot than the one that would be simulated. */
async function checkTabletop({ config }: UpOptions): Promise<void> {
  const { robot } = loadConfiguration([tabletopConfig(), ...config]).parameters;
  const { tabletopRobot } = await import('../../sim/robot/tabletop.js');
  const { links, joints } = tabletopRobot().model;
  const foreign =
    [robot.base_frame, robot.tip_frame].find((link) => !links.has(link)) ??
    robot.joints.find((joint) => !joints.has(joint));
  if (foreign === undefined) return;
  const detail = `is for another robot: the simulated arm has no "${foreign}". Give --urdf FILE to simulate that robot, or --no-sim for the real one`;
  throw new SageError('SAGE_901', '--config', detail);
}

/** The live view on a terminal; plain lines elsewhere, on standard error where standard output is for JSON. */
function present(options: UpOptions, actions: PresenterActions): Presenter {
  const { stdin, stdout, stderr, env } = process;
  const terminal = stdin.isTTY && stdout.isTTY && env.TERM !== 'dumb' && !env.CI;
  if (!terminal || options.plain || options.json) return plainPresenter(options.json ? stderr : stdout);
  return livePresenter({ stdin, stdout }, actions, !env.NO_COLOR);
}

function onSignals(stop: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}

/** Says how it went; the exit code is 0 only for a run that was sound and went on for as long as was asked. */
function conclude(
  result: RunResult,
  options: UpOptions,
  goal: string | null,
  unseen: readonly string[],
): number {
  const summary = summarise(result, goal);
  const cutShort = options.seconds !== undefined && result.exit_reason === 'interrupted';
  const ok = summary.ok && !cutShort;
  if (result.failure !== null) {
    for (const line of unseen) process.stderr.write(`  | ${line}\n`);
    process.stderr.write(`${result.failure.message}\n`);
  }
  if (options.json) {
    const { failure } = result;
    printJson({ ...summary, ok, ...(failure === null ? {} : { error: errorJson(failure) }) });
  } else if (result.last_status !== null) print(summaryText(summary));
  else if (result.failure === null) print(`exited before the node was ready: ${result.exit_reason}`);
  return ok ? EXIT.done : EXIT.failed;
}
