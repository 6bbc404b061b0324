import type { Command } from 'commander';
import type { RecordOptions } from '../record/options.js';
import type { DoctorOptions } from './doctor.js';
import type { GoalOptions } from './goal.js';
import { defineRecord } from './record-options.js';
import { defineReplay, type ReplayOptions } from './replay-options.js';
import { boundedNumber, collect, defineUp, type UpOptions } from './up-options.js';

/** Upper limit for times within a run, s. */
const DAY_S = 86_400;

/** A command that reads its own arguments, such as a process of the graph. */
export interface RawCommand {
  readonly kind: 'raw';
  readonly name: string;
  readonly description: string;
  /** The arguments, as shown behind the name in its help. */
  readonly usage: string;
  readonly example: string;
  /** Its help text, unless the command prints its own. */
  readonly help?: string;
  /** Whether it ends when the process that started it has gone. */
  readonly followsParent: boolean;
  readonly run: (argv: readonly string[]) => Promise<number>;
}

/** A command whose arguments are parsed for it. */
interface DefinedCommand {
  readonly kind: 'defined';
  readonly name: string;
  readonly description: string;
  readonly example: string;
  /** Whether it takes `--ros-args`. */
  readonly ros: boolean;
  readonly define: (command: Command) => void;
  readonly run: (
    args: readonly unknown[],
    options: Readonly<Record<string, unknown>>,
    ros: readonly string[],
  ) => Promise<number>;
}

export type CommandEntry = RawCommand | DefinedCommand;

const JSON_OPTION = ['--json', 'print one line of JSON'] as const;

const NODE_HELP = `Usage: sage node [--config FILE]... [--ros-args ...]

Run the main node as a process of its own until SIGINT or SIGTERM.
sage up starts it for you and shows what it does.

Options:
  --config FILE  configuration file, as for sage up; repeatable
  -h, --help     show this help

Example: sage node --config config/robots/tabletop.yaml --ros-args -p use_sim_time:=true`;

/**
 * Every command of `sage`. Each loads its code only when it runs, so that `--help` and `doctor` start at once and
 * ROS is loaded for nobody who does not need it.
 */
