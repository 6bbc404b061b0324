import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { messageOf, SageError } from '../../../contracts/errors.js';
import type { Parameters } from '../../../contracts/parameters/index.js';
import { requireFolderOf } from '../../../replay/output-folder.js';
import { deciding } from '../../replay/log-header.js';
import type { PlannersEpisode } from './episode.js';

/** An episode and what it was played with: sha256 of the parameters, hex. */
type Line = PlannersEpisode & { readonly config_hash?: string };

/** Which run an episode is of. */
export type EpisodeKey = Pick<PlannersEpisode, 'seed' | 'condition' | 'planner'>;

/**
 * Episodes by seed, condition and planner, kept as lines of JSON where a file is named. Those of other parameters stay
 * in the file and are not seen; neither are those that do not say what they were played with.
 */
export class Episodes {
  private readonly known = new Map<string, PlannersEpisode>();
  private readonly config_hash: string;

  /** @throws SageError SAGE_901 for another file, SAGE_1027 where none can be made: now, and not after the first table. */
  constructor(
    private readonly file: string | undefined,
    parameters: Parameters,
  ) {
    this.config_hash = hashOf(parameters);
    for (const { config_hash, ...episode } of file === undefined ? [] : linesOf(file)) {
      if (config_hash === this.config_hash) this.known.set(nameOf(episode), episode);
    }
  }

  of(key: EpisodeKey): PlannersEpisode | undefined {
    return this.known.get(nameOf(key));
  }

  add(episode: PlannersEpisode): void {
    this.known.set(nameOf(episode), episode);
    if (this.file === undefined) return;
    const line: Line = { ...episode, config_hash: this.config_hash };
    appendFileSync(this.file, `${JSON.stringify(line)}\n`);
  }
}

/** Of all that decides how an episode goes; how many threads a model has, say, does not. */
function hashOf(parameters: Parameters): string {
  const decides = { ...deciding(parameters), sim: parameters.sim };
  return createHash('sha256').update(JSON.stringify(decides)).digest('hex');
}

function nameOf({ seed, condition, planner }: EpisodeKey): string {
  return `${seed} ${condition} ${planner}`;
}

function linesOf(file: string): Line[] {
  requireFolderOf(file);
  if (!existsSync(file)) return [];
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]));
  } catch (thrown) {
    throw new SageError('SAGE_901', `--episodes ${file}`, messageOf(thrown), { cause: thrown });
  }
}
