import { type Command, InvalidArgumentError, Option } from 'commander';
import { boundedNumber } from './up-options.js';

/** Upper limit for times within a bag: a day. */
const SECONDS_MAX = 86_400;

export interface ReplayOptions {
  readonly log?: string;
  readonly graph?: boolean;
  readonly rate?: number;
  readonly loop?: boolean;
  readonly startPaused?: boolean;
  readonly delay?: number;
  readonly from?: string;
  readonly suite?: string;
  readonly against?: string;
  readonly junit?: string;
  readonly costs?: 'declared' | 'recorded';
  readonly config: readonly string[];
  readonly set: readonly string[];
  readonly remap: readonly (readonly [string, string])[];
  readonly topics: readonly string[];
  readonly exclude: readonly string[];
  readonly start: number;
  readonly duration?: number;
  readonly useSimTime?: boolean;
  readonly bestEffort?: boolean;
  readonly verify?: boolean;
  readonly json?: boolean;
}

export function defineReplay(command: Command): void {
  command
    .argument('[bag]', 'rosbag2 bag: an MCAP or sqlite3 file, or a folder with metadata.yaml')
    .option('--log <file>', 'write the run log here, as JSON lines')
    .option('--suite <folder>', 'replay every bag in a folder; --log and --against are then folders too')
    .option('--against <log>', 'compare the result with this log; exit code 1 if it differs')
    .option('--junit <file>', 'with --against: write a JUnit XML report, for CI')
    .option('--from <log>', 'follow the cycles of this log; the log of a live run needs no bag')
    .addOption(
      new Option(
        '--costs <which>',
        'when refinements finish: as declared, or as recorded in the bag or the --from log',
      ).choices(['declared', 'recorded']),
    )
    .option('--config <file>', 'YAML file with parameters and topics; repeatable', collect, [])
    .option('--set <key=value>', 'set a parameter, overriding --config; repeatable', collect, [])
    .option('--remap <names...>', 'rename topics of the bag, e.g. /theirs:=/joint_states', remap, [])
    .option('--topics <names...>', "use only these topics of the bag; '*' matches anything", [])
    .option('--exclude <names...>', "ignore these topics of the bag; '*' matches anything", [])
    .option('--start <s>', 'start <s> seconds into the bag', boundedNumber(0, SECONDS_MAX), 0)
    .option(
      '--duration <s>',
      'stop after <s> seconds of the bag (default: its end)',
      boundedNumber(0.001, SECONDS_MAX),
    )
    .addOption(
      new Option(
        '--use-sim-time <true|false>',
        'take time from /clock in the bag, or from the recording (default: whichever fits the stamps)',
      ).argParser(yesOrNo),
    )
    .option('--graph', 'publish the topics and /clock on the ROS graph instead, for a node running there')
    .option('--rate <x>', 'with --graph: playback rate (default: 1)', boundedNumber(0.01, 100))
    .option('--loop', 'with --graph: start over at the end')
    .option('--start-paused', 'with --graph: start paused')
    .option(
      '--delay <s>',
      'with --graph: wait <s> seconds for discovery before the first message (default: 1)',
      boundedNumber(0, 60),
    )
    .option('--best-effort', 'skip damaged parts of the bag, and report what was skipped')
    .option('--verify', 'verify all checksums of the bag first, including topics that are not replayed')
    .option('--json', 'print one line of JSON with the figures of the run');
}

function yesOrNo(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('expected true or false');
  return text === 'true';
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function remap(
  text: string,
  before: readonly (readonly [string, string])[],
): readonly (readonly [string, string])[] {
  const [from = '', to = ''] = text.split(':=');
  if (from === '' || to === '') throw new InvalidArgumentError('expected /old/name:=/new/name');
  return [...before, [from, to]];
}
