import type { JobCommand } from '../../../contracts/irp.js';
import type { HStepResult, JobOffer, PlanGoal } from '../../../contracts/plan.js';
import { seededRandom } from '../../../contracts/ports.js';
import type { Snarc, SourceSalience } from '../../../contracts/salience.js';
import { type CurveTask, stepsTo } from './plugin.js';
import type { Demand, Requirement, Scenario, ScenarioPlugin } from './scenario.js';

/** Weights of the five SNARC terms: softmax of (1.0, 0.8, 0.6, 1.2, 0.7), seeds/000 §2.3. */
const WEIGHTS = softmax([1.0, 0.8, 0.6, 1.2, 0.7]);
const NOISE = 0.12;

interface OpenRequirement extends Requirement {
  readonly demand: Demand;
  met: boolean;
}

/** A job under way and what it was started for. */
interface Bound {
  readonly job_id: string;
  readonly requirement: OpenRequirement | null;
  steps: number;
  begun: boolean;
}

/** What is still to be done for an open demand, as only an oracle knows it. */
export interface OpenDemand {
  readonly demand: Demand;
  readonly work: readonly {
    readonly plugin: ScenarioPlugin;
    readonly steps_left: number;
    readonly atp_left: number;
    readonly time_left_ms: number;
  }[];
}

/** The world of a scenario: what is offered, how salient the sources are, and which demands have been met. */
export class ScenarioWorld {
  readonly met = new Set<string>();
  private readonly requirements: readonly OpenRequirement[];
  private readonly bound = new Map<string, Bound>();
  private readonly finished_ms = new Map<string, number>();
  private readonly begun = new Set<string>();
  private readonly wanted_ms = new Map<string, number>();
  private readonly noise: () => number;

  constructor(readonly scenario: Scenario) {
    this.requirements = scenario.demands.flatMap((demand) =>
      demand.requirements.map((requirement) => ({ ...requirement, demand, met: false })),
    );
    const source = seededRandom(scenario.seed ^ 0x5eed);
    this.noise = () => source.next() * NOISE;
  }

  /** Plugins whose task something new has put out of date: they are not offered in this cycle. */
  outdated(now_ms: number): ReadonlySet<string> {
    const out = new Set<string>();
    for (const burst of this.scenario.bursts) {
      const key = `${burst.source}@${burst.begin_ms}`;
      if (burst.begin_ms > now_ms || this.begun.has(key)) continue;
      this.begun.add(key);
      for (const plugin of this.scenario.plugins) if (plugin.source === burst.source) out.add(plugin.id);
    }
    for (const demand of this.scenario.demands) {
      if (demand.begin_ms > now_ms || this.begun.has(demand.id)) continue;
      this.begun.add(demand.id);
      for (const { plugin } of demand.requirements) out.add(plugin);
    }
    return out;
  }

  offers(now_ms: number, outdated: ReadonlySet<string>): JobOffer[] {
    return this.scenario.plugins.flatMap((plugin) => {
      if (outdated.has(plugin.id)) return [];
      const offer = this.offer(plugin, now_ms);
      if (offer === null) {
        this.wanted_ms.delete(plugin.id);
        return [];
      }
      const wanted_since_ms = this.wanted_ms.get(plugin.id) ?? now_ms;
      this.wanted_ms.set(plugin.id, wanted_since_ms);
      return [{ ...offer, wanted_since_ms }];
    });
  }

  /** The step of the goal that is pursued now, with its deadline. */
  goal(now_ms: number): PlanGoal | null {
    const goals = this.scenario.demands.filter(({ kind }) => kind === 'goal');
    const at = goals.findIndex(({ deadline_ms, id }) => now_ms < deadline_ms && !this.met.has(id));
    const step = goals[at];
    if (step === undefined) return null;
    const waits = now_ms < step.begin_ms;
    return {
      goal_id: 'goal',
      verb: 'pick',
      step: step.id,
      progress: at / goals.length,
      priority: 0,
      left_ms: waits ? null : step.deadline_ms - now_ms,
      waits,
    };
  }

  private offer(plugin: ScenarioPlugin, now_ms: number): JobOffer | null {
    const open = this.openOf(plugin.id, now_ms);
    const goal_need = Math.max(plugin.background_need, ...open.map((each) => each.goal_need));
    if (plugin.resource === 'effector' && goal_need === 0) return null;
    const running = this.bound.has(plugin.id);
    const last_result_ms = this.finished_ms.get(plugin.id) ?? null;
    const idle = !running && open.length === 0 && last_result_ms !== null;
    if (idle && now_ms - last_result_ms < plugin.period_ms) return null;
    const task: CurveTask = { curve: open[0]?.curve ?? plugin.idle_curve };
    const sources = plugin.source === null ? [] : [plugin.source];
    return {
      plugin: plugin.id,
      resource: plugin.resource,
      sources,
      task,
      goal_need,
      running,
      last_result_ms,
    };
  }

