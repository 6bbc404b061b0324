import { Command, InvalidArgumentError } from 'commander';
import { SageError } from '../../contracts/errors.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { createModelHost, type ModelHost } from '../../models/index.js';
import { loadParameters } from '../config.js';
import { tabletopConfig } from '../paths.js';
import { addCoreBench } from './core/command.js';
import { benchCycle } from './cycle.js';
import { benchGraph } from './graph.js';
import { handOnce } from './hand.js';
import { addMindBench } from './mind/command.js';
import { benchMind } from './mind/measure.js';
import { type PickEpisode, pickOnce } from './pick.js';
import { addProofsBench } from './proofs/command.js';
import { benchControl } from './proofs/control.js';
import { benchSwap } from './swap.js';

const SEEDS_MAX = 10_000;

/** `sage bench`: figures with the command that makes them. Exit code 0 when the run was sound, whatever the figures. */
export async function runBench(argv: readonly string[]): Promise<number> {
  const program = new Command('sage bench')
    .description('Measure what SAGE does, on this machine.')
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  program
    .command('pick')
    .description('Picks in the simulated world in virtual time, judged by its ground truth.')
    .option('--seeds <n>', 'how many worlds', count, 50)
    .option('--first <seed>', 'the first seed', count, 1)
    .option('--config <file...>', 'configuration files', [])
    .option('--json', 'one line of JSON at the end')
    .addHelpText('after', '\nExample:\n  sage bench pick --seeds 50 --json')
    .action((options: PickOptions) => benchPick(options));
  program
    .command('cycle')
    .description('CPU of a cycle without plugins.')
    .option('--cycles <n>', 'how many cycles', count, 3000)
    .option('--json', 'one line of JSON')
    .addHelpText('after', '\nExample:\n  sage bench cycle --json')
    .action((options: { cycles: number; json?: boolean }) => {
      print(benchCycle(loadParameters([]), options.cycles), options.json === true);
    });
  program
    .command('hand')
    .description('A hand reaches in while the arm moves: how soon it holds, in virtual time.')
    .option('--seeds <n>', 'how many worlds', count, 20)
    .option('--first <seed>', 'the first seed', count, 1)
    .option('--json', 'one line of JSON at the end')
    .addHelpText('after', '\nExample:\n  sage bench hand --seeds 20 --json')
    .action((options: PickOptions) => benchHand(options));
  program
    .command('graph')
    .description('Frames, latency and pace on a real ROS graph.')
    .option('--seconds <n>', 'how long', count, 30)
    .option('--json', 'one line of JSON at the end')
    .addHelpText('after', '\nExample:\n  sage bench graph --seconds 30 --json')
    .action(async (options: { seconds: number; json?: boolean }) => {
      print(await benchGraph(options.seconds), options.json === true);
    });
  addCoreBench(program, print);
  addMindBench(program, print);
  addProofsBench(program, print);
  program
    .command('swap')
    .description('Swap the model of vision to and fro while it is used.')
    .option('--swaps <n>', 'how often', count, 100)
    .option('--mode <mode>', 'overlap: both fit into memory; gap: one at a time', 'overlap')
    .option('--json', 'one line of JSON')
    .addHelpText('after', '\nExample:\n  sage bench swap --swaps 1000 --json')
    .action(async ({ swaps, mode, json }: { swaps: number; mode: string; json?: boolean }) => {
      if (mode !== 'overlap' && mode !== 'gap') throw new InvalidArgumentError('--mode is overlap or gap');
      print(await benchSwap(loadParameters([]).models, swaps, mode), json === true);
    });
  program
    .command('replay')
    .description('Offline replay of the tabletop bag, and the rate of reading beside other readers.')
    .option('--seconds <n>', 'length of the bag', count, 60)
    .option('--bag <file>', 'a bag that was made before')
    .option('--python <path>', 'a Python with mcap and rosbags, to read beside', 'python3')
    .option('--json', 'one line of JSON')
    .addHelpText('after', '\nExample:\n  sage bench replay --seconds 60 --json')
    .action(async (options: { seconds: number; bag?: string; python: string; json?: boolean }) => {
      const { benchReplay } = await import('./replay.js');
      print(await benchReplay({ ...options, bag: options.bag ?? null }), options.json === true);
    });
  program
    .command('record')
    .description('What recording the simulated streams costs, and whether anything is lost.')
    .option('--seconds <n>', 'how long', count, 20)
    .option('--json', 'one line of JSON')
    .addHelpText('after', '\nExample:\n  sage bench record --seconds 20 --json')
    .action(async ({ seconds, json }: { seconds: number; json?: boolean }) => {
      const { benchRecord } = await import('./record.js');
      print(await benchRecord(seconds), json === true);
    });
  program
    .command('all', { isDefault: true })
    .description('Cycle, mind, control, pick, hand and graph, small.')
    .allowExcessArguments()
    .option('--json', 'a line of JSON each')
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      // The default takes whatever names no bench.
      const [word] = command.args;
      if (word !== undefined) throw new SageError('SAGE_901', 'sage bench', unknownBench(program, word));
      print({ bench: 'cycle', ...benchCycle(loadParameters([]), 3000) }, json === true);
      print({ bench: 'mind', ...(await benchMind(200)) }, json === true);
      for (const world of await benchControl(20)) print({ bench: 'control', ...world }, json === true);
      await benchPick({ seeds: 10, first: 1, config: [], json: json === true });
      await benchHand({ seeds: 10, first: 1, config: [], json: json === true });
      print(await benchGraph(30), json === true);
    });
  await program.parseAsync([...argv], { from: 'user' });
  return 0;
}

function unknownBench(program: Command, word: string): string {
  const names = program.commands.map((command) => command.name()).join(', ');
  return `there is no bench '${word}'; there are ${names}`;
}

interface PickOptions {
  readonly seeds: number;
  readonly first: number;
  readonly config?: readonly string[];
  readonly json?: boolean;
}

async function benchPick(options: PickOptions): Promise<void> {
  const episodes = await eachSeed(options, pickOnce, pickLine);
  print(summary(episodes), options.json === true);
}

function pickLine({ seed, success, outcome, reason, time_s, violations }: PickEpisode): string {
  const why = success ? '' : ` (${reason})`;
  const bad = violations.length === 0 ? '' : `, ${violations.length} violations: ${violations[0]}`;
  return `${success ? 'ok  ' : 'FAIL'} seed ${seed}: ${outcome} after ${time_s.toFixed(1)} s${why}${bad}`;
}

/** Runs an episode per seed with the real models, and says how each went. */
async function eachSeed<T>(
  { first, seeds, config }: PickOptions,
  episode: (seed: number, parameters: Parameters, host: ModelHost) => Promise<T>,
  line: (result: T) => string,
): Promise<readonly T[]> {
  const parameters = loadParameters([tabletopConfig(), ...(config ?? [])]);
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

async function benchHand(options: PickOptions): Promise<void> {
  const episodes = await eachSeed(
    options,
    handOnce,
    ({ seed, hold_after_ms, outcome }) => `seed ${seed}: holds after ${hold_after_ms} ms, then ${outcome}`,
  );
  const delays = episodes
    .map(({ hold_after_ms }) => hold_after_ms ?? Number.POSITIVE_INFINITY)
    .sort((a, b) => a - b);
  const figures = {
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
  print(figures, options.json === true);
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
