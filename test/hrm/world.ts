import type { IrpPlugin } from '../../src/contracts/irp.js';
import type { MetabolicStateName, MetabolicStatus } from '../../src/contracts/metabolism.js';
import { defaultParameters } from '../../src/contracts/parameters/index.js';
import type { HStepResult, JobOffer, Plan, PlanInputs } from '../../src/contracts/plan.js';
import { seededRandom } from '../../src/contracts/ports.js';
import { createHeuristicPlanner, createOrchestrator, type HrmParameters } from '../../src/hrm/index.js';
import { createVirtualRunner } from '../../src/irp/index.js';
import { createMetabolism } from '../../src/metabolism/index.js';

export const hrmWith = (changes: Partial<HrmParameters> = {}): HrmParameters => ({
  ...defaultParameters().hrm,
  ...changes,
});

/** The policy of a state at the default table. */
export function policy(state: MetabolicStateName, changes: Partial<MetabolicStatus> = {}): MetabolicStatus {
  const request = {
    now_ms: 0,
    dt_s: 1,
    surprise: 0.6,
    performance: 0.6,
    safety_event: null,
    settled: null,
  } as const;
  const metabolism = createMetabolism({ ...defaultParameters().metabolism, minimum_s: 0 }, 1000);
  const inputs = { ...request, battery_fraction: null, charging: false, busy: true, request: state };
  return { ...metabolism.advance(inputs), exploration_rate: 0, ...changes };
}

export function offer(plugin: string, changes: Partial<JobOffer> = {}): JobOffer {
  return {
    plugin,
    resource: 'vision',
    sources: [],
    task: null,
    goal_need: 0.5,
    running: false,
    last_result_ms: null,
    ...changes,
  };
}

export function planInputs(offers: readonly JobOffer[], changes: Partial<PlanInputs> = {}): PlanInputs {
  return {
    now_ms: 0,
    salience: [],
    policy: policy('WAKE'),
    trust: {},
    goal: null,
    offers,
    energies: {},
    h_energy: 0,
    random: () => 0.5,
    ...changes,
  };
}

/** A plan that chooses all that is offered, in order, with equal values. */
export function chooseAll(offers: readonly JobOffer[]): Plan {
  const jobs = offers.map(({ plugin }) => ({ plugin, chosen: true, value: 1, reason: 'test' }));
  const allocation = { llm: 0, vision: 0, memory: 0, time: 0, effector: 0 };
  for (const { resource } of offers) allocation[resource] += 1 / offers.length;
  return { jobs, allocation };
}

export type TestPlugin = IrpPlugin<unknown, number, number>;

/** Falls from 1 by a factor per step; rises instead on every step for which `bad` says so. */
export function fallingPlugin(id: string, changes: Partial<TestPlugin> = {}, bad = () => false): TestPlugin {
  return {
    id,
    declaration: { state_space: 'R', noise_model: 'none', energy: 'x', coherence_contribution: 'none' },
    resource: 'vision',
    cost: { init_atp: 1, step_atp: 1 },
    limits: { max_steps: 100, deadline_ms: 1e6, halt_eps: 1e-3, halt_k: 3, feasible_margin: null },
    initState: () => 1,
    energy: (state) => Math.abs(state),
    step: (state) => (bad() ? state * 1.3 : state * 0.5),
    project: (state) => state,
    answer: (state) => state,
    ...changes,
  };
}

export interface Turn {
  readonly result: HStepResult;
  readonly plan: Plan;
}

/** Orchestrator, planner and virtual runner in one loop, 20 H-steps a second; every plugin is offered in every one. */
export function createLoop(
  plugins: readonly TestPlugin[],
  options: {
    parameters?: HrmParameters;
    cost_ms?: number;
    planner?: boolean;
    jobs_max?: number;
    retained_max?: number;
  } = {},
) {
  const orchestrator = createOrchestrator(options.parameters ?? hrmWith(), plugins);
  const planner = createHeuristicPlanner();
  const { cost_ms: default_cost_ms = 1, jobs_max = 64, retained_max = 8 } = options;
  const runner = createVirtualRunner(plugins, { cost_ms: {}, default_cost_ms, jobs_max, retained_max });
  const random = seededRandom(1);
  let now_ms = 0;
  let trust: Readonly<Record<string, number>> = {};
  const hStep = async (
    state: MetabolicStatus = policy('WAKE'),
    absent: readonly string[] = [],
  ): Promise<Turn> => {
    now_ms += 50;
    await runner.advance(50);
    const offers = plugins
      .filter(({ id }) => !absent.includes(id))
      .map(({ id, resource }) => offer(id, { resource }));
    const inputs = planInputs(offers, { now_ms, policy: state, trust, random: () => random.next() });
    const plan = options.planner ? planner.plan(inputs) : chooseAll(offers);
    const reports = runner.drain();
    const result = orchestrator.hStep({ ...inputs, plan, dt_s: 0.05, reports });
    for (const command of result.commands) runner.submit(command);
    trust = result.trust;
    return { result, plan };
  };
  return { hStep, orchestrator, runner };
}
