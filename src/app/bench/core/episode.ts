import type { AnyIrpPlugin } from '../../../contracts/irp.js';
import type { MetabolicStateName, MetabolicStatus } from '../../../contracts/metabolism.js';
import { defaultParameters } from '../../../contracts/parameters/index.js';
import type { HStepResult, Orchestrator, Plan, PlanInputs, Planner } from '../../../contracts/plan.js';
import { seededRandom } from '../../../contracts/ports.js';
import { createOrchestrator } from '../../../hrm/index.js';
import { createVirtualRunner } from '../../../irp/index.js';
import { createMetabolism } from '../../../metabolism/index.js';
import { curvePlugin } from './plugin.js';
import { EPISODE_MS, type Scenario, TICK_MS } from './scenario.js';
import { ScenarioWorld } from './world.js';

/** Who plans an episode. It may bring plugins of its own, and stand before the orchestrator. */
export interface Contender {
  readonly planner: Planner;
  readonly orchestrator: Orchestrator;
  readonly plugins: readonly AnyIrpPlugin[];
  /** Virtual time of one step of its own plugins, ms. */
  readonly cost_ms?: Readonly<Record<string, number>>;
}

export type MakeContender = (
  orchestrator: Orchestrator,
  plugins: readonly AnyIrpPlugin[],
  world: ScenarioWorld,
) => Contender;

export interface EpisodeOutcome {
  readonly seed: number;
  readonly demands: number;
  readonly met: number;
  readonly goals: number;
  readonly goals_met: number;
  /** ATP that all refinements spent, those of the planner included. */
  readonly spent_atp: number;
  /** ATP of the planner's own refinements. */
  readonly planning_atp: number;
}

/** Sees each decision of an episode: what the planner saw, and what became of it. */
export type Witness = (inputs: PlanInputs, plan: Plan, result: HStepResult) => void;

const ORCHESTRATION = { ...defaultParameters().hrm, branches_max: 0 };

/**
 * One scenario in virtual time with the real orchestrator and runner: the world makes offers and salience, the
 * contender plans, and demands are met by what the refinements reach before their deadlines.
 */
export async function runEpisode(
  scenario: Scenario,
  make: MakeContender,
  witness: Witness = () => {},
): Promise<EpisodeOutcome> {
  const world = new ScenarioWorld(scenario);
  const plugins = scenario.plugins.map(curvePlugin);
  const contender = make(createOrchestrator(ORCHESTRATION, plugins), plugins, world);
  const steps_ms = Object.fromEntries(scenario.plugins.map(({ id, step_ms }) => [id, step_ms]));
  const runner = createVirtualRunner([...plugins, ...contender.plugins], {
    cost_ms: { ...steps_ms, ...contender.cost_ms },
  });
  const policies = policiesOf(scenario);
  const source = seededRandom(scenario.seed ^ 0x91a2);
  const random = () => source.next();
  const own = new Set(contender.plugins.map(({ id }) => id));
  const spent = new Map<string, number>();
  const energies: Record<string, number> = {};
  let trust: Readonly<Record<string, number>> = {};
  let h_energy = 1;
  for (let now_ms = TICK_MS; now_ms <= EPISODE_MS; now_ms += TICK_MS) {
    await runner.advance(TICK_MS);
    const reports = runner.drain();
    for (const { job_id, spent_matp } of reports) spent.set(job_id, spent_matp);
    const outdated = world.outdated(now_ms);
    for (const plugin of outdated) contender.orchestrator.cancel(plugin, 'its task is out of date');
    const offers = world.offers(now_ms, outdated);
    const salience = world.salience(now_ms);
    const policy = policies[stateAt(scenario, now_ms)]!;
    const goal = world.goal(now_ms);
    const inputs: PlanInputs = { now_ms, salience, policy, trust, goal, offers, energies, h_energy, random };
    const plan = contender.planner.plan(inputs);
    const result = contender.orchestrator.hStep({ ...inputs, plan, reports, dt_s: TICK_MS / 1000 });
    for (const command of result.commands) runner.submit(command);
    world.take(result, result.commands, now_ms);
    trust = result.trust;
    h_energy = result.h_energy;
    for (const { plugin, report } of result.results) {
      if (report.best_energy !== null) energies[plugin] = report.best_energy;
    }
    witness(inputs, plan, result);
  }
  runner.close();
  return outcome(scenario, world, spent, own);
}

function outcome(
  scenario: Scenario,
  world: ScenarioWorld,
  spent: ReadonlyMap<string, number>,
  own: ReadonlySet<string>,
): EpisodeOutcome {
  const goals = scenario.demands.filter(({ kind }) => kind === 'goal');
  const sum = (which: (plugin: string) => boolean) =>
    [...spent].reduce((total, [job, matp]) => total + (which(job.split('#')[0]!) ? matp / 1000 : 0), 0);
  return {
    seed: scenario.seed,
    demands: scenario.demands.length,
    met: world.met.size,
    goals: goals.length,
    goals_met: goals.filter(({ id }) => world.met.has(id)).length,
    spent_atp: sum(() => true),
    planning_atp: sum((plugin) => own.has(plugin)),
  };
}

const stateAt = ({ states }: Scenario, now_ms: number): MetabolicStateName =>
  states.filter(({ from_ms }) => from_ms <= now_ms).at(-1)!.state;

/** The policy of each state at the default table with the scenario's income. */
function policiesOf({ atp_per_s }: Scenario): Partial<Record<MetabolicStateName, MetabolicStatus>> {
  const policies: Partial<Record<MetabolicStateName, MetabolicStatus>> = {};
  for (const state of ['WAKE', 'FOCUS'] as const) {
    const metabolism = createMetabolism({ ...defaultParameters().metabolism, minimum_s: 0 }, atp_per_s);
    policies[state] = metabolism.advance({
      now_ms: 0,
      dt_s: 0,
      surprise: 0.1,
      performance: 0.6,
      safety_event: null,
      settled: null,
      battery_fraction: null,
      charging: false,
      request: state,
      busy: true,
    });
  }
  return policies;
}
