import type { Command } from 'commander';
import type { Parameters } from '../../contracts/parameters/index.js';
import { createModelHost, type ModelHost } from '../../models/index.js';
import { handOnce } from './hand.js';
import { type BenchConfig, benchParameters, count, defineConfig } from './options.js';
import { type PickEpisode, pickOnce } from './pick.js';

interface SeedOptions extends BenchConfig {
  readonly seeds: number;
  readonly first: number;
}

/** Adds `sage bench pick` and `sage bench hand`. */
export function addEpisodeBenches(program: Command, print: (figures: object, json: boolean) => void): void {
  const add = (
    name: string,
    about: string,
    seeds: number,
    bench: (options: SeedOptions) => Promise<object>,
  ) => {
    const command = program
      .command(name)
      .description(about)
      .option('--seeds <n>', 'number of worlds', count, seeds)
      .option('--first <seed>', 'first seed', count, 1)
      .option('--json', 'print one line of JSON at the end');
    return defineConfig(command).action(async (options: SeedOptions & { readonly json?: boolean }) =>
      print(await bench(options), options.json === true),
    );
  };
  add(
    'pick',
    'Run picks in the simulated world in virtual time, judged by ground truth.',
    50,
    benchPick,
  ).addHelpText('after', '\nExample:\n  sage bench pick --seeds 50 --set plan.implementation=core --json');
  add(
    'hand',
    'Measure how soon the arm holds when a hand reaches in, in virtual time.',
    20,
    benchHand,
  ).addHelpText('after', '\nExample:\n  sage bench hand --seeds 20 --json');
}

/** The figures of `sage bench pick`. */
export async function benchPick(options: SeedOptions): Promise<object> {
  return summary(await eachSeed(options, pickOnce, pickLine));
}

function pickLine({ seed, success, outcome, reason, time_s, violations }: PickEpisode): string {
  const why = success ? '' : ` (${reason})`;
  const bad = violations.length === 0 ? '' : `, ${violations.length} violations: ${violations[0]}`;
  return `${success ? 'ok  ' : 'FAIL'} seed ${seed}: ${outcome} after ${time_s.toFixed(1)} s${why}${bad}`;
}

/** Runs an episode per seed with the real models, and says how each went. */
async function eachSeed<T>(
  options: SeedOptions,
  episode: (seed: number, parameters: Parameters, host: ModelHost) => Promise<T>,
  line: (result: T) => string,
): Promise<readonly T[]> {
  const { first, seeds } = options;
  const parameters = benchParameters(options);
  const host = createModelHost({ parameters: parameters.models });
  const results: T[] = [];
  try {
    await host.ready();
    for (let seed = first; seed < first + seeds; seed++) {
      const result = await episode(seed, parameters, host);
      results.push(result);
      process.stderr.write(`${line(result)}\n`);
    }
  } finally {
    await host.close();
  }
  return results;
}

/** The figures of `sage bench hand`. */
export async function benchHand(options: SeedOptions): Promise<object> {
  const episodes = await eachSeed(
    options,
    handOnce,
    ({ seed, hold_after_ms, outcome }) => `seed ${seed}: holds after ${hold_after_ms} ms, then ${outcome}`,
  );
  const delays = episodes
    .map(({ hold_after_ms }) => hold_after_ms ?? Number.POSITIVE_INFINITY)
    .sort((a, b) => a - b);
  return {
    bench: 'hand',
    seeds: episodes.length,
    held_within_200_ms_share: delays.filter((delay) => delay <= 200).length / Math.max(1, delays.length),
    hold_after_ms_median: delays[Math.floor(delays.length / 2)] ?? null,
    hold_after_ms_max: delays.at(-1) ?? null,
    false_alarms: episodes.filter(({ false_alarm }) => false_alarm).length,
    moved_in_crisis: episodes.filter(({ moved_in_crisis }) => moved_in_crisis).length,
    satisfied_share:
      episodes.filter(({ outcome }) => outcome === 'satisfied').length / Math.max(1, episodes.length),
  };
}

function summary(episodes: readonly PickEpisode[]) {
  const succeeded = episodes.filter(({ success }) => success);
  const times = succeeded.map(({ time_s }) => time_s).sort((a, b) => a - b);
  return {
    bench: 'pick',
    seeds: episodes.length,
    success_share: succeeded.length / Math.max(1, episodes.length),
    failed_seeds: episodes.filter(({ success }) => !success).map(({ seed, outcome }) => ({ seed, outcome })),
    violations: episodes.reduce((total, { violations }) => total + violations.length, 0),
    time_s_median: times[Math.floor(times.length / 2)] ?? null,
    time_s_max: times.at(-1) ?? null,
  };
}
