import { type Fault, SageError } from '../../contracts/errors.js';
import type { LogHeader } from '../../contracts/log.js';
import { type Parameters, parametersSchema } from '../../contracts/parameters/index.js';
import type { Drained } from '../../kernel/latest-buffers.js';
import { type Bag, type BagOptions, complainer } from '../../replay/bag.js';
import { LineFile, type LineSink } from '../../replay/line-file.js';
import { drainedOf } from '../../replay/log-inputs.js';
import { type OpenLog, openLog } from '../../replay/log-reader.js';
import { decodeValue } from '../../replay/log-value.js';
import { openBag } from '../../replay/open-bag.js';
import { RunRecorder } from '../../replay/run-recorder.js';
import { loadConfiguration, type Topics } from '../config.js';
import { loadExtensions } from '../extensions.js';
import { withSettings } from '../settings.js';
import { BagImages, imageTopicOf } from './bag-images.js';
import { BagInputs } from './bag-inputs.js';
import { type CountedFault, FaultTally } from './fault-tally.js';
import { Foresight } from './foresight.js';
import { framesOf, noFrames } from './frames.js';
import { replayInference } from './inference.js';
import { headerOf } from './log-header.js';
import { dueOf, momentsOf, rangeOf } from './moments.js';
import { type Moment, OfflineRun } from './offline.js';
import { RECORDED_TIME, type TimeBase, timeBaseOf } from './sim-time.js';
import { chooseTopics, missingFrom, type TopicChoice } from './topic-choice.js';

/** Faults of a bag that are kept to be told at the end; all are counted. */
const FAULTS_MAX = 50;

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

/** What one offline replay came to. */
export interface ReplayResult {
  readonly bag: string | null;
  readonly storage: Bag['storage'] | null;
  readonly topics: readonly { readonly name: string; readonly topic: string; readonly type: string }[];
  readonly costs: 'declared' | 'recorded';
  /** How often a model was run; where it runs ahead, also for what nobody asked for in the end. */
  readonly inferences: number;
  readonly cycles: number;
  readonly messages: number;
  readonly bag_s: number;
  readonly wall_s: number;
  /** Time of the bag per time of the machine. */
  readonly speed: number;
  /** Largest resident memory of this process so far, MB. */
  readonly rss_mb_max: number;
  readonly decisions: number;
  readonly actions: number;
  readonly states: readonly string[];
  readonly log: string | null;
  readonly log_sha256: string | null;
  /** Where the run left the log that it followed; null where it did not, or followed none. */
  readonly parted: Fault | null;
  /** Where time came from: when messages were recorded, also moved to where the stamps are, or the bag's /clock. */
  readonly clock: TimeBase['kind'];
  /** Inputs of SAGE for which the bag has no topic, by SAGE's names. */
  readonly missing: readonly string[];
  /** What stood against the data, as the cycles met it. */
  readonly faults: readonly CountedFault[];
  /** Choices that the user did not make. */
  readonly notices: readonly string[];
  /** What best effort went past; the first ones. */
  readonly skipped: readonly Fault[];
  readonly skipped_count: number;
}

/** A sink for a replay whose log nobody wants. */
const NOWHERE: LineSink = { line: () => {} };

/**
 * Replays one bag, or the inputs of a log, offline, and writes the log of the run.
 * @throws SageError of the command line (901), the configuration (1xx), the bag or log (10xx) or the models (5xx).
 */
export async function replayOffline(request: ReplayRequest): Promise<ReplayResult> {
  const skipped = new Skipped();
  const options: BagOptions = {
    best_effort: request.best_effort,
    verify: request.verify === true,
    onFault: (fault) => skipped.add(fault),
    ...(request.onUnpacking === undefined ? {} : { onUnpacking: request.onUnpacking }),
  };
  const followed = request.from === null ? null : await openLog(request.from, options);
  try {
    const material = await gather(request, followed, options);
    try {
      return await runOn(material, skipped);
    } finally {
      material.bag?.close();
    }
  } finally {
    await followed?.close();
  }
}

