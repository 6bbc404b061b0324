import { RESOURCES, type Resource } from '../contracts/irp.js';
import type { JobOffer, Plan, PlanGoal, PlanInputs, PlannedJob, Planner } from '../contracts/plan.js';

/** Weights of the terms of a job's value; they add up to 1. */
const GOAL_WEIGHT = 0.55;
const SALIENCE_WEIGHT = 0.3;
const STALENESS_WEIGHT = 0.15;
/** Extra weight of the need at the highest priority, or right at the deadline. */
const URGENCY_SPAN = 0.5;
/** A deadline adds urgency from this long before it, ms. */
const DEADLINE_PRESSES_MS = 10_000;
const PRIORITY_MAX = 10;
/** Half-life of a result's freshness, ms. */
const HALF_STALE_MS = 2000;
/**
 * Added per second of waiting for a result. It grows alike for running and waiting jobs, so it never takes a
 * slot from a running one; and it is unbounded, so it eventually outgrows every other term (2.7 at most).
 */
const WAITING_PER_S = 0.02;
/** Hysteresis in favour of running jobs; without it, equal ones would alternate. */
const RUNNING_BONUS = 1.15;
/** Span of the exploration term at a rate of 1. */
const EXPLORATION_SPAN = 0.2;
/** Jobs of less value are not worth starting. */
const VALUE_MIN = 0.02;
/** In CRISIS, vision comes before everything else, to see whether the scene is clear. */
const CRISIS_VISION_BONUS = 1000;
/** Share of the budget held back while the goal waits on the world and nothing is urgent. */
const KEPT_SHARE = 0.25;

interface Valued {
  readonly offer: JobOffer;
  readonly value: number;
  readonly reason: string;
  readonly excluded: boolean;
}

/**
 * The rule-based planner: value = trust factor × (0.55 goal need, more if urgent, + 0.3 salience of its
 * sources + 0.15 staleness of its last result), raised for running and waiting jobs and perturbed by
 * exploration where the policy wants it. The most valuable run, up to the attention breadth; their values are
 * the shares of the budget per resource.
 *
 * - effector: only for a goal, and never in CRISIS or DREAM.
 * - vision: comes first in CRISIS, to see whether the scene is clear.
 * - memory: wanted as much as the policy consolidates; not at all if the policy does not and no goal asks for
 *   it.
 * - time: a quarter is held back while the goal's step waits on the world, less the more urgent the goal is.
 *
 * Deterministic: the order of the offers does not matter.
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

/** Urgency of a goal, 0..1: by priority or by closeness of its deadline, whichever is more. */
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
  // Drawn for every offer, so that one dropping out does not change the draws of the others.
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
  // Trust 1 gives 1; doubling an already high trust adds little.
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

/** How much a job is needed, 0..1: by the goal's step or, for memory work, by the policy. */
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
 * Exploration: a chance for jobs that would not be chosen or, at a negative rate, a penalty for those no goal
 * needs. A running job gets the full bonus: chance may start something else, but never preempts it.
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

/** Values of the chosen jobs as shares per resource, after `kept` of the whole is held back. */
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
