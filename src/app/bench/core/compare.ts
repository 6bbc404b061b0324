import { seededRandom } from '../../../contracts/ports.js';
import type { EpisodeOutcome } from './episode.js';

/** Mean with its 95 % interval (percentile bootstrap over scenarios). */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** What one contender reached on all scenarios. */
export interface Line {
  readonly name: string;
  /** Share of the demands met before their deadlines, 0..1. */
  readonly success: Interval;
  readonly goal_success: number;
  /** ATP per episode of 10 s, the planner's own included. */
  readonly cost_atp: Interval;
  readonly planning_atp: number;
}

/** How the core stands against the rules. */
export interface Comparison {
  /**
   * Core's cost over the cost at which the rules reach the same success, or their best where they never reach it;
   * below 1 the core is better.
   */
  readonly cost_ratio_at_equal_success: Interval;
  /** Core's success less that of the rules at the same cost; above 0 the core is better. */
  readonly success_gain_at_equal_cost: Interval;
}

const DRAWS = 1000;

const sumOf = (outcomes: readonly EpisodeOutcome[], value: (outcome: EpisodeOutcome) => number) =>
  outcomes.reduce((sum, outcome) => sum + value(outcome), 0);

const successOf = (outcomes: readonly EpisodeOutcome[]) =>
  sumOf(outcomes, ({ met }) => met) /
  Math.max(
    1,
    sumOf(outcomes, ({ demands }) => demands),
  );

const costOf = (outcomes: readonly EpisodeOutcome[]) =>
  sumOf(outcomes, ({ spent_atp }) => spent_atp) / Math.max(1, outcomes.length);

/** Statistics of resampled scenarios, the same draws for everybody. */
export function bootstrap<T>(count: number, statistic: (picks: readonly number[]) => T): T[] {
  const random = seededRandom(5);
  return Array.from({ length: DRAWS }, () =>
    statistic(Array.from({ length: count }, () => Math.floor(random.next() * count))),
  );
}

/** The mean with the middle 95 % of what resampling gave. */
export function interval(mean: number, draws: readonly number[]): Interval {
  const sorted = [...draws].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return { mean, low: at(0.025), high: at(0.975) };
}

export function lineOf(name: string, outcomes: readonly EpisodeOutcome[]): Line {
  const over = (statistic: (of: readonly EpisodeOutcome[]) => number) =>
    interval(
      statistic(outcomes),
      bootstrap(outcomes.length, (picks) => statistic(picks.map((at) => outcomes[at]!))),
    );
  const goals = sumOf(outcomes, (each) => each.goals);
  return {
    name,
    success: over(successOf),
    goal_success: sumOf(outcomes, ({ goals_met }) => goals_met) / Math.max(1, goals),
    cost_atp: over(costOf),
    planning_atp: sumOf(outcomes, ({ planning_atp }) => planning_atp) / Math.max(1, outcomes.length),
  };
}

/**
 * The core against every setting of the rules (their incomes and thresholds): what they reach is the upper left
 * border of all their points and of what lies between two of them (taking turns). All run the same scenarios, and are
 * resampled together.
 */
export function compare(
  core: readonly EpisodeOutcome[],
  rules: readonly (readonly EpisodeOutcome[])[],
): Comparison {
  const all = core.map((_, at) => at);
  const point = (outcomes: readonly EpisodeOutcome[], picks: readonly number[]) => {
    const drawn = picks.map((at) => outcomes[at]!);
    return { cost: costOf(drawn), success: successOf(drawn) };
  };
  const at = (picks: readonly number[]) => {
    const own = point(core, picks);
    const border = upperBorder(rules.map((outcomes) => point(outcomes, picks)));
    return {
      ratio: own.cost / costFor(border, own.success),
      gain: own.success - successFor(border, own.cost),
    };
  };
  const now = at(all);
  const draws = bootstrap(core.length, at);
  return {
    cost_ratio_at_equal_success: interval(
      now.ratio,
      draws.map(({ ratio }) => ratio),
    ),
    success_gain_at_equal_cost: interval(
      now.gain,
      draws.map(({ gain }) => gain),
    ),
  };
}

/** One contender less another on the same scenarios. */
export interface Difference {
  /** Share of the demands met, 0..1. */
  readonly success: Interval;
  readonly cost_ratio: Interval;
}

/** How `one` differs from `other`; both ran the same scenarios, and are resampled together. */
export function difference(one: readonly EpisodeOutcome[], other: readonly EpisodeOutcome[]): Difference {
  const at = (picks: readonly number[]) => {
    const [a, b] = [picks.map((pick) => one[pick]!), picks.map((pick) => other[pick]!)];
    return { success: successOf(a) - successOf(b), ratio: costOf(a) / Math.max(1e-9, costOf(b)) };
  };
  const now = at(one.map((_, pick) => pick));
  const draws = bootstrap(one.length, at);
  return {
    success: interval(
      now.success,
      draws.map(({ success }) => success),
    ),
    cost_ratio: interval(
      now.ratio,
      draws.map(({ ratio }) => ratio),
    ),
  };
}

interface Point {
  readonly cost: number;
  readonly success: number;
}

/** The points that nothing between two others is better than, by rising cost; with nothing spent nothing is met. */
export function upperBorder(points: readonly Point[]): Point[] {
  const sorted = [{ cost: 0, success: 0 }, ...points].sort(
    (a, b) => a.cost - b.cost || a.success - b.success,
  );
  const border: Point[] = [];
  for (const point of sorted) {
    while (border.length >= 2 && turnsUp(border.at(-2)!, border.at(-1)!, point)) border.pop();
    border.push(point);
  }
  const best = border.reduce(
    (most, { success }, index) => (success > border[most]!.success ? index : most),
    0,
  );
  return border.slice(0, best + 1);
}

/** True where b lies on or below the line from a to c. */
const turnsUp = (a: Point, b: Point, c: Point) =>
  (c.success - a.success) * (b.cost - a.cost) >= (b.success - a.success) * (c.cost - a.cost);

/** Least cost of the border for a success; that of its best where it never gets there. */
function costFor(border: readonly Point[], success: number): number {
  for (let at = 1; at < border.length; at++) {
    const [a, b] = [border[at - 1]!, border[at]!];
    if (b.success >= success)
      return a.cost + ((success - a.success) / (b.success - a.success)) * (b.cost - a.cost);
  }
  return border.at(-1)!.cost;
}

/** Success of the border at a cost; its best where that is dearer than all its points. */
function successFor(border: readonly Point[], cost: number): number {
  for (let at = 1; at < border.length; at++) {
    const [a, b] = [border[at - 1]!, border[at]!];
    if (b.cost >= cost) return a.success + ((cost - a.cost) / (b.cost - a.cost)) * (b.success - a.success);
  }
  return border.at(-1)!.success;
}
