import type { Command } from 'commander';
import type { DoctorOptions } from './doctor.js';
import type { GoalOptions } from './goal.js';
import type { RecordOptions } from './record.js';
import { defineRecord } from './record-options.js';
import { defineReplay, type ReplayOptions } from './replay-options.js';
import { boundedNumber, collect, defineUp, type UpOptions } from './up-options.js';

/** No run that is looked at at once is longer, s. */
const DAY_S = 86_400;

/** A command that reads its own arguments, such as a process of the graph. */
export interface RawCommand {
  readonly kind: 'raw';
  readonly name: string;
  readonly description: string;
  /** What stands behind the name in its help. */
  readonly usage: string;
  readonly example: string;
  /** Its help, where it does not print that itself. */
  readonly help?: string;
  /** Whether it ends when the process that started it has gone. */
  readonly followsParent: boolean;
  readonly run: (argv: readonly string[]) => Promise<number>;
}

/** A command whose arguments are read for it. */
interface DefinedCommand {
  readonly kind: 'defined';
  readonly name: string;
  readonly description: string;
  readonly example: string;
  /** Whether `--ros-args` means something to it. */
  readonly ros: boolean;
  readonly define: (command: Command) => void;
  readonly run: (
    args: readonly unknown[],
    options: Readonly<Record<string, unknown>>,
    ros: readonly string[],
  ) => Promise<number>;
}

export type CommandEntry = RawCommand | DefinedCommand;

const JSON_OPTION = ['--json', 'one line of JSON for machines'] as const;

const NODE_HELP = `usage: sage node [--config FILE]... [--ros-args ...]

Runs the main node as a process of the graph, until SIGINT or SIGTERM. sage up starts it, and shows what it does.

  --config FILE  configuration file, as for sage up; may be given several times

example: sage node --config config/robots/tabletop.yaml --ros-args -p use_sim_time:=true`;

/**
 * Every command of `sage`. Each loads its code only when it runs, so that `--help` and `doctor` start at once and
 * ROS is loaded for nobody who does not need it.
 */
