import { type Fault, SageError } from '../../contracts/errors.js';
import type { LogHeader } from '../../contracts/log.js';
import { type Parameters, parametersSchema } from '../../contracts/parameters/index.js';
import { type Bag, type BagOptions, complainer } from '../../replay/bag.js';
import { logTopic, openLogInBag } from '../../replay/log-in-bag.js';
import type { OpenLog } from '../../replay/log-reader.js';
import { decodeValue } from '../../replay/log-value.js';
import { openBag } from '../../replay/open-bag.js';
import { loadConfiguration, type Topics } from '../config.js';
import { withSettings } from '../settings.js';
import { buildWarnings, partWarnings } from './build-check.js';
import { firstOf, rangeOf } from './moments.js';
import {
  ownTopic,
  type RecordedInput,
  type RecordedRun,
  recordedInputs,
  recordedRun,
  standingAt,
} from './recorded-run.js';
import type { RecordedShapes } from './recorded-shapes.js';
import { isPart, selectedTopics, unknownTopics } from './selected-topics.js';
import { RECORDED_TIME, type TimeBase, timeBaseOf } from './sim-time.js';
import { chooseTopics, type TopicChoice } from './topic-choice.js';

/** When refinements are done: as declared, or as a log has them. */
export type Costs = 'declared' | 'recorded';

/** Writers make chunks of 1 to 8 MB; from here on it is told what memory they take, bytes. */
const PIECE_BYTES_USUAL = 64 << 20;
const FOLLOWS =
  'the replay follows the log in the bag and computes nothing; use --costs declared to recompute';

/** What one offline replay is asked. */
export interface ReplayRequest {
  /** Null where the log that is followed holds its inputs itself. */
  readonly bag: string | null;
  /** Where the log goes; null = nowhere. */
  readonly log: string | null;
  /** The log whose cycles are followed; null = none. */
  readonly from: string | null;
  /** Auto: as the log of `from`, or the one in the bag, has them, else as declared. */
  readonly costs: Costs | 'auto';
  /** Configuration files; with `from` and none of these, the parameters are those of the log. */
  readonly config: readonly string[];
  /** `key=value`, over the configuration. */
  readonly set: readonly string[];
  readonly remap: ReadonlyMap<string, string>;
  readonly topics: readonly string[];
  readonly exclude?: readonly string[];
  readonly start_s: number;
  readonly duration_s: number | null;
  /** Whether time is that of the bag's /clock; where it is not said, as the stamps in the bag are. */
  readonly use_sim_time?: boolean;
  readonly best_effort: boolean;
  /** Checks all of the bag before anything is replayed. */
  readonly verify?: boolean;
  /** Told while a packed file of the bag is unpacked: its name, and how much of it was, 0..1. */
  readonly onUnpacking?: BagOptions['onUnpacking'];
  /** Told after each cycle: how far the run has come, seconds, and of how many; null = not known. */
  readonly onProgress?: (done_s: number, of_s: number | null) => void;
  /** False keeps models from running ahead of the kernel; the log is the same either way. */
  readonly foresight?: boolean;
}

/** Everything that a run is made from. */
export interface Material {
  readonly request: ReplayRequest;
  readonly options: BagOptions;
  readonly parameters: Parameters;
  /** That of the request, or the one in the bag; null where none is followed. */
  readonly followed: OpenLog | null;
  readonly costs: Costs;
  readonly bag: Bag | null;
  readonly choice: TopicChoice;
  /** The part of the bag, or of the log, ms since the epoch. */
  readonly start_ms: number;
  readonly end_ms: number;
  readonly time: TimeBase;
  /** When the first cycle is due, in the time of the run, where no log and no /clock says. */
  readonly first_ms: number;
  /** What was said before the part that is asked for, and still counts. */
  readonly standing: readonly RecordedInput[];
  /** Shapes that the recorded run fitted to meshes. */
  readonly shapes: RecordedShapes;
  /** Models that take the place of others in the run. */
  readonly exchanged: readonly string[];
  /** The header of the run that is had again; null where nothing says what it was. */
  readonly before: LogHeader | null;
  /** Why what comes out may differ from what came out then. */
  readonly warnings: readonly Fault[];
  /** Choices that the user did not make, for the log too; and what is told of the run that is had again. */
  readonly notices: readonly string[];
  readonly told: readonly string[];
}

/**
 * Opens and chooses all of it; the caller closes the bag and the log.
 * @throws SageError of the command line (901), the configuration (1xx) or the bag or log (10xx).
 */
export async function gather(
  request: ReplayRequest,
  from: OpenLog | null,
  options: BagOptions,
): Promise<Material> {
  if (request.bag === null && (from === null || from.header.inputs === 'references')) {
    const told = from === null ? 'no bag given' : 'no bag given; only logs of live runs contain their inputs';
    throw new SageError('SAGE_901', 'sage replay', told);
  }
  const bag = request.bag === null ? null : await openBag(request.bag, options);
  let inside: OpenLog | null = null;
  try {
    inside = from === null && bag !== null ? await logInside(bag, request, options) : null;
    const followed = from ?? inside;
    if (request.costs === 'recorded' && followed === null) {
      const told = 'no log with recorded costs; pass one with --from';
      throw new SageError('SAGE_901', '--costs recorded', told);
    }
    return await gatherFrom(bag, request, followed, options);
  } catch (thrown) {
    await inside?.close();
    bag?.close();
    throw thrown;
  }
}

/** The log in the bag, where all of the run is to be had again as it was; null where it is to be another one. */
async function logInside(bag: Bag, request: ReplayRequest, options: BagOptions): Promise<OpenLog | null> {
  const { costs, start_s, use_sim_time } = request;
  const part = start_s > 0 || isPart(request) || use_sim_time !== undefined;
  if (costs === 'declared' || (part && costs === 'auto')) return null;
  const topic = logTopic(bag, request.remap);
  return topic === null ? null : openLogInBag(bag, topic, options);
}

