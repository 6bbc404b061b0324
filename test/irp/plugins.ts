import type { AnyIrpPlugin, IrpPlugin, JobCommand, JobReport, JobRunner } from '../../src/contracts/irp.js';
import { type RunnerPorts, refine } from '../../src/irp/index.js';

/** A plugin whose states are indices into a list of energies; answers with the index. */
export function listPlugin(
  energies: readonly number[],
  changes: Partial<IrpPlugin<unknown, number, number>> = {},
): IrpPlugin<unknown, number, number> {
  return {
    id: 'list',
    declaration: {
      state_space: 'index',
      noise_model: 'none',
      energy: 'listed',
      coherence_contribution: 'none',
    },
    resource: 'vision',
    cost: { init_atp: 1, step_atp: 1 },
    limits: {
      max_steps: energies.length - 1,
      deadline_ms: 1000,
      halt_eps: 0,
      halt_k: 3,
      feasible_margin: null,
    },
    initState: () => 0,
    energy: (state) => energies[state] ?? Number.NaN,
    step: (state) => state + 1,
    project: (state) => state,
    answer: (state) => state,
    ...changes,
  };
}

/** A walk down to zero by halves with seeded noise; its state is a number. */
export function halvingPlugin(changes: Partial<IrpPlugin<number, number, number>> = {}) {
  const plugin: IrpPlugin<number, number, number> = {
    id: 'halving',
    declaration: { state_space: 'R', noise_model: 'uniform', energy: '|x|', coherence_contribution: 'none' },
    resource: 'time',
    cost: { init_atp: 0.5, step_atp: 0.25 },
    limits: { max_steps: 200, deadline_ms: 10_000, halt_eps: 1e-9, halt_k: 3, feasible_margin: null },
    initState: (task) => task,
    energy: (state) => Math.abs(state),
    step: (state, context) => state * (0.25 + 0.5 * context.random()),
    project: (state) => state,
    answer: (state) => state,
    ...changes,
  };
  return plugin;
}

/** Ports whose clock moves by `tick_ms` at every reading and never by itself. */
export function manualPorts(tick_ms = 0.01) {
  let now_ms = 0;
  const ports: RunnerPorts & { pass(ms: number): void; yields: number } = {
    yields: 0,
    cpuNow_ms: () => {
      now_ms += tick_ms;
      return now_ms;
    },
    yieldToLoop: () => {
      ports.yields++;
      return new Promise((resolve) => setImmediate(resolve));
    },
    pass: (ms) => {
      now_ms += ms;
    },
  };
  return ports;
}

export const loopTurns = async (turns: number) => {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
};

type StartChanges = Partial<Extract<JobCommand, { kind: 'start' }>>;

export function start(plugin: AnyIrpPlugin, changes: StartChanges = {}): JobCommand {
  return {
    kind: 'start',
    job_id: `${plugin.id}-1`,
    plugin: plugin.id,
    task: 1,
    grant_matp: 1_000_000,
    max_steps: 1000,
    seed: 7,
    ...changes,
  };
}

/** Drains until every job named has ended; returns the last report of each. */
export async function untilEnded(runner: JobRunner, jobs: number, turns = 2000): Promise<JobReport[]> {
  const ended: JobReport[] = [];
  for (let turn = 0; turn < turns && ended.length < jobs; turn++) {
    await loopTurns(1);
    ended.push(...runner.drain().filter(({ status }) => status !== 'running' && status !== 'starved'));
  }
  return ended;
}

/** A step that hangs. */
export const never = (): Promise<number> => new Promise(() => {});

/** Refines with one plugin alone, in a time that stands still. */
export async function only(plugin: Parameters<typeof refine>[0], options = {}): Promise<JobReport> {
  return refine(plugin, 1, manualPorts(), options);
}
