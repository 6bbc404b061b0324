import { type Command, InvalidArgumentError, Option } from 'commander';
import type { InferencePort } from '../../../contracts/inference.js';
import type { Parameters } from '../../../contracts/parameters/index.js';
import { createModelHost } from '../../../models/index.js';
import { benchParameters, defineConfig } from '../options.js';
import type { Line } from './compare.js';
import { coreContender } from './contenders.js';
import { benchCore, recordEpisodes } from './index.js';
import { SPLITS, type Split } from './scenario.js';

const SCENARIOS_MAX = 100_000;

interface CoreOptions {
  readonly scenarios: number;
  readonly first: number;
  readonly split: Split;
  readonly config: readonly string[];
  readonly set: readonly string[];
  readonly rules: boolean;
  readonly record?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** Adds `sage bench core`. */
export function addCoreBench(program: Command, print: (figures: object, json: boolean) => void): void {
  const command = program
    .command('core')
    .description('Compare the learned planner with the rules on synthetic scenarios, in virtual time.')
    .option('--scenarios <n>', 'number of scenarios', whole, 100)
    .addOption(new Option('--split <name>', 'scenarios to use').choices(SPLITS).default('held-out'))
    .option('--record <file>', 'write labelled decisions for training instead')
    .option('--first <n>', 'with --record: first scenario', whole, 0)
    .option('--follow', 'with --record: let the core decide, so that training covers its own errors')
    .option('--no-rules', 'run only the core, without the rules and the teacher')
    .option('--json', 'print one line of JSON at the end');
  defineConfig(command)
    .addHelpText('after', '\nExample:\n  sage bench core --scenarios 100 --split held-out --json')
    .action(async (options: CoreOptions) => {
      const { plan, models } = benchParameters(options);
      // Recording without the core needs no model.
      if (options.record !== undefined && options.follow !== true)
        return print(await record(options, null), true);
      const host = createModelHost({ parameters: models });
      try {
        await host.ready();
        print(await run(options, host, plan), options.json === true);
      } finally {
        await host.close();
      }
    });
}

async function run(
  options: CoreOptions,
  inference: InferencePort,
  plan: Parameters['plan'],
): Promise<object> {
  if (options.record !== undefined) return record(options, coreContender(inference, plan));
  const { lines, ...figures } = await benchCore({ inference, plan, ...options, tell });
  return { bench: 'core', ...figures, lines };
}

async function record(
  options: CoreOptions,
  follow: ReturnType<typeof coreContender> | null,
): Promise<object> {
  const { record: file = '', split, first, scenarios } = options;
  const decisions = await recordEpisodes(file, split, first, scenarios, follow);
  return { bench: 'core', recorded: file, split, scenarios, decisions };
}

function tell({ name, success, cost_atp }: Line): void {
  process.stderr.write(
    `${name}: ${(100 * success.mean).toFixed(1)} % of demands met, ${cost_atp.mean.toFixed(0)} ATP per episode\n`,
  );
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > SCENARIOS_MAX) {
    throw new InvalidArgumentError(`expected a whole number from 0 to ${SCENARIOS_MAX}`);
  }
  return value;
}
