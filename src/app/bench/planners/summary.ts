import { mean } from '../../percentile.js';
import { bootstrap, type Interval, interval } from '../core/compare.js';
import type { PlannerName } from './conditions.js';
import type { PlannersEpisode } from './episode.js';

/** The same table under the same condition, planned by the rules and by the core. */
interface Pair {
  readonly rules: PlannersEpisode;
  readonly core: PlannersEpisode;
}

/** What one planner reached under a condition. */
export interface PlannerLine {
  readonly success_share: number;
  readonly time_s: Interval;
  readonly spent_atp: Interval;
  /** Of that by the planner itself, mean. */
  readonly planning_atp: number;
  /** Looks and answers of guests, means. */
  readonly looks: number;
  readonly guest_answers: number;
  readonly violations: number;
  /** Of the runs in which a hand was seen and a hold followed; null without any. */
  readonly hold_after_ms_max: number | null;
  readonly held: number;
}

/** The two side by side; intervals by bootstrap over the tables, 95 %. */
export interface ConditionLine {
  readonly condition: string;
  readonly tables: number;
  readonly heuristic: PlannerLine;
  readonly core: PlannerLine;
  /** Core less rules, points of 100. */
  readonly success_gain: Interval;
  /** Core less rules, on the tables where both succeed; null without any. */
  readonly time_gain_s: Interval | null;
  /** Core over rules, of all ATP spent. */
  readonly atp_ratio: Interval;
}

/** Compares the planners under each condition, on the tables that both have played. */
export function summarise(episodes: readonly PlannersEpisode[]): readonly ConditionLine[] {
  const conditions = [...new Set(episodes.map(({ condition }) => condition))];
  return conditions.flatMap((condition) => {
    const pairs = pairsOf(episodes.filter((episode) => episode.condition === condition));
    return pairs.length === 0 ? [] : [lineOf(condition, pairs)];
  });
}

function pairsOf(episodes: readonly PlannersEpisode[]): Pair[] {
  const of = (planner: PlannerName) =>
    new Map(episodes.flatMap((each) => (each.planner === planner ? [[each.seed, each] as const] : [])));
  const [rules, core] = [of('heuristic'), of('core')];
  return [...rules].flatMap(([seed, episode]) => {
    const other = core.get(seed);
    return other === undefined ? [] : [{ rules: episode, core: other }];
  });
}

function lineOf(condition: string, pairs: readonly Pair[]): ConditionLine {
  const both = pairs.filter(({ rules, core }) => rules.success && core.success);
  return {
    condition,
    tables: pairs.length,
    heuristic: plannerLine(pairs.map(({ rules }) => rules)),
    core: plannerLine(pairs.map(({ core }) => core)),
    success_gain: over(
      pairs,
      (drawn) => 100 * mean(drawn.map(({ rules, core }) => Number(core.success) - Number(rules.success))),
    ),
    time_gain_s:
      both.length === 0
        ? null
        : over(both, (drawn) => mean(drawn.map(({ rules, core }) => core.time_s - rules.time_s))),
    atp_ratio: over(
      pairs,
      (drawn) =>
        mean(drawn.map(({ core }) => core.spent_atp)) /
        Math.max(1e-9, mean(drawn.map(({ rules }) => rules.spent_atp))),
    ),
  };
}

function plannerLine(episodes: readonly PlannersEpisode[]): PlannerLine {
  const holds = episodes.flatMap(({ hold_after_ms }) => (hold_after_ms === null ? [] : [hold_after_ms]));
  return {
    success_share: mean(episodes.map(({ success }) => Number(success))),
    time_s: over(episodes, (drawn) => mean(drawn.map(({ time_s }) => time_s))),
    spent_atp: over(episodes, (drawn) => mean(drawn.map(({ spent_atp }) => spent_atp))),
    planning_atp: mean(episodes.map(({ planning_atp }) => planning_atp)),
    looks: mean(episodes.map(({ looks }) => looks)),
    guest_answers: mean(episodes.map(({ guest_answers }) => guest_answers)),
    violations: episodes.reduce((sum, { violations }) => sum + violations, 0),
    hold_after_ms_max: holds.length === 0 ? null : Math.max(...holds),
    held: holds.length,
  };
}

function over<T>(items: readonly T[], statistic: (drawn: readonly T[]) => number): Interval {
  return interval(
    statistic(items),
    bootstrap(items.length, (picks) => statistic(picks.map((at) => items[at]!))),
  );
}
