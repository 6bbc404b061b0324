import { RESOURCES, type Resource } from '../contracts/irp.js';
import type { JobOffer, Plan, PlanGoal, PlanInputs, PlannedJob, Planner } from '../contracts/plan.js';

/** How much each ground counts towards the value of a job; they add up to 1. */
const GOAL_WEIGHT = 0.55;
const SALIENCE_WEIGHT = 0.3;
const STALENESS_WEIGHT = 0.15;
/** A goal of the highest priority, or with its deadline upon it, makes its need count this much more. */
const URGENCY_SPAN = 0.5;
/** A deadline presses from here on, ms. */
const DEADLINE_PRESSES_MS = 10_000;
const PRIORITY_MAX = 10;
/** A result is half stale after this time. */
const HALF_STALE_MS = 2000;
/**
 * What every second of waiting without a result adds. It grows for what runs and what waits alike, so it never takes
 * a slot from one that is at work; and it has no end, so it outgrows every other ground (2.7 at most) in the end.
 */
const WAITING_PER_S = 0.02;
/** What runs is a little more worth than what would have to start: without it equals would take turns. */
const RUNNING_BONUS = 1.15;
/** Value that exploration can add or take, at a rate of 1. */
const EXPLORATION_SPAN = 0.2;
/** Jobs of less value are not worth the start. */
const VALUE_MIN = 0.02;
/** In a crisis seeing whether the scene is clear comes before everything else. */
const CRISIS_VISION_BONUS = 1000;
/** Share of the budget kept for later while the goal waits on the world and nothing presses. */
const KEPT_SHARE = 0.25;

interface Valued {
  readonly offer: JobOffer;
  readonly value: number;
  readonly reason: string;
  readonly excluded: boolean;
}

/**
 * The planner by rules: value = trust factor × (0.55 goal need, more where the goal is urgent, + 0.3 salience of its
 * sources + 0.15 staleness of its last result), more for what runs already and for what has waited, changed by
 * exploration where the policy wants it. The most valuable run, as many as the attention breadth allows; their values
 * are the shares of the budget per resource.
 *
 * - effector: only for a goal, and never in a crisis or a dream.
 * - vision: goes on in a crisis before all else, to see whether the scene is clear.
 * - memory: wanted as much as the policy consolidates; not at all where the policy does not and no goal asks for it.
 * - time: a quarter is kept for later while the goal's step waits on the world, less the more urgent the goal is.
 *
 * Equal inputs give equal plans, in whatever order the offers come.
 */
export function createHeuristicPlanner(): Planner {
  return {
    plan(inputs: PlanInputs): Plan {
      if (inputs.offers.length === 0) return NOTHING_TO_DO;
      const salience = new Map(inputs.salience.map(({ source, combined }) => [source, combined]));
      const urgency = urgencyOf(inputs.goal);
      const offers = [...inputs.offers].sort((a, b) => (a.plugin < b.plugin ? -1 : 1));
      const valued = offers
        .map((offer) => appraise(offer, inputs, salience, urgency))
        .sort((a, b) => b.value - a.value || (a.offer.plugin < b.offer.plugin ? -1 : 1));
      const jobs = choose(valued, inputs.policy.attention_breadth);
      const kept = inputs.goal?.waits === true ? KEPT_SHARE * (1 - urgency) : 0;
      return { jobs, allocation: allocation(jobs, valued, kept) };
    },
  };
}

/** How much a goal presses, 0..1: by its priority, or by how near its deadline is, whichever is more. */
function urgencyOf(goal: PlanGoal | null): number {
  if (goal === null) return 0;
  const pressed = goal.left_ms === null ? 0 : 1 - goal.left_ms / DEADLINE_PRESSES_MS;
  return unit(Math.max(goal.priority / PRIORITY_MAX, pressed));
}