export const COMMANDS: readonly CommandEntry[] = [
  {
    kind: 'defined',
    name: 'up',
    description:
      'Bring the whole graph up, with the simulated tabletop world unless told otherwise, and show it.',
    example:
      'sage up --seconds 30 --json\n         sage up --no-sim --config my-robot.yaml --ros-args -r joint_states:=/arm/joint_states',
    ros: true,
    define: defineUp,
    run: async (_, options, ros) => (await import('./up.js')).runUp(options as unknown as UpOptions, ros),
  },
  {
    kind: 'defined',
    name: 'goal',
    description: 'Give the running node a goal, and say whether it was taken.',
    example: 'sage goal "point at the green block" --wait',
    ros: true,
    define: (command) =>
      command
        .argument('<text...>', 'the goal in plain words')
        .option('--wait', 'wait for its end; exit code 0 only when it was satisfied')
        .option('--priority <n>', '0 to 10; the highest is pursued first', boundedNumber(0, 10), 0)
        .option('--deadline <s>', 'give up after this many seconds; 0 = never', boundedNumber(0, 1e6), 0)
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
    description: 'Say which metabolic state the running node is in, or ask it for another one.',
    example: 'sage state\n         sage state REST',
    ros: true,
    define: (command) =>
      command
        .argument('[state]', 'the one to be asked for: WAKE, FOCUS, REST, DREAM or CRISIS', '')
        .option('--diagram', 'print the states and what leads from one to another, as Mermaid')
        .option(...JSON_OPTION),
    run: async ([state], options, ros) => (await import('./state.js')).runState(String(state), options, ros),
  },
  {
    kind: 'raw',
    name: 'node',
    description: 'Run the main node alone, as a process of the graph.',
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
      'Replay a bag of rosbag2: through SAGE, without ROS and as fast as it goes; or onto the ROS graph.',
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
    description: 'Record what SAGE is given, says and does, as a bag of rosbag2; or keep a black box of it.',
    example: 'sage record --out my_bag\n         sage record --black-box 15 --out boxes',
    ros: true,
    define: defineRecord,
    run: async (_, options, ros) =>
      (await import('./record.js')).runRecord(options as unknown as RecordOptions, ros),
  },
  {
    kind: 'defined',
    name: 'diff',
    description: 'Compare two logs of runs: where they part, what led there, and what differs.',
    example: 'sage diff before.jsonl after.jsonl',
    ros: false,
    define: (command) =>
      command
        .argument(
          '<a>',
          'log of a run, as sage replay --log or sage up --log writes it, or a bag of sage record',
        )
        .argument('<b>', 'the other one')
        .option(
          '--tolerance <x>',
          'numbers may differ by so much, absolute or relative',
          boundedNumber(0, 1),
          0,
        )
        .option('--best-effort', 'go on past what is damaged in a log')
        .option('--junit <file>', 'write a report in the form that CI systems read')
        .option(...JSON_OPTION),
    run: async ([a, b], options) => (await import('./diff.js')).runDiff(String(a), String(b), options),
  },
  {
    kind: 'defined',
    name: 'report',
    description:
      'One page of HTML with the course of a run: states, salience, refinements, budget, decisions.',
    example: 'sage report run.jsonl --bag my_bag',
    ros: false,
    define: (command) =>
      command
        .argument(
          '<log>',
          'log of a run, as sage replay --log or sage up --log writes it, or a bag of sage record',
        )
        .option('--out <file>', 'where the page goes; beside the log by default')
        .option(
          '--bag <bag>',
          "the bag of the run, for the camera's pictures; found by itself beside the log",
        )
        .option('--start <s>', 'show the run from so long after its start on', boundedNumber(0, DAY_S))
        .option('--duration <s>', 'show so much of it', boundedNumber(0.1, DAY_S))
        .option('--best-effort', 'go on past what is damaged in the log')
        .option(...JSON_OPTION),
    run: async ([log], options) => (await import('./report.js')).runReport(String(log), options),
  },
  {
    kind: 'raw',
    name: 'models',
    description: 'List, check, measure, fetch and add models; load, unload and swap those of a running node.',
    usage: 'list|verify|probe|blocks|pull|add|load|unload|swap [options]',
    example: 'sage models list --live',
    followsParent: false,
    run: async (argv) => (await import('./models.js')).runModels(argv),
  },
  {
    kind: 'defined',
    name: 'doctor',
    description: 'Check what SAGE needs on this machine, and say what is missing.',
    example: 'sage doctor --config my-robot.yaml',
    ros: false,
    define: (command) =>
      command
        .option(
          '--config <file>',
          'configuration of the robot: looks for it on the graph, and checks its models; may be given several times',
          collect,
          [],
        )
        .option(...JSON_OPTION),
    run: async (_, options) => (await import('./doctor.js')).runDoctor(options as unknown as DoctorOptions),
  },
  {
    kind: 'defined',
    name: 'explain',
    description: 'Say in plain words why the running node did what it did last, or a record or log of a run.',
    example: 'sage explain\n         sage explain run.jsonl --at +12.5',
    ros: true,
    define: (command) =>
      command
        .argument(
          '[file]',
          'log of a run, or a bag of sage record; or a record as JSON, or one per line; - is standard input',
        )
        .option(
          '--cycle <n>',
          'the decision of this cycle, of a log or of the running node',
          boundedNumber(0, 2 ** 53),
        )
        .option('--log <file>', 'log of a run, the same as to name it alone')
        .option(
          '--at <time>',
          'of a log the decision that held then: +3.5 s after the start, 14:02:33 UTC, or 42.1 s of its clock',
        )
        .option(...JSON_OPTION),
    run: async ([file], options, ros) =>
      (await import('./explain.js')).runExplain(file === undefined ? file : String(file), options, ros),
  },
  {
    kind: 'defined',
    name: 'docs',
    description: 'Write the generated pages under docs/.',
    example: 'sage docs --check',
    ros: false,
    define: (command) =>
      command.option('--check', 'write nothing; fail where a page is out of date').option(...JSON_OPTION),
    run: async (_, options) => (await import('./docs.js')).runDocs(options),
  },
  {
    kind: 'raw',
    name: 'bench',
    description: 'Measure what SAGE does, on this machine.',
    usage: '[pick|cycle|hand|graph|swap|replay|record|…|all] [options]',
    example: 'sage bench pick --seeds 50 --json',
    followsParent: false,
    run: async (argv) => (await import('../bench/index.js')).runBench(argv),
  },
];
