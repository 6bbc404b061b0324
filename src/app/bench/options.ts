import { type Command, InvalidArgumentError } from 'commander';
import type { Parameters } from '../../contracts/parameters/index.js';
import { loadParameters } from '../config.js';
import { tabletopConfig } from '../paths.js';
import { withSettings } from '../settings.js';

const COUNT_MAX = 10_000;

/** What a benchmark on the simulated table may be configured with. */
export interface BenchConfig {
  readonly config: readonly string[];
  readonly set: readonly string[];
}

/** Adds `--config` and `--set`, as `sage replay` has them. */
export function defineConfig(command: Command): Command {
  return command
    .option('--config <file>', 'YAML file with parameters; repeatable', collect, [] as readonly string[])
    .option(
      '--set <key=value>',
      'set a parameter, overriding --config; repeatable',
      collect,
      [] as readonly string[],
    );
}

/** The parameters of the simulated table, with the files and settings of the command line laid over them. */
export function benchParameters({ config, set }: BenchConfig): Parameters {
  return withSettings(loadParameters([tabletopConfig(), ...config]), set);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** Reads how many, or the first seed: a whole number from 1 on. */
export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > COUNT_MAX) {
    throw new InvalidArgumentError(`expected a whole number from 1 to ${COUNT_MAX}`);
  }
  return value;
}
