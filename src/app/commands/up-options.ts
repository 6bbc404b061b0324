import { type Command, InvalidArgumentError } from 'commander';

/** What the tabletop world is for, when nobody says anything else. */
export const DEFAULT_GOAL = 'pick up the red block';
const SECONDS_MAX = 86_400 * 365;

export interface UpOptions {
  readonly sim: boolean;
  readonly urdf?: string;
  readonly config: readonly string[];
  readonly goal?: string;
  readonly namespace?: string;
  readonly useSimTime?: boolean;
  readonly logLevel?: string;
  readonly seconds?: number;
  readonly seed?: number;
  readonly log?: string;
  readonly plain?: boolean;
  readonly json?: boolean;
}

export function defineUp(command: Command): void {
  command
    .option('--sim', 'with the simulated tabletop world (the default)', true)
    .option('--no-sim', 'without it: for a robot that is there')
    .option('--urdf <file>', 'simulate the robot of this URDF instead; its --config says the rest of it')
    .option(
      '--config <file>',
      'YAML file with parameters and topics; may be given several times',
      collect,
      [],
    )
    .option('--goal <text>', `the first goal (with the simulated world "${DEFAULT_GOAL}", else none)`)
    .option('--namespace <name>', 'namespace of every node and relative topic')
    .option('--use-sim-time', 'take the time from /clock')
    .option('--log-level <level>', 'least severe ROS log messages: debug, info, warn, error, fatal')
    .option(
      '--seconds <n>',
      'end by itself this long after the node is ready',
      boundedNumber(0.1, SECONDS_MAX),
    )
    .option('--seed <n>', 'seed of the simulated world', wholeNumber(0, 4294967295))
    .option('--log <file>', 'write the log of the run there, to be replayed with sage replay --from')
    .option('--plain', 'plain lines instead of the live view')
    .option('--json', 'one line of JSON with the figures of the run at its end');
}

/** A parser for an option that may be given several times. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** A parser for a number within a range. */
export function boundedNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= min && value <= max)) {
      throw new InvalidArgumentError(`a number from ${min} to ${max} is expected`);
    }
    return value;
  };
}

/** A parser for a whole number within a range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  const bounded = boundedNumber(min, max);
  return (text) => {
    const value = bounded(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError('a whole number is expected');
    return value;
  };
}