export const COMMANDS: readonly CommandEntry[] = [
  {
    kind: 'defined',
    name: 'up',
    description: 'Start SAGE, by default in the simulated tabletop world, and show what it does.',
    example:
      'sage up --seconds 30 --json\n         sage up --no-sim --config my-robot.yaml --ros-args -r joint_states:=/arm/joint_states',
    ros: true,
    define: defineUp,
    run: async (_, options, ros) => (await import('./up.js')).runUp(options as unknown as UpOptions, ros),
  },
  {
    kind: 'defined',
    name: 'goal',
    description: 'Send a goal to the running node, and print whether it was accepted.',
    example: 'sage goal "point at the green block" --wait',
    ros: true,
    define: (command) =>
      command
        .argument('<text...>', 'the goal, in plain words')
        .option('--wait', 'wait for the result; exit code 0 only if the goal is satisfied')
        .option('--priority <n>', 'priority, 0 to 10; highest first', boundedNumber(0, 10), 0)
        .option('--deadline <s>', 'give up after <s> seconds; 0 = never', boundedNumber(0, 1e6), 0)
        .option(...JSON_OPTION),
    run: async ([words], options, ros) =>
      (await import('./goal.js')).runGoal(
        (words as readonly string[]).join(' '),
        options as unknown as GoalOptions,
        ros,
      ),
  },
  {
    kind: 'defined',
    name: 'state',
    description: 'Print the metabolic state of the running node, or request another one.',
    example: 'sage state\n         sage state REST',
    ros: true,
    define: (command) =>
      command
        .argument('[state]', 'state to request: WAKE, FOCUS, REST, DREAM or CRISIS', '')
        .option('--diagram', 'print the state machine as a Mermaid diagram')
        .option(...JSON_OPTION),
    run: async ([state], options, ros) => (await import('./state.js')).runState(String(state), options, ros),
  },
  {
    kind: 'raw',
    name: 'node',
    description: 'Run only the main node.',
    usage: '[--config FILE]... [--ros-args ...]',
    example: 'sage node --config config/robots/tabletop.yaml',
    help: NODE_HELP,
    followsParent: true,
    run: async (argv) => (await import('../node/node.js')).runNode(argv),
  },
  {
    kind: 'raw',
    name: 'sim',
    description: 'Run the simulated tabletop world.',
    usage: '[--config FILE]... [--ros-args ...]',
    example: 'sage sim --ros-args -p sim.seed:=7',
    followsParent: true,
    run: async (argv) => (await import('./sim.js')).runSim(argv),
  },
  {
    kind: 'raw',
    name: 'block',
    description: 'Run one sensing or effecting block as a process of its own.',
    usage: 'NAME [--config FILE]... [--ros-args ...]',
    example: 'sage block camera --ros-args -r camera/image_raw:=/cam0/image_raw',
    followsParent: true,
    run: async (argv) => (await import('./block.js')).runBlock(argv),
  },
  {
    kind: 'defined',
    name: 'replay',
    description:
      'Replay a rosbag2 bag: offline through SAGE, as fast as possible and without ROS, or onto the ROS graph.',
    example:
      'sage replay my_bag --log run.jsonl --json\n         sage replay my_bag --graph --rate 2\n         sage replay --suite bags --log logs',
    ros: true,
    define: defineReplay,
    run: async ([bag], options, ros) =>
      (await import('./replay.js')).runReplay(
        bag === undefined ? null : String(bag),
        options as unknown as ReplayOptions,
        ros,
      ),
  },
  {
    kind: 'defined',
    name: 'record',
    description:
      "Record SAGE's inputs, outputs and decisions as a rosbag2 bag, or keep a black box of the last seconds.",
    example: 'sage record --out my_bag\n         sage record --black-box 15 --out boxes',
    ros: true,
    define: defineRecord,
    run: async (_, options, ros) =>
      (await import('./record.js')).runRecord(options as unknown as RecordOptions, ros),
  },
  {
    kind: 'defined',
    name: 'diff',
    description: 'Compare two runs: where they diverge, what led there, and what differs.',
    example: 'sage diff before.jsonl after.jsonl',
    ros: false,
    define: (command) =>
      command
        .argument('<a>', 'run log (from sage replay --log or sage up --log), or a bag from sage record')
        .argument('<b>', 'the run to compare it with')
        .option(
          '--tolerance <x>',
          'ignore numeric differences up to <x>, absolute or relative',
          boundedNumber(0, 1),
          0,
        )
        .option('--best-effort', 'skip damaged parts of a log')
        .option('--junit <file>', 'write a JUnit XML report, for CI')
        .option(...JSON_OPTION),
    run: async ([a, b], options) => (await import('./diff.js')).runDiff(String(a), String(b), options),
  },
  {
    kind: 'defined',
    name: 'report',
    description: 'Write one HTML page about a run: states, salience, refinements, budget, decisions.',
    example: 'sage report run.jsonl --bag my_bag',
    ros: false,
    define: (command) =>
      command
        .argument('<log>', 'run log (from sage replay --log or sage up --log), or a bag from sage record')
        .option('--out <file>', 'output file (default: next to the log)')
        .option('--bag <bag>', 'bag of the run, for camera images (default: found next to the log)')
        .option('--start <s>', 'start <s> seconds into the run', boundedNumber(0, DAY_S))
        .option('--duration <s>', 'cover only <s> seconds', boundedNumber(0.1, DAY_S))
        .option('--best-effort', 'skip damaged parts of the log')
        .option(...JSON_OPTION),
    run: async ([log], options) => (await import('./report.js')).runReport(String(log), options),
  },
  {
    kind: 'raw',
    name: 'models',
    description:
      'List, verify, measure, download and add models; load, unload and swap models of a running node.',
    usage: 'list|verify|probe|blocks|pull|add|load|unload|swap [options]',
    example: 'sage models list --live',
    followsParent: false,
    run: async (argv) => (await import('./models.js')).runModels(argv),
  },
  {
    kind: 'defined',
    name: 'doctor',
    description: 'Check this machine, and with --config your robot, and say what is missing.',
    example: 'sage doctor --config my-robot.yaml',
    ros: false,
    define: (command) =>
      command
        .option(
          '--config <file>',
          'robot configuration; also checks its topics on the graph and its models; repeatable',
          collect,
          [],
        )
        .option(...JSON_OPTION),
    run: async (_, options) => (await import('./doctor.js')).runDoctor(options as unknown as DoctorOptions),
  },
  {
    kind: 'defined',
    name: 'explain',
    description:
      'Explain in plain words the latest decision of the running node, or any decision of a recorded run.',
    example: 'sage explain\n         sage explain run.jsonl --at +12.5',
    ros: true,
    define: (command) =>
      command
        .argument(
          '[file]',
          'run log, bag from sage record, or decision records as JSON, one per line; - reads standard input',
        )
        .option(
          '--cycle <n>',
          'explain the decision of cycle <n>, in the log or on the running node',
          boundedNumber(0, 2 ** 53),
        )
        .option('--log <file>', 'run log; same as the argument')
        .option(
          '--at <time>',
          'explain the decision in force at this time of the log: +3.5 (s after the start), 14:02:33 (UTC), or 42.1 (s on its clock)',
        )
        .option(...JSON_OPTION),
    run: async ([file], options, ros) =>
      (await import('./explain.js')).runExplain(file === undefined ? file : String(file), options, ros),
  },
  {
    kind: 'defined',
    name: 'docs',
    description: 'Regenerate the generated pages in docs/.',
    example: 'sage docs --check',
    ros: false,
    define: (command) =>
      command.option('--check', 'write nothing; fail if a page is out of date').option(...JSON_OPTION),
    run: async (_, options) => (await import('./docs.js')).runDocs(options),
  },
  {
    kind: 'raw',
    name: 'bench',
    description: 'Run a benchmark on this machine.',
    usage: '[pick|cycle|hand|graph|swap|replay|record|…|all] [options]',
    example: 'sage bench pick --seeds 50 --json',
    followsParent: false,
    run: async (argv) => (await import('../bench/index.js')).runBench(argv),
  },
];