/** Everything that a run is made from. */
interface Material {
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

async function gather(
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

async function runOn(material: Material, skipped: Skipped): Promise<ReplayResult> {
  const { request, bag, choice, parameters, time } = material;
  const notices = time.notice === null ? choice.notices : [...choice.notices, time.notice];
  const extensions = await loadExtensions(parameters);
  const inference = replayInference(parameters);
  const foresight = foresightOf(material);
  const begin_ms = performance.now();
  const states = new Set<string>();
  const tally = new FaultTally();
  const inputs = inputsOf(material);
  let file: LineFile | null = null;
  let recorder: RunRecorder | null = null;
  let parted: Fault | null = null;
  try {
    // Not before there is something to write into it, and where it is closed whatever comes.
    if (request.log !== null) file = new LineFile(request.log);
    // Where it looks ahead, models are going to run: their process comes up while the rest is made ready.
    if (foresight !== null) inference.warmUp();
    const run = new OfflineRun({
      parameters,
      inference,
      extensions,
      costs: request.costs,
      foresight,
      moments: momentsOf(material),
      inputs: inputs.take,
      onParameter: ({ path, value }) => recorder?.parameter(path, decodeValue(value)),
      onCycle: (taken, effects, trust) => {
        states.add(effects.metabolic.state);
        tally.add(effects.report.faults);
        recorder?.cycle(taken, effects, trust);
      },
      onParting: (fault) => {
        parted = fault;
        recorder?.note(fault);
      },
    });
    recorder = new RunRecorder(file ?? NOWHERE, headerFor(material, run.plugins));
    for (const text of notices) recorder.note({ code: 'SAGE_1009', where: bag?.name ?? '', text });
    skipped.listen((fault) => recorder?.note(fault));
    const cycles = await run.run();
    const end = recorder.end();
    file?.close();
    const wall_s = (performance.now() - begin_ms) / 1000;
    const bag_s = end.duration_ms / 1000;
    return {
      bag: request.bag,
      storage: bag?.storage ?? null,
      topics: namesOf(choice),
      costs: request.costs,
      inferences: inference.runs,
      cycles,
      messages: inputs.messages(),
      bag_s,
      wall_s,
      speed: bag_s / wall_s,
      rss_mb_max: process.resourceUsage().maxRSS / 1024,
      decisions: end.decisions,
      actions: end.actions,
      states: [...states],
      log: request.log,
      log_sha256: file?.sha256() ?? null,
      parted,
      clock: time.kind,
      missing: bag === null ? [] : missingFrom(choice),
      faults: tally.counted(),
      notices,
      skipped: skipped.first,
      skipped_count: skipped.count,
    };
  } finally {
    inputs.close();
    file?.close();
    await inference.close();
  }
}

interface Inputs {
  readonly take: (moment: Moment) => Promise<Drained>;
  readonly messages: () => number;
  readonly close: () => void;
}

/** From the log that is followed where it holds them, else from the bag by its time. */
function inputsOf(material: Material): Inputs {
  const { bag, choice, followed, parameters, options, start_ms, end_ms, time } = material;
  if (bag === null || (followed !== null && followed.header.inputs === 'values')) {
    const frameOf = bag === null ? noFrames : framesOf(bag, choice);
    let taken = 0;
    return {
      take: async ({ entry }) => {
        taken += entry?.inputs.length ?? 0;
        return entry === null
          ? { readings: [], faults: new Map(), dropped: new Map() }
          : drainedOf(entry, frameOf);
      },
      messages: () => taken,
      close: () => {},
    };
  }
  const complain = complainer(options);
  const inputs = new BagInputs({ bag, choice, parameters, start_ms, end_ms, time, complain });
  return {
    take: ({ now_ms }) => inputs.upTo(now_ms),
    messages: () => inputs.messages,
    close: () => inputs.close(),
  };
}

/** Where cycles come by the time of a bag with images, it is known which frame a later one will look at. */
function foresightOf(material: Material): Foresight | null {
  const { request, bag, choice, followed, parameters, start_ms, time } = material;
  const topic = imageTopicOf((name) => choice.chosen.get(name));
  const regular = followed === null && time.clock === null;
  if (bag === null || !regular || topic === null || request.foresight === false) return null;
  const images = new BagImages(bag, topic);
  const period_ms = 1000 / parameters.kernel.rate_hz;
  return new Foresight({
    frameAt: (time_ms) => images.newest(time_ms),
    timeOf: (cycle) => dueOf(cycle, start_ms, period_ms),
  });
}

function headerFor(material: Material, plugins: readonly string[]): LogHeader {
  const { request, bag, choice, parameters, followed, start_ms, end_ms, time } = material;
  const described =
    bag === null
      ? null
      : { name: bag.name, storage: bag.storage, messages: bag.messages ?? 0, start_ms, end_ms };
  const values = followed !== null && followed.header.inputs === 'values';
  return headerOf({
    parameters,
    plugins,
    source: 'replay',
    costs: request.costs,
    inputs: values ? 'values' : 'references',
    ...(time.kind === 'recorded' ? {} : { clock: time.kind }),
    bag: values ? null : described,
    topics: values ? followed.header.topics : namesOf(choice),
  });
}

function namesOf({ chosen }: TopicChoice): { name: string; topic: string; type: string }[] {
  return [...chosen].map(([name, { topic, type }]) => ({ name, topic, type }));
}

/** What best effort went past. */
class Skipped {
  count = 0;
  readonly first: Fault[] = [];
  private told: (fault: Fault) => void = () => {};

  add(fault: Fault): void {
    this.count += 1;
    if (this.first.length < FAULTS_MAX) this.first.push(fault);
    this.told(fault);
  }

  /** Tells of those so far, and of all that come. */
  listen(told: (fault: Fault) => void): void {
    for (const fault of this.first) told(fault);
    this.told = told;
  }
}
