import { SageError } from '../../contracts/errors.js';
import type { LogHeader } from '../../contracts/log.js';
import { type Parameters, parametersSchema } from '../../contracts/parameters/index.js';
import { type Bag, type BagOptions, complainer } from '../../replay/bag.js';
import type { OpenLog } from '../../replay/log-reader.js';
import { decodeValue } from '../../replay/log-value.js';
import { openBag } from '../../replay/open-bag.js';
import { loadConfiguration, type Topics } from '../config.js';
import { withSettings } from '../settings.js';
import { rangeOf } from './moments.js';
import { RECORDED_TIME, type TimeBase, timeBaseOf } from './sim-time.js';
import { chooseTopics, type TopicChoice } from './topic-choice.js';

/** What one offline replay is asked. */
export interface ReplayRequest {
  /** Null where the log that is followed holds its inputs itself. */
  readonly bag: string | null;
  /** Where the log goes; null = nowhere. */
  readonly log: string | null;
  /** The log whose cycles are followed; null = none. */
  readonly from: string | null;
  readonly costs: 'declared' | 'recorded';
  /** Configuration files; with `from` and none of these, the parameters are those of the log. */
  readonly config: readonly string[];
  /** `key=value`, over the configuration. */
  readonly set: readonly string[];
  readonly remap: ReadonlyMap<string, string>;
  readonly topics: readonly string[];
  readonly start_s: number;
  readonly duration_s: number | null;
  /** Whether time is that of the bag's /clock; where it is not said, as the stamps in the bag are. */
  readonly use_sim_time?: boolean;
  readonly best_effort: boolean;
  /** Checks all of the bag before anything is replayed. */
  readonly verify?: boolean;
  /** Told while a packed file of the bag is unpacked: its name, and how much of it was, 0..1. */
  readonly onUnpacking?: BagOptions['onUnpacking'];
  /** False keeps models from running ahead of the kernel; the log is the same either way. */
  readonly foresight?: boolean;
}

/** Everything that a run is made from. */
export interface Material {
  readonly request: ReplayRequest;
  readonly options: BagOptions;
  readonly parameters: Parameters;
  readonly followed: OpenLog | null;
  readonly bag: Bag | null;
  readonly choice: TopicChoice;
  /** The part of the bag, or of the log, ms since the epoch. */
  readonly start_ms: number;
  readonly end_ms: number;
  readonly time: TimeBase;
}

/**
 * Opens and chooses all of it; the caller closes the bag.
 * @throws SageError of the command line (901), the configuration (1xx) or the bag or log (10xx).
 */
export async function gather(
  request: ReplayRequest,
  followed: OpenLog | null,
  options: BagOptions,
): Promise<Material> {
  if (request.costs === 'recorded' && followed === null) {
    throw new SageError(
      'SAGE_901',
      '--costs recorded',
      'the log that has the costs is missing; give it with --from',
    );
  }
  const references = followed === null || followed.header.inputs === 'references';
  if (request.bag === null && references) {
    throw new SageError(
      'SAGE_901',
      'sage replay',
      followed === null
        ? 'a bag is missing'
        : 'the bag of the log is missing; only logs of live runs hold their inputs',
    );
  }
  const configuration = loadConfiguration(request.config);
  const base =
    followed !== null && request.config.length === 0
      ? withHeader(configuration.parameters, followed.header)
      : configuration.parameters;
  const parameters = withSettings(base, request.set);
  const bag = request.bag === null ? null : await openBag(request.bag, options);
  try {
    const choice = chooseFrom(bag, request, topicsOf(followed, configuration.topics), options);
    const range = rangeOf(bag, followed, request);
    const time = timeOf({ bag, choice, followed, request, ...range });
    return { request, options, parameters, followed, bag, choice, ...range, time };
  } catch (thrown) {
    bag?.close();
    throw thrown;
  }
}

/** The parameters of a log, over those that do not decide anything. */
function withHeader(parameters: Parameters, header: LogHeader): Parameters {
  const merged = { ...parameters } as unknown as Record<string, Record<string, unknown>>;
  for (const [group, values] of Object.entries(header.parameters)) {
    merged[group] = { ...merged[group], ...(decodeValue(values) as Record<string, unknown>) };
  }
  const parsed = parametersSchema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const told = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new SageError('SAGE_1021', 'parameters of the log', told);
}

/** The topics of the configuration; those that a log was taken from where there is none. */
function topicsOf(followed: OpenLog | null, configured: Topics): Topics {
  if (followed === null || Object.keys(configured).length > 0) return configured;
  return Object.fromEntries(followed.header.topics.map(({ name, topic }) => [name, topic]));
}

function chooseFrom(
  bag: Bag | null,
  request: ReplayRequest,
  topics: Topics,
  options: BagOptions,
): TopicChoice {
  if (bag === null) return { chosen: new Map(), notices: [] };
  const { remap } = request;
  const only = request.topics.length === 0 ? null : new Set(request.topics);
  return chooseTopics(bag, { topics, remap, only, complain: complainer(options) });
}

/** A log is followed in the time that it was made in. @throws SageError SAGE_901 */
function timeOf({
  bag,
  choice,
  followed,
  request,
  start_ms,
  end_ms,
}: Omit<Material, 'options' | 'parameters' | 'time'>): TimeBase {
  const { remap, use_sim_time } = request;
  if (followed !== null && use_sim_time !== undefined) {
    throw new SageError('SAGE_901', '--use-sim-time', 'a log is followed in its own time');
  }
  if (bag === null || followed?.header.inputs === 'values') return RECORDED_TIME;
  const heard = { bag, topics: [...choice.chosen.values()], remap, start_ms, end_ms };
  if (followed === null) return timeBaseOf({ ...heard, wanted: use_sim_time ?? null });
  const { clock } = followed.header;
  return timeBaseOf({ ...heard, wanted: clock === undefined ? false : clock === 'simulated' ? true : null });
}
