import { RESOURCES, type Resource } from '../../contracts/irp.js';
import type { JobOffer, Plan, PlanInputs, PlannedJob } from '../../contracts/plan.js';
import type { CoreAdvice } from './advice.js';

/**
 * Hysteresis: a running job is kept at this share of the threshold for a start, because a restart loses its
 * work.
 */
const KEEP_SHARE = 0.35;
/** An offer that the core has not seen yet starts at once only if the goal needs it this much. */
const NEEDED = 0.5;
/**
 * A job the goal needs that has waited longer than this runs whatever the core says, so nothing starves, ms.
 */
const WAIT_MAX_MS = 2500;
/** So does a job that only the rules want, after this long: nobody else keeps the beliefs fresh, ms. */
const BACKGROUND_WAIT_MAX_MS = 5000;
/** Value of what the rules exclude (an effector without a goal, say), whatever the core says. */
const EXCLUDED = 0;

/** How closely the core's advice is followed; see the `plan` parameters. */
interface AdviceSettings {
  readonly choose_min: number;
  readonly shares_weight: number;
}

/**
 * Plans by the core's advice: what it wants with at least `choose_min` runs, most wanted first, up to the
 * attention breadth, with its shares per resource as far as `shares_weight` says. Running jobs have a lower
 * threshold. What the rules exclude stays excluded. An offer newer than the advice is planned by the rules if
 * it is running or the goal needs it; otherwise it waits for the core. To prevent starvation, a job the goal
 * needs waits at most 2.5 s for a result against the core's advice, and any other job the rules would run at
 * most 5 s.
 */
export function planByAdvice(
  advice: CoreAdvice,
  rules: Plan,
  { offers, policy, now_ms }: PlanInputs,
  { choose_min, shares_weight }: AdviceSettings,
): Plan {
  const byRules = new Map(rules.jobs.map((job) => [job.plugin, job]));
  const age = `${((now_ms - advice.stamp_ms) / 1000).toFixed(2)} s ago`;
  const valued = offers
    .map((offer) => appraise(offer, advice, byRules.get(offer.plugin), { now_ms, choose_min, age }))
    .sort((a, b) => b.value - a.value || (a.plugin < b.plugin ? -1 : 1));
  let free = policy.attention_breadth;
  const jobs = valued.map((job): PlannedJob => {
    if (!job.chosen) return job;
    if (free > 0) {
      free--;
      return job;
    }
    const reason = `beyond the attention breadth of ${policy.attention_breadth}: ${job.reason}`;
    return { ...job, chosen: false, reason };
  });
  return { jobs, allocation: allocation(jobs, offers, advice, shares_weight) };
}

function appraise(
  { plugin, running, goal_need, wanted_since_ms }: JobOffer,
  advice: CoreAdvice,
  rules: PlannedJob | undefined,
  { now_ms, choose_min, age }: { readonly now_ms: number; readonly choose_min: number; readonly age: string },
): PlannedJob {
  const ruled = {
    plugin,
    chosen: rules?.chosen === true,
    value: rules?.value ?? 0,
    reason: rules?.reason ?? '',
  };
  const wanted = Object.hasOwn(advice.wanted, plugin) ? advice.wanted[plugin]! : null;
  if (ruled.value <= EXCLUDED) return { ...ruled, chosen: false };
  if (wanted === null) {
    const chosen = ruled.chosen && (running || goal_need >= NEEDED);
    return { ...ruled, chosen, value: Math.min(1, ruled.value), reason: `new to the core: ${ruled.reason}` };
  }
  const waited_ms = now_ms - (wanted_since_ms ?? now_ms);
  if (ruled.chosen && waited_ms > (goal_need >= NEEDED ? WAIT_MAX_MS : BACKGROUND_WAIT_MAX_MS)) {
    const least = goal_need >= NEEDED ? NEEDED : choose_min;
    return { ...ruled, value: Math.max(least, wanted), reason: `has waited too long: ${ruled.reason}` };
  }
  const chosen = wanted >= choose_min * (running ? KEEP_SHARE : 1);
  const reason = `the core wants it ${wanted.toFixed(2)} (${age}, ${advice.cycles} cycles): ${ruled.reason}`;
  return { plugin, chosen, value: wanted, reason: chosen ? reason : `not worth it: ${reason}` };
}

/** Splits the budget: this much by the core's shares of the running resources, the rest evenly. */
function allocation(
  jobs: readonly PlannedJob[],
  offers: readonly JobOffer[],
  advice: CoreAdvice,
  weight: number,
): Record<Resource, number> {
  const resources = new Map(offers.map(({ plugin, resource }) => [plugin, resource]));
  const running = new Set(jobs.flatMap(({ plugin, chosen }) => (chosen ? [resources.get(plugin)!] : [])));
  const total = [...running].reduce((sum, resource) => sum + advice.shares[resource], 0);
  const share = (resource: Resource): number => {
    if (!running.has(resource)) return 0;
    const even = 1 / running.size;
    return total > 0 ? (weight * advice.shares[resource]) / total + (1 - weight) * even : even;
  };
  return Object.fromEntries(RESOURCES.map((resource) => [resource, share(resource)])) as Record<
    Resource,
    number
  >;
}
