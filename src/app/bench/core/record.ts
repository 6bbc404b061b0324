import { RESOURCES } from '../../../contracts/irp.js';
import type { Plan, PlanInputs, Planner } from '../../../contracts/plan.js';
import { type Random, seededRandom } from '../../../contracts/ports.js';
import { CORE_CONTEXT, type CoreContext, CoreObserver, createHeuristicPlanner } from '../../../hrm/index.js';
import { type Contender, type MakeContender, runEpisode } from './episode.js';
import { oraclePlan } from './oracle.js';
import { createScenario, type Split } from './scenario.js';

/** Every so many H-steps one decision is recorded: 100 ms, the pace at which the core is asked. */
const EVERY = 2;
/** Behaviour is redrawn after this many H-steps. */
const MOOD = 10;

/** One decision: what the core would have seen, and what the teacher says. Only tokens that are there. */
export interface Decision {
  readonly tokens: readonly number[];
  readonly context: readonly (readonly number[])[];
  readonly salience: readonly (readonly number[])[];
  /** 1 where the teacher runs the token's plugin; of the whole 0. */
  readonly chosen: readonly number[];
  /** The teacher's shares per resource, in the order of RESOURCES; all 0 where nothing runs. */
  readonly shares: readonly number[];
}

export interface RecordedEpisode {
  readonly seed: number;
  readonly decisions: readonly Decision[];
}

/**
 * Plays one scenario with a mixture of the teacher, the teacher with errors and delays, and the heuristic, so that
 * the states the core will bring about by its own errors are seen too, and labels every decision by the teacher.
 * @param follow plays the episode with this contender instead (the core itself, to learn from its own errors)
 */
export async function recordEpisode(
  split: Split,
  index: number,
  follow: MakeContender | null = null,
): Promise<RecordedEpisode> {
  const scenario = createScenario(split, index);
  const decisions: Decision[] = [];
  let reserve_atp = 0;
  let observer: CoreObserver | null = null;
  let tick = 0;
  const heuristic = createHeuristicPlanner();
  const random = seededRandom(scenario.seed ^ 0x3ec0);
  const make: MakeContender = (orchestrator, plugins, of) => {
    observer = new CoreObserver(plugins);
    const label = (inputs: PlanInputs) => oraclePlan(of, inputs, reserve_atp);
    const inner: Contender = follow?.(orchestrator, plugins, of) ?? {
      orchestrator,
      plugins: [],
      planner: new MoodyPlanner(label, heuristic, random),
    };
    const planner: Planner = {
      plan(inputs) {
        // Its own luck, so that what is recorded does not change what happens.
        const advice = heuristic.plan({ ...inputs, random: () => random.next() });
        const seen = observer!.encode(inputs, advice);
        if (tick % EVERY === 0) decisions.push(decision(seen, label(inputs)));
        tick++;
        return inner.planner.plan(inputs);
      },
    };
    return { ...inner, planner };
  };
  await runEpisode(scenario, make, (_inputs, _plan, result) => {
    observer?.noteResult(result);
    reserve_atp = (result.ledger.reserve_matp + result.ledger.allocated_matp) / 1000;
  });
  return { seed: scenario.seed, decisions };
}

/**
 * Mostly the teacher. For half a second at a time it is late, makes mistakes, or gives way to the rules; and at all
 * times single plugins are left out or run for no reason for up to two seconds, so that what waits long is seen to be
 * worth running all the same.
 */
class MoodyPlanner implements Planner {
  private tick = 0;
  private mood: 'teacher' | 'rules' | 'late' | 'errors' = 'teacher';
  private flips: ReadonlyMap<string, boolean> = new Map();
  private readonly whims = new Map<string, { readonly until: number; readonly wanted: boolean }>();
  private readonly past: Plan[] = [];
  private readonly value_min: number;

  constructor(
    private readonly teacher: (inputs: PlanInputs) => Plan,
    private readonly rules: Planner,
    private readonly random: Random,
  ) {
    this.value_min = random.next();
  }

  plan(inputs: PlanInputs): Plan {
    const right = this.teacher(inputs);
    this.past.push(right);
    if (this.past.length > 8) this.past.shift();
    if (this.tick++ % MOOD === 0) this.turn(inputs);
    for (const { plugin } of inputs.offers) this.whim(plugin);
    if (this.mood === 'rules') {
      const plan = this.rules.plan(inputs);
      const jobs = plan.jobs.map((job) => ({ ...job, chosen: job.chosen && job.value >= this.value_min }));
      return this.spread({ ...plan, jobs }, inputs);
    }
    return this.spread(this.mood === 'late' ? this.past[0]! : right, inputs);
  }

  private turn(inputs: PlanInputs): void {
    const luck = this.random.next();
    this.mood = luck < 0.45 ? 'teacher' : luck < 0.65 ? 'rules' : luck < 0.8 ? 'late' : 'errors';
    const flips = new Map<string, boolean>();
    for (const { plugin } of inputs.offers) {
      const error = this.random.next();
      if (this.mood === 'errors' && error < 0.3) flips.set(plugin, error < 0.15);
    }
    this.flips = flips;
  }

  private whim(plugin: string): void {
    const luck = this.random.next();
    if (luck >= 0.02 || (this.whims.get(plugin)?.until ?? 0) > this.tick) return;
    const until = this.tick + 6 + Math.floor(this.random.next() * 34);
    this.whims.set(plugin, { until, wanted: luck < 0.005 });
  }

  /** A plan with errors and whims, for the plugins that are offered now, and even shares. */
  private spread(plan: Plan, inputs: PlanInputs): Plan {
    const values = new Map(plan.jobs.map((job) => [job.plugin, job]));
    let free = inputs.policy.attention_breadth;
    const jobs = inputs.offers
      .map(({ plugin }) => {
        const job = values.get(plugin);
        const whim = this.whims.get(plugin);
        const wrong = whim !== undefined && whim.until > this.tick ? whim.wanted : this.flips.get(plugin);
        const wanted = wrong ?? job?.chosen === true;
        return { plugin, wanted, value: wanted ? (job?.value ?? 0) + 0.5 : 0 };
      })
      .sort((a, b) => b.value - a.value || (a.plugin < b.plugin ? -1 : 1))
      .map(({ plugin, wanted, value }) => {
        const chosen = wanted && free > 0;
        if (chosen) free--;
        return { plugin, chosen, value, reason: this.mood };
      });
    const allocation = { llm: 0, vision: 0, memory: 0, time: 0, effector: 0 };
    const chosen = jobs.filter((job) => job.chosen);
    for (const { plugin } of chosen) {
      allocation[inputs.offers.find((offer) => offer.plugin === plugin)!.resource] += 1 / chosen.length;
    }
    return { jobs, allocation };
  }
}

const rounded = (value: number) => Math.round(value * 1000) / 1000;

function decision(seen: CoreContext, right: Plan): Decision {
  const tokens = [...seen.present.keys()].filter((token) => seen.present[token] === 1);
  const wanted = new Set(right.jobs.flatMap(({ plugin, chosen }) => (chosen ? [plugin] : [])));
  const row = (data: Float32Array, width: number) => (token: number) =>
    [...data.subarray(token * width, (token + 1) * width)].map(rounded);
  return {
    tokens,
    context: tokens.map(row(seen.context, CORE_CONTEXT)),
    salience: tokens.map(row(seen.salience, 5)),
    chosen: tokens.map((token) => Number(wanted.has(seen.plugins[token] ?? ''))),
    shares: RESOURCES.map((resource) => rounded(right.allocation[resource])),
  };
}
