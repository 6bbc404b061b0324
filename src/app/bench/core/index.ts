import { appendFileSync, writeFileSync } from 'node:fs';
import type { InferencePort } from '../../../contracts/inference.js';
import type { Parameters } from '../../../contracts/parameters/index.js';
import { type Comparison, compare, type Difference, difference, type Line, lineOf } from './compare.js';
import { coreContender, heuristicContender, oracleContender } from './contenders.js';
import { type EpisodeOutcome, type MakeContender, runEpisode } from './episode.js';
import { recordEpisode } from './record.js';
import { createScenario, type Split } from './scenario.js';

/** Settings of the rules that the core is compared with: thresholds of value, and shares of the income. */
const THRESHOLDS = [0, 0.15, 0.25, 0.35, 0.45, 0.55, 0.7];
const INCOMES = [0.15, 0.3, 0.5, 0.75];
/** Settings of the core beside its default: eager and strict, its shares unused and alone, and how long it thinks. */
const SETTINGS: readonly Partial<Parameters['plan']>[] = [
  { choose_min: 0.05 },
  { choose_min: 0.2 },
  { shares_weight: 0 },
  { shares_weight: 1 },
  { cycles_max: 1 },
  { cycles_max: 2 },
  { cycles_max: 4 },
];

export interface CoreBench {
  readonly split: Split;
  readonly scenarios: number;
  readonly lines: readonly Line[];
  /** The core at its default setting against all settings of the rules; null where they were left out. */
  readonly against_all_rules: Comparison | null;
  /** And against the rules as the node runs them, given more or less income. */
  readonly against_default_rules: Comparison | null;
  /** Each other setting of the core less its default. */
  readonly settings: readonly (Difference & { readonly name: string })[];
}

export interface CoreBenchOptions {
  readonly inference: InferencePort;
  readonly plan: Parameters['plan'];
  readonly split: Split;
  readonly scenarios: number;
  /** Whether the rules and the teacher play too. */
  readonly rules: boolean;
  readonly tell?: (line: Line) => void;
}

/**
 * The core against the rules on scenarios in virtual time: success (demands met in time) and cost (ATP spent, the
 * core's own reasoning included).
 */
export async function benchCore(options: CoreBenchOptions): Promise<CoreBench> {
  const { inference, plan, split, scenarios, rules } = options;
  const table = new Table(options);
  const byThreshold: Outcomes[] = [];
  const byIncome: Outcomes[] = [];
  if (rules) {
    for (const least of THRESHOLDS)
      byThreshold.push(await table.run(`rules, value ≥ ${least}`, heuristicContender(least)));
    byIncome.push(byThreshold[0]!);
    for (const income of INCOMES)
      byIncome.push(await table.run(`rules, income × ${income}`, heuristicContender(), income));
  }
  const core = await table.run('core', coreContender(inference, plan));
  const settings: CoreBench['settings'][number][] = [];
  for (const [setting] of SETTINGS.map(
    (changes) => Object.entries(changes) as [keyof typeof plan, number][],
  )) {
    const [key, value] = setting!;
    if (plan[key] === value) continue;
    const name = `core, ${key} ${value}`;
    const outcomes = await table.run(name, coreContender(inference, plan, { [key]: value }));
    settings.push({ name, ...difference(outcomes, core) });
  }
  if (rules) await table.run('oracle', oracleContender);
  return {
    split,
    scenarios,
    lines: table.lines,
    against_all_rules: rules ? compare(core, [...byThreshold, ...byIncome]) : null,
    against_default_rules: rules ? compare(core, byIncome) : null,
    settings,
  };
}

type Outcomes = readonly EpisodeOutcome[];

/** What everybody reached who has played. */
class Table {
  readonly lines: Line[] = [];

  constructor(private readonly options: CoreBenchOptions) {}

  /** Plays all scenarios, with a share of their income. */
  async run(name: string, make: MakeContender, income = 1): Promise<Outcomes> {
    const { split, scenarios, tell } = this.options;
    const outcomes: EpisodeOutcome[] = [];
    for (let index = 0; index < scenarios; index++) {
      const scenario = createScenario(split, index);
      outcomes.push(await runEpisode({ ...scenario, atp_per_s: scenario.atp_per_s * income }, make));
    }
    const line = lineOf(name, outcomes);
    this.lines.push(line);
    tell?.(line);
    return outcomes;
  }
}

/** Writes the decisions of `count` scenarios as JSON lines, for training; played by `follow` where it is given. */
export async function recordEpisodes(
  file: string,
  split: Split,
  first: number,
  count: number,
  follow: MakeContender | null,
): Promise<number> {
  writeFileSync(file, '');
  let decisions = 0;
  for (let index = first; index < first + count; index++) {
    const episode = await recordEpisode(split, index, follow);
    decisions += episode.decisions.length;
    appendFileSync(file, `${JSON.stringify(episode)}\n`);
  }
  return decisions;
}
