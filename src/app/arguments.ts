import { SageError } from '../contracts/errors.js';

/** What a process of the graph is started with: configuration files, and what belongs to ROS. */
export interface ProcessArguments {
  readonly configs: readonly string[];
  /** `--ros-args` and everything after it, untouched; empty where there is none. */
  readonly rosArgs: readonly string[];
}

/**
 * Reads `[--config FILE]… [--ros-args …]`. An empty file name is left out: a launch file passes one when the user
 * gave no configuration. @throws SageError SAGE_901
 */
export function parseProcessArguments(argv: readonly string[]): ProcessArguments {
  const at = argv.indexOf('--ros-args');
  const own = at < 0 ? [...argv] : argv.slice(0, at);
  const configs: string[] = [];
  while (own.length > 0) {
    const option = own.shift() as string;
    const value = option.startsWith('--config=') ? option.slice('--config='.length) : own.shift();
    if ((option !== '--config' && !option.startsWith('--config=')) || value === undefined) {
      throw new SageError('SAGE_901', option, 'expected --config FILE or --ros-args');
    }
    if (value !== '') configs.push(value);
  }
  return { configs, rosArgs: at < 0 ? [] : argv.slice(at) };
}

/** The two halves of a command line: SAGE's own arguments, and `--ros-args` with all that follows, untouched. */
export interface SplitArguments {
  readonly own: readonly string[];
  readonly ros: readonly string[];
}

export function splitRosArguments(argv: readonly string[]): SplitArguments {
  const at = argv.indexOf('--ros-args');
  if (at < 0) return { own: argv, ros: [] };
  // `sage up -- --ros-args …` is how npm scripts and shells hand them over.
  const end = argv[at - 1] === '--' ? at - 1 : at;
  return { own: argv.slice(0, end), ros: argv.slice(at) };
}