function appraise(
  offer: JobOffer,
  inputs: PlanInputs,
  salience: ReadonlyMap<string, number>,
  urgency: number,
): Valued {
  const { policy } = inputs;
  // Drawn for every offer, so that one that drops out does not change the luck of the others.
  const draw = inputs.random();
  const trust = Object.hasOwn(inputs.trust, offer.plugin) ? inputs.trust[offer.plugin]! : 1;
  const salient = Math.max(0, ...offer.sources.map((source) => salience.get(source) ?? 0));
  const need = needOf(offer, inputs);
  const ages = agesOf(offer, inputs.now_ms);
  const reason = [
    `goal need ${need.toFixed(2)}`,
    ...(urgency > 0 && need > 0 ? [`urgency ${urgency.toFixed(2)}`] : []),
    ...(offer.sources.length > 0 ? [`salience ${salient.toFixed(2)}`] : []),
    ages.result_s === null ? 'no result yet' : `last result ${ages.result_s.toFixed(1)} s ago`,
    ...(ages.waited_s >= 1 ? [`waited ${ages.waited_s.toFixed(1)} s`] : []),
    `trust ${trust.toFixed(2)}`,
    ...(offer.running ? ['running'] : []),
  ].join(', ');
  const excluded = exclusion(offer, inputs, need);
  if (excluded !== null) return { offer, value: 0, reason: excluded, excluded: true };
  const base =
    GOAL_WEIGHT * need * (1 + URGENCY_SPAN * urgency) +
    SALIENCE_WEIGHT * salient +
    STALENESS_WEIGHT * ages.staleness;
  // Trust 1 counts 1, and doubling an already high trust adds little.
  const trustFactor = (2 * trust) / (trust + 1);
  const explored = exploration(policy.exploration_rate, offer.running ? 1 : draw, need);
  const crisis = policy.state === 'CRISIS' && offer.resource === 'vision' ? CRISIS_VISION_BONUS : 0;
  const worth = base * trustFactor * (offer.running ? RUNNING_BONUS : 1) + explored;
  return {
    offer,
    value: Math.max(0, worth) + WAITING_PER_S * ages.waited_s + crisis,
    reason,
    excluded: false,
  };
}

/** How much a job is needed, 0..1: by the goal's step, or, for work on memory, by the policy. */
function needOf({ resource, goal_need }: JobOffer, { policy }: PlanInputs): number {
  return unit(resource === 'memory' ? Math.max(goal_need, policy.consolidation_rate) : goal_need);
}

/** Why a job may not run under this policy, or null. */
function exclusion({ resource }: JobOffer, { policy }: PlanInputs, need: number): string | null {
  if (resource === 'memory' && need === 0) return `no memory work in ${policy.state}`;
  if (resource !== 'effector') return null;
  if (policy.state === 'CRISIS') return 'no motion is planned in a crisis';
  if (policy.state === 'DREAM') return 'no motion is planned in a dream';
  return need === 0 ? 'no goal needs it' : null;
}

function agesOf({ last_result_ms, wanted_since_ms }: JobOffer, now_ms: number) {
  const result_s = last_result_ms === null ? null : Math.max(0, now_ms - last_result_ms) / 1000;
  return {
    result_s,
    /** 0..1. */
    staleness: result_s === null ? 1 : 1 - 2 ** ((-1000 * result_s) / HALF_STALE_MS),
    waited_s: Math.max(0, now_ms - (wanted_since_ms ?? now_ms)) / 1000,
  };
}

/**
 * A chance for what would not be chosen, or, where the rate is negative, less of what no goal needs. What runs has the
 * best of luck: chance lets something else begin, it does not end what is at work.
 */
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

/** The values of the chosen as shares per resource, after `kept` of all was set aside for later. */
function allocation(
  jobs: readonly PlannedJob[],
  valued: readonly Valued[],
  kept: number,
): Record<Resource, number> {
  const values: Record<Resource, number> = { llm: 0, vision: 0, memory: 0, time: 0, effector: 0 };
  jobs.forEach(({ chosen, value }, index) => {
    if (chosen) values[valued[index]!.offer.resource] += value;
  });
  const total = RESOURCES.reduce((sum, resource) => sum + values[resource], 0);
  if (total === 0) return values;
  for (const resource of RESOURCES) values[resource] *= (1 - kept) / total;
  values.time += kept;
  return values;
}

const NOTHING_TO_DO: Plan = { jobs: [], allocation: allocation([], [], 0) };

function unit(value: number): number {
  return value > 0 ? Math.min(1, value) : 0;
}