async function gatherFrom(
  bag: Bag | null,
  request: ReplayRequest,
  followed: OpenLog | null,
  options: BagOptions,
): Promise<Material> {
  const complain = complainer(options);
  const run = bag === null ? null : recordedRun(bag, ownTopic(bag, request.remap, 'run'), complain);
  const before = followed?.header ?? run?.header ?? null;
  const configuration = loadConfiguration(request.config);
  const asBefore = before !== null && request.config.length === 0;
  const base = asBefore ? withHeader(configuration.parameters, before) : configuration.parameters;
  const parameters = withSettings(base, request.set);
  const choice = chooseFrom(bag, request, topicsOf(before, configuration.topics), options);
  const range = rangeOf(bag, followed, request);
  const time = timeOf({ bag, choice, followed, request, ...range });
  const told = choice.chosen.get('sage/inputs');
  const inputs =
    bag === null || told === undefined || followed?.header.inputs === 'values'
      ? []
      : recordedInputs(bag, told, complain);
  const begin_ms = time.clock === null ? range.start_ms + time.offset_ms : time.first_ms;
  const exchanged = [...exchangedOf(inputs), ...(followed === null ? [] : await followed.exchanged())];
  return {
    request,
    options,
    parameters,
    followed,
    costs: request.costs === 'auto' ? (followed === null ? 'declared' : 'recorded') : request.costs,
    bag,
    choice,
    ...range,
    time,
    first_ms: firstCycle(run, begin_ms, range.end_ms + time.offset_ms, parameters),
    standing: standingAt(inputs, begin_ms),
    shapes: run?.shapes ?? new Map(),
    exchanged,
    before,
    warnings: [
      ...(before === null ? [] : buildWarnings(before, parameters, exchanged)),
      ...(run === null || request.from !== null
        ? []
        : partWarnings(run, followed === null ? begin_ms : run.begun_ms)),
    ],
    notices: choice.notices,
    told: [
      ...largePieces(bag),
      ...(request.from === null && asBefore && run !== null ? [toldOf(run)] : []),
      ...(request.from === null && followed !== null ? [FOLLOWS] : []),
    ],
  };
}

function firstCycle(
  run: RecordedRun | null,
  begin_ms: number,
  end_ms: number,
  parameters: Parameters,
): number {
  return firstOf(begin_ms, end_ms, run?.begun_ms ?? null, 1000 / parameters.kernel.rate_hz);
}

function exchangedOf(inputs: readonly RecordedInput[]): string[] {
  return inputs.flatMap(({ input }) =>
    input.kind === 'change' && input.change.kind === 'model' && input.change.event === 'swap'
      ? [input.change.model]
      : [],
  );
}

/** Memory holds a piece whole, unpacked and as it is taken apart: a bag of one chunk may not fit into a robot's. */
function largePieces(bag: Bag | null): string[] {
  const { piece_bytes_max: bytes = 0 } = bag ?? {};
  if (bytes <= PIECE_BYTES_USUAL) return [];
  const mb = (bytes / 1e6).toFixed(0);
  return [
    `a chunk of the bag decompresses to ${mb} MB, and replay needs up to three times that in memory; ` +
      'ros2 bag convert or mcap compress --chunk-size makes smaller chunks',
  ];
}

function toldOf({ header }: RecordedRun): string {
  const commit = header.build?.commit?.slice(0, 10) ?? '';
  const made = commit === '' ? header.sage : `${header.sage} (${commit})`;
  return `using the parameters of the run in the bag, made by SAGE ${made}; --config overrides them`;
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
  const hint = 'pass the configuration with --config';
  throw new SageError('SAGE_1021', 'parameters of the run', `${told}; ${hint}`);
}

/** The topics of the configuration; those that the run heard where there is none. */
function topicsOf(before: LogHeader | null, configured: Topics): Topics {
  if (before === null || Object.keys(configured).length > 0) return configured;
  return Object.fromEntries(before.topics.map(({ name, topic }) => [name, topic]));
}

function chooseFrom(
  bag: Bag | null,
  request: ReplayRequest,
  topics: Topics,
  options: BagOptions,
): TopicChoice {
  if (bag === null) return { chosen: new Map(), notices: [] };
  const { remap } = request;
  const only = selectedTopics(bag, request);
  const unknown = unknownTopics(bag, request);
  const choice = chooseTopics(bag, { topics, remap, only, complain: complainer(options) });
  if (unknown.length === 0) return choice;
  return { ...choice, notices: [...choice.notices, `not in the bag: ${unknown.join(', ')}`] };
}

/** A log is followed in the time that it was made in. @throws SageError SAGE_901 */
function timeOf({
  bag,
  choice,
  followed,
  request,
  start_ms,
  end_ms,
}: Pick<Material, 'bag' | 'choice' | 'followed' | 'request' | 'start_ms' | 'end_ms'>): TimeBase {
  const { remap, use_sim_time } = request;
  if (followed !== null && use_sim_time !== undefined) {
    throw new SageError('SAGE_901', '--use-sim-time', 'not available with --from: a log has its own time');
  }
  if (bag === null || followed?.header.inputs === 'values') return RECORDED_TIME;
  const heard = { bag, topics: [...choice.chosen.values()], remap, start_ms, end_ms };
  if (followed === null) return timeBaseOf({ ...heard, wanted: use_sim_time ?? null });
  const { clock } = followed.header;
  return timeBaseOf({ ...heard, wanted: clock === undefined ? false : clock === 'simulated' ? true : null });
}
