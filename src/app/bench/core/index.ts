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
/** The core at its default, eager and strict. */
const CHOOSE_MIN = [0.05, 0.2];
/** How far the core's shares per resource count: not at all, and alone. */
const SHARES = [0, 1];

export interface CoreBench {
  readonly split: Split;
  readonly scenarios: number;
  readonly lines: readonly Line[];
  /** The core at its default setting against all settings of the rules. */
  readonly against_all_rules: Comparison;
  /** And against the rules as the node runs them, given more or less income. */
  readonly against_default_rules: Comparison;
  /** The core with its shares counting as far as by default, against other weights of them. */
  readonly shares: readonly (Difference & { readonly weight: number })[];
}

/**
 * The core against the rules on `count` scenarios in virtual time: success (demands met in time) and cost (ATP spent,
 * the core's own reasoning included).
 */
export async function benchCore(
  inference: InferencePort,
  plan: Parameters['plan'],
  split: Split,
  count: number,
  tell: (line: Line) => void = () => {},
): Promise<CoreBench> {
  const lines: Line[] = [];
  const run = async (name: string, make: MakeContender, income = 1): Promise<EpisodeOutcome[]> => {
    const outcomes: EpisodeOutcome[] = [];
    for (let index = 0; index < count; index++) {
      const scenario = createScenario(split, index);
      outcomes.push(await runEpisode({ ...scenario, atp_per_s: scenario.atp_per_s * income }, make));
    }
    const line = lineOf(name, outcomes);
    lines.push(line);
    tell(line);
    return outcomes;
  };
  const byThreshold: EpisodeOutcome[][] = [];
  for (const least of THRESHOLDS)
    byThreshold.push(await run(`rules, value ≥ ${least}`, heuristicContender(least)));
  const byIncome = [byThreshold[0]!];
  for (const income of INCOMES)
    byIncome.push(await run(`rules, income × ${income}`, heuristicContender(), income));
  const core = await run(`core, wanted ≥ ${plan.choose_min}`, coreContender(inference, plan));
  for (const choose_min of CHOOSE_MIN) {
    await run(`core, wanted ≥ ${choose_min}`, coreContender(inference, plan, { choose_min }));
  }
  const shares: CoreBench['shares'][number][] = [];
  for (const weight of SHARES) {
    const changed = coreContender(inference, plan, { shares_weight: weight });
    shares.push({ weight, ...difference(core, await run(`core, weight of its shares ${weight}`, changed)) });
  }
  await run('core, one cycle', coreContender(inference, plan, { cycles_max: 1 }));
  await run('oracle', oracleContender);
  return {
    split,
    scenarios: count,
    lines,
    against_all_rules: compare(core, [...byThreshold, ...byIncome]),
    against_default_rules: compare(core, byIncome),
    shares,
  };
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
