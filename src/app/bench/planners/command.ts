import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { messageOf, SageError } from '../../../contracts/errors.js';
import { createModelHost } from '../../../models/index.js';
import { requireFolderOf } from '../../../replay/output-folder.js';
import { type BenchConfig, benchParameters, count, defineConfig } from '../options.js';
import { CONDITIONS, PLANNERS } from './conditions.js';
import { type PlannersEpisode, playOnce } from './episode.js';
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
      'The rules against the learned core on the simulated robot, in virtual time, table by table.',
    )
    .option('--seeds <n>', 'how many tables', count, 10)
    .option('--first <seed>', 'the first seed', count, 1)
    .addOption(new Option('--conditions <names...>', 'which').choices(names).default(names))
    .option('--episodes <file>', 'keep every episode there as a line of JSON; what is there is not run again')
    .option('--json', 'one line of JSON at the end');
  defineConfig(command)
    .addHelpText('after', '\nExample:\n  sage bench planners --seeds 20 --conditions tight crowded --json')
    .action(async (options: PlannersOptions) => {
      const episodes = await playAll(options);
      print({ bench: 'planners', conditions: summarise(episodes) }, options.json === true);
    });
}

/** All conditions and both planners on one table before the next: a run that is cut short is still fair. */
async function playAll(options: PlannersOptions): Promise<readonly PlannersEpisode[]> {
  const { first, seeds, conditions } = options;
  const parameters = benchParameters(options);
  const episodes = options.episodes === undefined ? [] : kept(options.episodes);
  const known = new Set(episodes.map(keyOf));
  const host = createModelHost({ parameters: parameters.models });
  try {
    await host.ready();
    for (let seed = first; seed < first + seeds; seed++) {
      for (const condition of CONDITIONS.filter(({ name }) => conditions.includes(name))) {
        for (const planner of PLANNERS) {
          if (known.has(keyOf({ seed, condition: condition.name, planner }))) continue;
          const episode = await playOnce(seed, condition, planner, parameters, host);
          episodes.push(episode);
          tell(episode);
          if (options.episodes !== undefined)
            appendFileSync(options.episodes, `${JSON.stringify(episode)}\n`);
        }
      }
    }
  } finally {
    await host.close();
  }
  return episodes;
}

function tell({ seed, condition, planner, outcome, time_s, spent_atp }: PlannersEpisode): void {
  const cost = `${time_s.toFixed(1)} s, ${spent_atp.toFixed(0)} ATP`;
  process.stderr.write(`seed ${seed}, ${condition}, ${planner}: ${outcome} after ${cost}\n`);
}

const keyOf = ({
  seed,
  condition,
  planner,
}: Pick<PlannersEpisode, 'seed' | 'condition' | 'planner'>): string => `${seed} ${condition} ${planner}`;

/** @throws SageError SAGE_901 for another file, SAGE_1027 where none can be made: now, and not after the first table. */
function kept(file: string): PlannersEpisode[] {
  requireFolderOf(file);
  if (!existsSync(file)) return [];
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.flatMap((line) => (line === '' ? [] : [JSON.parse(line) as PlannersEpisode]));
  } catch (thrown) {
    throw new SageError('SAGE_901', `--episodes ${file}`, messageOf(thrown), { cause: thrown });
  }
}
