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

/** `sage bench`: figures with the command that makes them. Exit code 0 when the run was sound, whatever the figures. */
export async function runBench(argv: readonly string[]): Promise<number> {
  const program = new Command('sage bench')
    .description('Measure what SAGE does, on this machine.')
    .exitOverride()
    .configureHelp(HELP)
    .configureOutput({ writeErr: () => {} });
  addEpisodeBenches(program, print);
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
  addPlannersBench(program, print);
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
      print(await benchSwap(loadParameters([]), swaps, mode), json === true);
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
    .option('--zstd', 'compressed')
    .option('--json', 'one line of JSON')
    .addHelpText('after', '\nExample:\n  sage bench record --seconds 20 --json')
    .action(async ({ seconds, zstd, json }: { seconds: number; zstd?: boolean; json?: boolean }) => {
      const { benchRecord } = await import('./record.js');
      print(await benchRecord(seconds, zstd === true), json === true);
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
      print(await benchPick({ seeds: 10, first: 1, config: [], set: [] }), json === true);
      print(await benchHand({ seeds: 10, first: 1, config: [], set: [] }), json === true);
      print(await benchGraph(30), json === true);
    });
  await program.parseAsync([...argv], { from: 'user' });
  return 0;
}

function unknownBench(program: Command, word: string): string {
  const names = program.commands.map((command) => command.name()).join(', ');
  return `there is no bench '${word}'; there are ${names}`;
}

function print(figures: object, json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify(figures)}\n`);
  else
    for (const [key, value] of Object.entries(figures))
      process.stdout.write(`${key}: ${typeof value === 'object' ? JSON.stringify(value) : value}\n`);
}
