import { type Command, Option } from 'commander';
import { createModelHost } from '../../../models/index.js';
import { type BenchConfig, benchParameters, count, defineConfig } from '../options.js';
import { CONDITIONS, PLANNERS } from './conditions.js';
import { type PlannersEpisode, playOnce } from './episode.js';
import { type EpisodeKey, Episodes } from './episode-file.js';
import { summarise } from './summary.js';

interface PlannersOptions extends BenchConfig {
  readonly seeds: number;
  readonly first: number;
  readonly conditions: readonly string[];
  readonly episodes?: string;
  readonly json?: boolean;
}

/** Adds `sage bench planners`. */
export function addPlannersBench(program: Command, print: (figures: object, json: boolean) => void): void {
  const names = CONDITIONS.map(({ name }) => name);
  const command = program
    .command('planners')
    .description(
      'Compare the rules with the learned core on the simulated robot, in virtual time, table by table.',
    )
    .option('--seeds <n>', 'number of tables', count, 10)
    .option('--first <seed>', 'first seed', count, 1)
    .addOption(new Option('--conditions <names...>', 'conditions to run').choices(names).default(names))
    .option(
      '--episodes <file>',
      'append each episode here as JSON; episodes already there with the same parameters are not rerun',
    )
    .option('--json', 'print one line of JSON at the end');
  defineConfig(command)
    .addHelpText('after', '\nExample:\n  sage bench planners --seeds 20 --conditions tight crowded --json')
    .action(async (options: PlannersOptions) => {
      const episodes = await playAll(options);
      print({ bench: 'planners', conditions: summarise(episodes) }, options.json === true);
    });
}

/** What is asked for and not kept is played; the episodes that are asked for, and no others of the file. */
async function playAll(options: PlannersOptions): Promise<readonly PlannersEpisode[]> {
  const parameters = benchParameters(options);
  const episodes = new Episodes(options.episodes, parameters);
  const asked = askedOf(options);
  const missing = asked.filter((key) => episodes.of(key) === undefined);
  if (missing.length > 0) {
    const host = createModelHost({ parameters: parameters.models });
    try {
      await host.ready();
      for (const { seed, condition, planner } of missing) {
        const of = CONDITIONS.find(({ name }) => name === condition)!;
        const episode = await playOnce(seed, of, planner, parameters, host);
        episodes.add(episode);
        tell(episode);
      }
    } finally {
      await host.close();
    }
  }
  return asked.flatMap((key) => episodes.of(key) ?? []);
}

/** All conditions and both planners on one table before the next: a run that is cut short is still fair. */
function askedOf({ first, seeds, conditions }: PlannersOptions): EpisodeKey[] {
  const tables = Array.from({ length: seeds }, (_, index) => first + index);
  const names = CONDITIONS.map(({ name }) => name).filter((name) => conditions.includes(name));
  return tables.flatMap((seed) =>
    names.flatMap((condition) => PLANNERS.map((planner) => ({ seed, condition, planner }))),
  );
}

function tell({ seed, condition, planner, outcome, time_s, spent_atp }: PlannersEpisode): void {
  const cost = `${time_s.toFixed(1)} s, ${spent_atp.toFixed(0)} ATP`;
  process.stderr.write(`seed ${seed}, ${condition}, ${planner}: ${outcome} after ${cost}\n`);
}
