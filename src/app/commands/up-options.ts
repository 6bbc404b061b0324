import { type Command, InvalidArgumentError } from 'commander';

/** The first goal in the simulated world, unless one is given. */
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
    .option('--sim', 'simulate the tabletop world (default)', true)
    .option('--no-sim', 'run on a real robot, without simulation')
    .option('--urdf <file>', 'simulate this robot instead; needs its --config')
    .option('--config <file>', 'YAML file with parameters and topics; repeatable', collect, [])
    .option('--goal <text>', `first goal (default: "${DEFAULT_GOAL}" in simulation, else none)`)
    .option('--namespace <name>', 'namespace for all nodes and relative topics')
    .option('--use-sim-time', 'use the time from /clock')
    .option('--log-level <level>', 'lowest ROS log level: debug, info, warn, error, fatal')
    .option('--seconds <n>', 'stop <n> seconds after the node is ready', boundedNumber(0.1, SECONDS_MAX))
    .option('--seed <n>', 'seed of the simulated world', wholeNumber(0, 4294967295))
    .option('--log <file>', 'write the run log here; replay it with sage replay --from')
    .option('--plain', 'print plain lines instead of the live view')
    .option('--json', 'print one line of JSON with the figures of the run at the end');
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
      throw new InvalidArgumentError(`expected a number from ${min} to ${max}`);
    }
    return value;
  };
}

/** A parser for a whole number within a range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  const bounded = boundedNumber(min, max);
  return (text) => {
    const value = bounded(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError('expected a whole number');
    return value;
  };
}
