import { Command, InvalidArgumentError } from 'commander';
import { SageError } from '../../contracts/errors.js';
import { loadParameters } from '../config.js';
import { HELP } from '../help.js';
import { addCoreBench } from './core/command.js';
import { benchCycle } from './cycle.js';
import { addEpisodeBenches, benchHand, benchPick } from './episodes.js';
import { benchGraph } from './graph.js';
import { addMindBench } from './mind/command.js';
import { benchMind } from './mind/measure.js';
import { count } from './options.js';
import { addPlannersBench } from './planners/command.js';
import { addProofsBench } from './proofs/command.js';
import { benchControl } from './proofs/control.js';
import { benchSwap } from './swap.js';

/** `sage bench`: runs benchmarks. Exit code 0 when the run was sound, whatever the figures. */
export async function runBench(argv: readonly string[]): Promise<number> {
  const program = new Command('sage bench')
    .description('Run a benchmark on this machine. Exit code 0 if the run was sound, whatever the figures.')
    .exitOverride()
    .configureHelp(HELP)
    .configureOutput({ writeErr: () => {} });
  addEpisodeBenches(program, print);
  program
    .command('cycle')
    .description('Measure the CPU time of a cycle without plugins.')
    .option('--cycles <n>', 'number of cycles', count, 3000)
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  sage bench cycle --json')
    .action((options: { cycles: number; json?: boolean }) => {
      print(benchCycle(loadParameters([]), options.cycles), options.json === true);
    });
  program
    .command('graph')
    .description('Measure frames, latency and cycle timing on a real ROS graph.')
    .option('--seconds <n>', 'duration in s', count, 30)
    .option('--json', 'print one line of JSON at the end')
    .addHelpText('after', '\nExample:\n  sage bench graph --seconds 30 --json')
    .action(async (options: { seconds: number; json?: boolean }) => {
      print(await benchGraph(options.seconds), options.json === true);
    });
  addCoreBench(program, print);
  addMindBench(program, print);
  addPlannersBench(program, print);
  addProofsBench(program, print);
  program
    .command('swap')
    .description('Swap the vision model back and forth while it is in use.')
    .option('--swaps <n>', 'number of swaps', count, 100)
    .option('--mode <mode>', 'overlap: both models in memory; gap: one at a time', 'overlap')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  sage bench swap --swaps 1000 --json')
    .action(async ({ swaps, mode, json }: { swaps: number; mode: string; json?: boolean }) => {
      if (mode !== 'overlap' && mode !== 'gap')
        throw new InvalidArgumentError('expected --mode overlap or gap');
      print(await benchSwap(loadParameters([]), swaps, mode), json === true);
    });
  program
    .command('replay')
    .description('Measure offline replay of the tabletop bag, and read speed against other readers.')
    .option('--seconds <n>', 'length of the bag in s', count, 60)
    .option('--bag <file>', 'use this bag (default: a new one)')
    .option('--python <path>', 'Python with mcap and rosbags, to compare with', 'python3')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  sage bench replay --seconds 60 --json')
    .action(async (options: { seconds: number; bag?: string; python: string; json?: boolean }) => {
      const { benchReplay } = await import('./replay.js');
      print(await benchReplay({ ...options, bag: options.bag ?? null }), options.json === true);
    });
  program
    .command('record')
    .description('Measure the cost of recording the simulated topics, and messages lost.')
    .option('--seconds <n>', 'duration in s', count, 20)
    .option('--zstd', 'compress with zstd')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  sage bench record --seconds 20 --json')
    .action(async ({ seconds, zstd, json }: { seconds: number; zstd?: boolean; json?: boolean }) => {
      const { benchRecord } = await import('./record.js');
      print(await benchRecord(seconds, zstd === true), json === true);
    });
  program
    .command('all', { isDefault: true })
    .description('Run cycle, mind, control, pick, hand and graph at a small size.')
    .allowExcessArguments()
    .option('--json', 'print one line of JSON per benchmark')
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      // The default handles anything that names no bench.
      const [word] = command.args;
      if (word !== undefined) throw new SageError('SAGE_901', 'sage bench', unknownBench(program, word));
      print({ bench: 'cycle', ...benchCycle(loadParameters([]), 3000) }, json === true);
      print({ bench: 'mind', ...(await benchMind(200)) }, json === true);
      for (const world of await benchControl(20)) print({ bench: 'control', ...world }, json === true);
      print(await benchPick({ seeds: 10, first: 1, config: [], set: [] }), json === true);
      print(await benchHand({ seeds: 10, first: 1, config: [], set: [] }), json === true);
      print(await benchGraph(30), json === true);
    });
  await program.parseAsync([...argv], { from: 'user' });
  return 0;
}

function unknownBench(program: Command, word: string): string {
  const names = program.commands.map((command) => command.name()).join(', ');
  return `unknown benchmark '${word}'; choose one of ${names}`;
}

function print(figures: object, json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify(figures)}\n`);
  else
    for (const [key, value] of Object.entries(figures))
      process.stdout.write(`${key}: ${typeof value === 'object' ? JSON.stringify(value) : value}\n`);
}
