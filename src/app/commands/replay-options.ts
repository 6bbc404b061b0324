import { type Command, InvalidArgumentError, Option } from 'commander';
import { boundedNumber } from './up-options.js';

/** A day: no bag that is replayed at once is longer. */
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
  readonly start: number;
  readonly duration?: number;
  readonly useSimTime?: boolean;
  readonly bestEffort?: boolean;
  readonly verify?: boolean;
  readonly json?: boolean;
}

export function defineReplay(command: Command): void {
  command
    .argument('[bag]', 'an MCAP or sqlite3 file of rosbag2, or the folder with its metadata.yaml')
    .option('--log <file>', 'write the log of the run there, as JSON lines')
    .option('--suite <folder>', 'replay every bag of a folder; --log is then the folder for their logs')
    .option(
      '--against <log>',
      'compare what comes out with this log, of a suite with the logs of this folder; exit code 1 where it differs',
    )
    .option('--junit <file>', 'with --against: a report in the form that CI systems read')
    .option('--from <log>', 'follow the cycles of this log; that of a live run needs no bag')
    .addOption(
      new Option(
        '--costs <which>',
        'times of completions: as declared, or as in the log of --from or in the bag',
      ).choices(['declared', 'recorded']),
    )
    .option(
      '--config <file>',
      'YAML file with parameters and topics; may be given several times',
      collect,
      [],
    )
    .option(
      '--set <key=value>',
      'a parameter, over the configuration; may be given several times',
      collect,
      [],
    )
    .option('--remap <names...>', 'topics of the bag under other names, as /theirs:=/joint_states', remap, [])
    .option('--topics <names...>', 'only these topics of the bag', [])
    .option('--start <s>', 'begin this long after the start of the bag', boundedNumber(0, SECONDS_MAX), 0)
    .option('--duration <s>', 'end this long after that', boundedNumber(0.001, SECONDS_MAX))
    .addOption(
      new Option(
        '--use-sim-time <true|false>',
        'time is that of the /clock in the bag, or that of recording (default: as its messages are stamped)',
      ).argParser(yesOrNo),
    )
    .option('--graph', 'publish its topics on the ROS graph instead, with /clock, for a node that runs there')
    .option('--rate <x>', 'with --graph: times real time (default 1)', boundedNumber(0.01, 100))
    .option('--loop', 'with --graph: begin anew at the end')
    .option('--start-paused', 'with --graph: begin paused')
    .option(
      '--delay <s>',
      'with --graph: time to be found before the first message (default 1)',
      boundedNumber(0, 60),
    )
    .option('--best-effort', 'go on past what is damaged in the bag, and say what was left out')
    .option('--verify', 'check every checksum of the bag first, also of what is not replayed')
    .option('--json', 'one line of JSON with the figures of the run');
}

function yesOrNo(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('true or false is expected');
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
  if (from === '' || to === '') throw new InvalidArgumentError('/old/name:=/new/name is expected');
  return [...before, [from, to]];
}
