import { RESOURCES, type Resource } from '../contracts/irp.js';
import type { JobOffer, Plan, PlanInputs, PlannedJob, Planner } from '../contracts/plan.js';

/** How much each ground counts towards the value of a job; they add up to 1. */
const GOAL_WEIGHT = 0.55;
const SALIENCE_WEIGHT = 0.3;
const STALENESS_WEIGHT = 0.15;
/** A result is half stale after this time. */
const HALF_STALE_MS = 2000;
/** What runs is a little more worth than what would have to start: without it equals would take turns. */
const RUNNING_BONUS = 1.15;
/** Value that exploration can add or take, at a rate of 1. */
const EXPLORATION_SPAN = 0.2;
/** Jobs of less value are not worth the start. */
const VALUE_MIN = 0.02;
/** In a crisis seeing whether the scene is clear comes before everything else. */
const CRISIS_VISION_BONUS = 10;

interface Valued {
  readonly offer: JobOffer;
  readonly value: number;
  readonly reason: string;
  readonly excluded: boolean;
}

/**
 * The planner by rules: value = trust factor × (0.55 goal need + 0.3 salience of its sources + 0.15 staleness of its
 * last result), more for what runs already, changed by exploration where the policy wants it. The most valuable run,
 * as many as the attention breadth allows; their values are the shares of the budget per resource. Effectors run only
 * for a goal, and never start in a crisis; vision goes on then, to see whether the scene is clear.
 * Equal inputs give equal plans, in whatever order the offers come.
 */
export function createHeuristicPlanner(): Planner {
  return {
    plan(inputs: PlanInputs): Plan {
      const salience = new Map(inputs.salience.map(({ source, combined }) => [source, combined]));
      const offers = [...inputs.offers].sort((a, b) => (a.plugin < b.plugin ? -1 : 1));
      const valued = offers
        .map((offer) => appraise(offer, inputs, salience))
        .sort((a, b) => b.value - a.value || (a.offer.plugin < b.offer.plugin ? -1 : 1));
      const jobs = choose(valued, inputs.policy.attention_breadth);
      return { jobs, allocation: allocation(jobs, valued) };
    },
  };
}

function appraise(offer: JobOffer, inputs: PlanInputs, salience: ReadonlyMap<string, number>): Valued {
  const { policy, now_ms } = inputs;
  // Drawn for every offer, so that one that drops out does not change the luck of the others.
  const luck = inputs.random();
  const trust = Object.hasOwn(inputs.trust, offer.plugin) ? inputs.trust[offer.plugin]! : 1;
  const salient = Math.max(0, ...offer.sources.map((source) => salience.get(source) ?? 0));
  const age_ms = offer.last_result_ms === null ? null : Math.max(0, now_ms - offer.last_result_ms);
  const staleness = age_ms === null ? 1 : 1 - 2 ** (-age_ms / HALF_STALE_MS);
  const need = Math.min(1, Math.max(0, offer.goal_need));
  const base = GOAL_WEIGHT * need + SALIENCE_WEIGHT * salient + STALENESS_WEIGHT * staleness;
  const reason = [
    `goal need ${need.toFixed(2)}`,
    ...(offer.sources.length > 0 ? [`salience ${salient.toFixed(2)}`] : []),
    age_ms === null ? 'no result yet' : `last result ${(age_ms / 1000).toFixed(1)} s ago`,
    `trust ${trust.toFixed(2)}`,
    ...(offer.running ? ['running'] : []),
  ].join(', ');
  const effector = offer.resource === 'effector';
  if (effector && policy.state === 'CRISIS') {
    return { offer, value: 0, reason: 'no motion is planned in a crisis', excluded: true };
  }
  if (effector && need === 0) return { offer, value: 0, reason: 'no goal needs it', excluded: true };
  // Trust 1 counts 1, and doubling an already high trust adds little.
  const trustFactor = (2 * trust) / (trust + 1);
  const explored = exploration(policy.exploration_rate, luck, need);
  const crisis = policy.state === 'CRISIS' && offer.resource === 'vision' ? CRISIS_VISION_BONUS : 0;
  const value = base * trustFactor * (offer.running ? RUNNING_BONUS : 1) + explored + crisis;
  return { offer, value: Math.max(0, value), reason, excluded: false };
}

/** A chance for what would not be chosen, or, where the rate is negative, less of what no goal needs. */
function exploration(rate: number, luck: number, need: number): number {
  if (rate >= 0) return rate * EXPLORATION_SPAN * luck;
  return need > 0 ? 0 : rate * EXPLORATION_SPAN;
}

function choose(valued: readonly Valued[], breadth: number): PlannedJob[] {
  let free = breadth;
  return valued.map(({ offer, value, reason, excluded }) => {
    const { plugin } = offer;
    if (excluded) return { plugin, chosen: false, value, reason };
    if (value < VALUE_MIN) return { plugin, chosen: false, value, reason: `not worth it: ${reason}` };
    if (free <= 0) {
      return {
        plugin,
        chosen: false,
        value,
        reason: `beyond the attention breadth of ${breadth}: ${reason}`,
      };
    }
    free--;
    return { plugin, chosen: true, value, reason };
  });
}

function allocation(jobs: readonly PlannedJob[], valued: readonly Valued[]): Record<Resource, number> {
  const values = Object.fromEntries(RESOURCES.map((name) => [name, 0])) as Record<Resource, number>;
  jobs.forEach(({ chosen, value }, index) => {
    if (chosen) values[valued[index]!.offer.resource] += value;
  });
  const total = RESOURCES.reduce((sum, resource) => sum + values[resource], 0);
  if (total > 0) for (const resource of RESOURCES) values[resource] /= total;
  return values;
}
