import { RESOURCES, type Resource } from '../../../contracts/irp.js';
import type { Plan, PlanInputs, PlannedJob } from '../../../contracts/plan.js';
import type { OpenDemand, ScenarioWorld } from './world.js';

/** Demands that the search looks at, the earliest deadlines first: 2^8 subsets at most. */
const SEARCHED_MAX = 8;
/** A start costs about one H-step. */
const START_MS = 60;

/**
 * The teacher: a search over which of the open demands to serve, with knowledge that no planner has (how the energies
 * will fall, what is needed, by when). Of all sets of demands whose work fits the time, the attention breadth and the
 * income until each deadline it takes the one that meets most demands at least cost; nothing else runs.
 */
export function oraclePlan(world: ScenarioWorld, inputs: PlanInputs, reserve_atp: number): Plan {
  const { policy, offers, now_ms } = inputs;
  const possible = world
    .open(now_ms)
    .filter((open) => feasible(open))
    .slice(0, SEARCHED_MAX);
  const served = bestSubset(possible, policy.atp_per_s, reserve_atp, now_ms);
  const wanted = new Map<string, { value: number; rate: number }>();
  served.forEach((open, rank) => {
    for (const { plugin, atp_left, time_left_ms } of open.work) {
      const before = wanted.get(plugin.id);
      const value = Math.max(before?.value ?? 0, 2 - rank * 0.1);
      const rate = (before?.rate ?? 0) + atp_left / Math.max(50, time_left_ms);
      wanted.set(plugin.id, { value, rate });
    }
  });
  let free = policy.attention_breadth;
  const jobs: PlannedJob[] = offers
    .map((offer) => ({ plugin: offer.plugin, value: wanted.get(offer.plugin)?.value ?? 0 }))
    .sort((a, b) => b.value - a.value || (a.plugin < b.plugin ? -1 : 1))
    .map(({ plugin, value }) => {
      const chosen = value > 0 && free > 0;
      if (chosen) free--;
      return { plugin, chosen, value, reason: chosen ? 'serves an open demand' : 'serves nothing' };
    });
  const allocation = Object.fromEntries(RESOURCES.map((name) => [name, 0])) as Record<Resource, number>;
  for (const { plugin, chosen } of jobs) {
    const resource = offers.find((offer) => offer.plugin === plugin)!.resource;
    if (chosen) allocation[resource] += wanted.get(plugin)!.rate + 1e-6;
  }
  const total = RESOURCES.reduce((sum, name) => sum + allocation[name], 0);
  if (total > 0) for (const name of RESOURCES) allocation[name] /= total;
  return { jobs, allocation };
}

function feasible({ work }: OpenDemand): boolean {
  return work.every(
    ({ plugin, steps_left, time_left_ms }) =>
      steps_left <= plugin.max_steps && steps_left * plugin.step_ms + START_MS <= time_left_ms,
  );
}

/** Most demands met at least ATP; of each prefix by deadline the work must be paid by then. */
function bestSubset(
  possible: readonly OpenDemand[],
  income_per_s: number,
  reserve_atp: number,
  now_ms: number,
): OpenDemand[] {
  const costs = possible.map(({ work }) => work.reduce((sum, { atp_left }) => sum + atp_left, 0));
  let best: { set: OpenDemand[]; cost: number } = { set: [], cost: 0 };
  for (let mask = 1; mask < 1 << possible.length; mask++) {
    const set: OpenDemand[] = [];
    let cost = 0;
    let paid = true;
    for (let at = 0; at < possible.length && paid; at++) {
      if ((mask & (1 << at)) === 0) continue;
      set.push(possible[at]!);
      cost += costs[at]!;
      const time_s = (possible[at]!.demand.deadline_ms - now_ms) / 1000;
      paid = cost <= reserve_atp + income_per_s * time_s;
    }
    if (!paid) continue;
    if (set.length > best.set.length || (set.length === best.set.length && cost < best.cost))
      best = { set, cost };
  }
  return best.set;
}