  salience(now_ms: number): SourceSalience[] {
    return this.scenario.sources.map((source) => {
      const burst = this.scenario.bursts.find(
        (each) => each.source === source && each.begin_ms <= now_ms && now_ms < each.end_ms,
      );
      const term = (name: keyof Snarc, rest: number) =>
        Math.min(1, (burst?.snarc[name] ?? rest) * (1 - NOISE) + this.noise());
      const snarc = {
        surprise: term('surprise', 0.04),
        novelty: term('novelty', 0.05),
        arousal: term('arousal', 0.15),
        reward: term('reward', 0.45),
        conflict: term('conflict', 0.04),
      };
      return { source, ...snarc, combined: combined(snarc), age_ms: 0, stale: false };
    });
  }

  /** Notes what was started, and which requirements the results of an H-step have met. */
  take(result: HStepResult, commands: readonly JobCommand[], now_ms: number): void {
    for (const each of result.results) {
      const bound = this.bound.get(each.plugin);
      if (bound?.job_id !== each.job_id) continue;
      bound.steps = each.report.steps;
      bound.begun = each.report.best_energy !== null;
      const best = each.report.best_energy;
      const { requirement } = bound;
      if (requirement !== null && best !== null && best <= requirement.energy_max)
        this.meet(requirement, now_ms);
      if (!each.finished) continue;
      this.bound.delete(each.plugin);
      if (each.report.status === 'cancelled') continue;
      this.finished_ms.set(each.plugin, now_ms);
      this.wanted_ms.delete(each.plugin);
    }
    for (const command of commands) {
      if (command.kind !== 'start' || !this.scenario.plugins.some(({ id }) => id === command.plugin))
        continue;
      const requirement = this.openOf(command.plugin, now_ms)[0] ?? null;
      this.bound.set(command.plugin, { job_id: command.job_id, requirement, steps: 0, begun: false });
    }
  }

  /** Open demands with the work that is left, by deadline. */
  open(now_ms: number): OpenDemand[] {
    return this.scenario.demands
      .filter((demand) => this.isOpen(demand, now_ms))
      .map((demand) => ({
        demand,
        work: this.requirements
          .filter((each) => each.demand === demand && !each.met)
          .map((each) => this.workOf(each, now_ms)),
      }))
      .sort((a, b) => a.demand.deadline_ms - b.demand.deadline_ms);
  }

  private workOf(requirement: OpenRequirement, now_ms: number) {
    const plugin = this.scenario.plugins.find(({ id }) => id === requirement.plugin)!;
    const bound = this.bound.get(plugin.id);
    const own = bound?.requirement === requirement ? bound : null;
    const steps_left = Math.max(0, stepsTo(requirement.curve, requirement.energy_max) - (own?.steps ?? 0));
    const atp_left = (own?.begun ? 0 : plugin.init_atp) + steps_left * plugin.step_atp;
    return { plugin, steps_left, atp_left, time_left_ms: requirement.demand.deadline_ms - now_ms };
  }

  private meet(requirement: OpenRequirement, now_ms: number): void {
    const { demand } = requirement;
    if (now_ms > demand.deadline_ms) return;
    requirement.met = true;
    const rest = this.requirements.filter((each) => each.demand === demand && !each.met);
    if (rest.length === 0) this.met.add(demand.id);
  }

  private isOpen(demand: Demand, now_ms: number): boolean {
    return demand.begin_ms <= now_ms && now_ms < demand.deadline_ms && !this.met.has(demand.id);
  }

  /** Unmet requirements of open demands on one plugin, the earliest deadline first. */
  private openOf(plugin: string, now_ms: number): OpenRequirement[] {
    return this.requirements
      .filter((each) => each.plugin === plugin && !each.met && this.isOpen(each.demand, now_ms))
      .sort((a, b) => a.demand.deadline_ms - b.demand.deadline_ms);
  }
}

function combined(snarc: Snarc): number {
  const { surprise, novelty, arousal, reward, conflict } = snarc;
  return [surprise, novelty, arousal, reward, conflict].reduce(
    (sum, term, at) => sum + term * WEIGHTS[at]!,
    0,
  );
}

function softmax(logits: readonly number[]): number[] {
  const powers = logits.map((logit) => Math.exp(logit));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
