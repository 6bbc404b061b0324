import { Command, InvalidArgumentError } from 'commander';
import { createModelHost } from '../../models/index.js';
import { loadParameters } from '../config.js';
import { tabletopConfig } from '../paths.js';
import { benchCycle } from './cycle.js';
import { type PickEpisode, pickOnce } from './pick.js';

const SEEDS_MAX = 10_000;

/** `sage bench`: figures with the command that makes them. Exit code 0 when the run was sound, whatever the figures. */
export async function runBench(argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = new Command('sage bench')
    .description('Measure what SAGE does, on this machine.')
    .exitOverride();
  program
    .command('pick')
    .description('Picks in the simulated world in virtual time, judged by its ground truth.')
    .option('--seeds <n>', 'how many worlds', count, 50)
    .option('--first <seed>', 'the first seed', count, 1)
    .option('--config <file...>', 'configuration files', [])
    .option('--json', 'one line of JSON at the end')
    .addHelpText('after', '\nExample:\n  sage bench pick --seeds 50 --json')
    .action(async (options: PickOptions) => {
      code = await benchPick(options);
    });
  program
    .command('cycle')
    .description('CPU of a cycle without plugins.')
    .option('--cycles <n>', 'how many cycles', count, 3000)
    .option('--json', 'one line of JSON')
    .addHelpText('after', '\nExample:\n  sage bench cycle --json')
    .action((options: { cycles: number; json?: boolean }) => {
      print(benchCycle(loadParameters([]), options.cycles), options.json === true);
    });
  await program.parseAsync([...argv], { from: 'user' });
  return code;
}

interface PickOptions {
  readonly seeds: number;
  readonly first: number;
  readonly config: readonly string[];
  readonly json?: boolean;
}

async function benchPick(options: PickOptions): Promise<number> {
  const parameters = loadParameters([tabletopConfig(), ...options.config]);
  const host = await createModelHost({ parameters: parameters.models });
  const episodes: PickEpisode[] = [];
  try {
    for (let seed = options.first; seed < options.first + options.seeds; seed++) {
      const episode = await pickOnce(seed, parameters, host);
      episodes.push(episode);
      const mark = episode.success ? 'ok  ' : 'FAIL';
      process.stderr.write(
        `${mark} seed ${seed}: ${episode.outcome} after ${episode.time_s.toFixed(1)} s${episode.success ? '' : ` (${episode.reason})`}${episode.violations.length > 0 ? `, ${episode.violations.length} violations: ${episode.violations[0]}` : ''}\n`,
      );
    }
  } finally {
    await host.close();
  }
  print(summary(episodes), options.json === true);
  return 0;
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

function print(figures: object, json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify(figures)}\n`);
  else
    for (const [key, value] of Object.entries(figures))
      process.stdout.write(`${key}: ${typeof value === 'object' ? JSON.stringify(value) : value}\n`);
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > SEEDS_MAX) {
    throw new InvalidArgumentError(`a whole number from 1 to ${SEEDS_MAX} is expected`);
  }
  return value;
}
