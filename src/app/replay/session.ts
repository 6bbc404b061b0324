import { type Fault, SageError } from '../../contracts/errors.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { type Bag, type BagOptions, complainer } from '../../replay/bag.js';
import { LineFile, type LineSink } from '../../replay/line-file.js';
import { openBag } from '../../replay/open-bag.js';
import { RunRecorder } from '../../replay/run-recorder.js';
import { type Configuration, loadConfiguration } from '../config.js';
import { loadExtensions } from '../extensions.js';
import { withSettings } from '../settings.js';
import { replayInference } from './inference.js';
import { headerOf } from './log-header.js';
import { OfflineRun } from './offline.js';
import { chooseTopics, type TopicChoice } from './topic-choice.js';

/** Faults of a bag that are kept to be told at the end; all are counted. */
const FAULTS_MAX = 50;

/** What one offline replay is asked. */
export interface ReplayRequest {
  readonly bag: string;
  /** Where the log goes; null = nowhere. */
  readonly log: string | null;
  readonly config: readonly string[];
  /** `key=value`, over the configuration. */
  readonly set: readonly string[];
  readonly remap: ReadonlyMap<string, string>;
  readonly topics: readonly string[];
  readonly start_s: number;
  readonly duration_s: number | null;
  readonly best_effort: boolean;
}

/** What one offline replay came to. */
export interface ReplayResult {
  readonly bag: string;
  readonly storage: Bag['storage'];
  readonly topics: readonly { readonly name: string; readonly topic: string; readonly type: string }[];
  readonly cycles: number;
  readonly messages: number;
  readonly bag_s: number;
  readonly wall_s: number;
  /** Time of the bag per time of the machine. */
  readonly speed: number;
  readonly decisions: number;
  readonly actions: number;
  readonly states: readonly string[];
  readonly log: string | null;
  readonly log_sha256: string | null;
  /** Choices that the user did not make. */
  readonly notices: readonly string[];
  /** What best effort went past; the first ones. */
  readonly skipped: readonly Fault[];
  readonly skipped_count: number;
}

/** A sink for a replay whose log nobody wants. */
const NOWHERE: LineSink = { line: () => {} };

/**
 * Replays one bag offline, and writes its log.
 * @throws SageError of the configuration (1xx), the bag (10xx) or the models (5xx).
 */
export async function replayOffline(request: ReplayRequest): Promise<ReplayResult> {
  const skipped = new Skipped();
  const options: BagOptions = { best_effort: request.best_effort, onFault: (fault) => skipped.add(fault) };
  const configuration = loadConfiguration(request.config);
  const parameters = withSettings(configuration.parameters, request.set);
  const bag = await openBag(request.bag, options);
  try {
    const choice = choose(bag, request, configuration, options);
    return await runWith({ request, bag, choice, parameters, options, skipped });
  } finally {
    bag.close();
  }
}

function choose(
  bag: Bag,
  { remap, topics }: ReplayRequest,
  configuration: Configuration,
  options: BagOptions,
): TopicChoice {
  return chooseTopics(bag, {
    topics: configuration.topics,
    remap,
    only: topics.length === 0 ? null : new Set(topics),
    complain: complainer(options),
  });
}

interface Prepared {
  readonly request: ReplayRequest;
  readonly bag: Bag;
  readonly choice: TopicChoice;
  readonly parameters: Parameters;
  readonly options: BagOptions;
  readonly skipped: Skipped;
}

async function runWith(prepared: Prepared): Promise<ReplayResult> {
  const { request, bag, choice, parameters, options, skipped } = prepared;
  const { start_ms, end_ms } = rangeOf(bag, request);
  const extensions = await loadExtensions(parameters);
  const inference = replayInference(parameters);
  const begin_ms = performance.now();
  const states = new Set<string>();
  const file = request.log === null ? null : new LineFile(request.log);
  try {
    let recorder: RunRecorder | null = null;
    const run = new OfflineRun({
      bag,
      choice,
      parameters,
      inference,
      extensions,
      start_ms,
      end_ms,
      complain: complainer(options),
      onCycle: (inputs, effects, trust) => {
        states.add(effects.metabolic.state);
        recorder?.cycle(inputs, effects, trust);
      },
    });
    const topics = namesOf(choice);
    const header = headerOf({
      parameters,
      plugins: run.plugins,
      source: 'replay',
      costs: 'declared',
      inputs: 'references',
      bag: { name: bag.name, storage: bag.storage, messages: bag.messages ?? 0, start_ms, end_ms },
      topics,
    });
    recorder = new RunRecorder(file ?? NOWHERE, header);
    for (const text of choice.notices) recorder.note({ code: 'SAGE_1009', where: bag.name, text });
    skipped.listen((fault) => recorder?.note(fault));
    const outcome = await run.run();
    const end = recorder.end();
    file?.close();
    const wall_s = (performance.now() - begin_ms) / 1000;
    return {
      bag: request.bag,
      storage: bag.storage,
      topics,
      ...outcome,
      wall_s,
      speed: outcome.bag_s / wall_s,
      decisions: end.decisions,
      actions: end.actions,
      states: [...states],
      log: request.log,
      log_sha256: file?.sha256() ?? null,
      notices: choice.notices,
      skipped: skipped.first,
      skipped_count: skipped.count,
    };
  } finally {
    file?.close();
    await inference.close();
  }
}

/** The part of the bag that is asked for, ms since the epoch. @throws SageError SAGE_901 */
function rangeOf(bag: Bag, { start_s, duration_s }: ReplayRequest): { start_ms: number; end_ms: number } {
  const start_ms = bag.start_ms + start_s * 1000;
  if (start_ms > bag.end_ms) {
    const length_s = ((bag.end_ms - bag.start_ms) / 1000).toFixed(3);
    throw new SageError('SAGE_901', `--start ${start_s}`, `the bag is ${length_s} s long`);
  }
  const end_ms = duration_s === null ? bag.end_ms : Math.min(bag.end_ms, start_ms + duration_s * 1000);
  return { start_ms, end_ms };
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
