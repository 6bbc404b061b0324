import { RESOURCES, type Resource } from '../../contracts/irp.js';
import type { JobOffer, Plan, PlanInputs, PlannedJob } from '../../contracts/plan.js';
import type { CoreAdvice } from './advice.js';

/** What the rules exclude (an effector without a goal, say) has no value, whatever the core thinks of it. */
const EXCLUDED = 0;

/**
 * The plan by the core's advice: what it wants with at least `choose_min` runs, the most wanted first, as many as the
 * attention breadth allows, with its shares per resource. What the rules exclude stays excluded, and an offer that
 * the core has not seen yet (it came after the advice) is planned by the rules.
 */
export function planByAdvice(
  advice: CoreAdvice,
  rules: Plan,
  { offers, policy, now_ms }: PlanInputs,
  choose_min: number,
): Plan {
  const byRules = new Map(rules.jobs.map((job) => [job.plugin, job]));
  const age = `${((now_ms - advice.stamp_ms) / 1000).toFixed(2)} s ago`;
  const valued = offers
    .map((offer) => appraise(offer, advice, byRules.get(offer.plugin), choose_min, age))
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
  return { jobs, allocation: allocation(jobs, offers, advice) };
}

function appraise(
  { plugin }: JobOffer,
  advice: CoreAdvice,
  rules: PlannedJob | undefined,
  choose_min: number,
  age: string,
): PlannedJob {
  const ruled = {
    plugin,
    chosen: rules?.chosen === true,
    value: rules?.value ?? 0,
    reason: rules?.reason ?? '',
  };
  const wanted = Object.hasOwn(advice.wanted, plugin) ? advice.wanted[plugin]! : null;
  if (ruled.value <= EXCLUDED) return { ...ruled, chosen: false };
  if (wanted === null)
    return { ...ruled, value: Math.min(1, ruled.value), reason: `new to the core: ${ruled.reason}` };
  const chosen = wanted >= choose_min;
  const reason = `the core wants it ${wanted.toFixed(2)} (${age}, ${advice.cycles} cycles): ${ruled.reason}`;
  return { plugin, chosen, value: wanted, reason: chosen ? reason : `not worth it: ${reason}` };
}

/** The core's shares of the resources that run; even ones where it gave those nothing. */
function allocation(
  jobs: readonly PlannedJob[],
  offers: readonly JobOffer[],
  advice: CoreAdvice,
): Record<Resource, number> {
  const resources = new Map(offers.map(({ plugin, resource }) => [plugin, resource]));
  const running = new Set(jobs.flatMap(({ plugin, chosen }) => (chosen ? [resources.get(plugin)!] : [])));
  const total = [...running].reduce((sum, resource) => sum + advice.shares[resource], 0);
  const share = (resource: Resource): number => {
    if (!running.has(resource)) return 0;
    return total > 0 ? advice.shares[resource] / total : 1 / running.size;
  };
  return Object.fromEntries(RESOURCES.map((resource) => [resource, share(resource)])) as Record<
    Resource,
    number
  >;
}
