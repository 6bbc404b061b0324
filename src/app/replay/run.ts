import type { Fault } from '../../contracts/errors.js';
import type { LogHeader } from '../../contracts/log.js';
import type { RunChange } from '../../contracts/run-input.js';
import { type Bag, complainer } from '../../replay/bag.js';
import { LineFile, type LineSink } from '../../replay/line-file.js';
import { drainedOf } from '../../replay/log-inputs.js';
import type { LogEntry } from '../../replay/log-reader.js';
import { decodeValue } from '../../replay/log-value.js';
import { RunRecorder } from '../../replay/run-recorder.js';
import { loadExtensions } from '../extensions.js';
import { BagImages, type ImageTopic } from './bag-images.js';
import { BagInputs } from './bag-inputs.js';
import { pluginWarnings } from './build-check.js';
import { tuneEngine } from './engine.js';
import { type CountedFault, FaultTally } from './fault-tally.js';
import { Foresight } from './foresight.js';
import { framesOf, noFrames } from './frames.js';
import type { ReplayInference } from './inference.js';
import { headerOf } from './log-header.js';
import type { Material } from './material.js';
import { dueOf, momentsOf } from './moments.js';
import { type Moment, OfflineRun, type Taken } from './offline.js';
import type { TimeBase } from './sim-time.js';
import type { Skipped } from './skipped.js';
import { missingFrom, type TopicChoice } from './topic-choice.js';

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
  /** Why what came out may differ from what came out in the run that is had again. */
  readonly warnings: readonly Fault[];
  /** What best effort went past; the first ones. */
  readonly skipped: readonly Fault[];
  readonly skipped_count: number;
}

/** A sink for a replay whose log nobody wants. */
const NOWHERE: LineSink = { line: () => {} };

/** What a run takes beside its material. */
export interface RunOptions {
  readonly inference: ReplayInference;
  /** The images that models may run ahead on; null where it is not known which will be looked at. */
  readonly ahead: ImageTopic | null;
  readonly skipped: Skipped;
}

/**
 * Runs the mind on what was gathered, and writes the log of the run.
 * @throws SageError of the bag or log (10xx) or the models (5xx).
 */
export async function runOn(
  material: Material,
  { inference, ahead: topic, skipped }: RunOptions,
): Promise<ReplayResult> {
  const { request, bag, choice, parameters, time } = material;
  const notices = time.notice === null ? material.notices : [...material.notices, time.notice];
  const extensions = await loadExtensions(parameters);
  const ahead = bag === null || topic === null ? null : new BagImages(bag, topic);
  const foresight = ahead === null ? null : foresightOf(material, ahead);
  // Not the global `performance`: it is a module of Node's that is loaded when somebody first asks for it.
  const begin_ns = process.hrtime.bigint();
  const states = new Set<string>();
  const tally = new FaultTally();
  const inputs = inputsOf(material, ahead);
  let file: LineFile | null = null;
  let recorder: RunRecorder | null = null;
  let parted: Fault | null = null;
  try {
    // Not before there is something to write into it, and where it is closed whatever comes.
    if (request.log !== null) file = new LineFile(request.log, true);
    tuneEngine(foresight !== null);
    const begun_ms = time.clock === null ? material.start_ms + time.offset_ms : time.first_ms;
    const length_s = bag === null ? null : (material.end_ms - material.start_ms) / 1000;
    const run = new OfflineRun({
      parameters,
      inference,
      extensions,
      costs: material.costs,
      foresight,
      moments: momentsOf(material),
      inputs: inputs.take,
      onChange: (change) => recorder?.change(change),
      onCycle: (taken, effects, trust) => {
        request.onProgress?.((taken.now_ms - begun_ms) / 1000, length_s);
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
    // Not in the log: where another build comes to the same, its log is the same, too.
    const warnings = [...material.warnings, ...pluginWarnings(material.before, run.plugins)];
    for (const text of notices) recorder.note({ code: 'SAGE_1009', where: bag?.name ?? '', text });
    skipped.listen((fault) => recorder?.note(fault));
    const cycles = await run.run();
    const end = recorder.end();
    file?.close();
    const wall_s = Number(process.hrtime.bigint() - begin_ns) / 1e9;
    const bag_s = end.duration_ms / 1000;
    return {
      bag: request.bag,
      storage: bag?.storage ?? null,
      topics: namesOf(choice),
      costs: material.costs,
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
      notices: [...notices, ...material.told, ...unanswered(tally, material), ...unshaped(inputs)],
      warnings,
      skipped: skipped.first,
      skipped_count: skipped.count,
    };
  } finally {
    inputs.close();
    file?.close();
  }
}

/** Why the arm of a bag does not follow, to whom sees that it does not. */
function unanswered(tally: FaultTally, { costs, before, request }: Material): readonly string[] {
  if (costs !== 'declared' || !tally.counted().some(({ code }) => code === 'SAGE_708')) return [];
  const { start_s, topics, use_sim_time } = request;
  const asked =
    request.costs === 'declared' || start_s > 0 || topics.length > 0 || use_sim_time !== undefined;
  const again =
    before !== null && asked
      ? 'to reproduce its run, leave out --costs declared, --start, --topics and --use-sim-time'
      : 'to reproduce a run, use a bag from sage record, or --from with its log';
  return [`the arm in the bag moves as recorded, whatever is commanded now (SAGE_708); ${again}`];
}

/** Whether links have other shapes here than they may have had in the run. */
function unshaped(inputs: Inputs): readonly string[] {
  const lacking = inputs.lacking();
  if (lacking === null) return [];
  return [`${lacking}; a run that had the meshes may have decided otherwise`];
}

interface Inputs {
  readonly lacking: () => string | null;
  readonly take: (moment: Moment) => Promise<Taken>;
  readonly messages: () => number;
  readonly close: () => void;
}

/** From the log that is followed where it holds them, else from the bag by its time. */
function inputsOf(material: Material, ahead: BagImages | null): Inputs {
  const { bag, choice, followed, parameters, options, start_ms, end_ms, time, shapes } = material;
  if (bag === null || (followed !== null && followed.header.inputs === 'values')) {
    const frameOf = bag === null ? noFrames : framesOf(bag, choice);
    let taken = 0;
    return {
      take: async ({ entry }) => {
        taken += entry?.inputs.length ?? 0;
        return entry === null
          ? { observations: { readings: [], faults: new Map(), dropped: new Map() }, changes: [] }
          : { observations: await drainedOf(entry, frameOf), changes: changesOf(entry) };
      },
      messages: () => taken,
      lacking: () => null,
      close: () => {},
    };
  }
  const complain = complainer(options);
  const standing = material.standing.map(({ input }) => input);
  const held = ahead === null ? {} : { held: ahead.held.bind(ahead) };
  const from = { bag, choice, parameters, start_ms, end_ms, time, complain, standing, shapes, ...held };
  const inputs = new BagInputs(from);
  return {
    // What the log of a replay says of changes came from its bag, and comes from there again.
    take: ({ now_ms }) => inputs.upTo(now_ms),
    messages: () => inputs.messages,
    lacking: () => inputs.lacking,
    close: () => inputs.close(),
  };
}

/** What changed before a cycle of a log, as it was. */
function changesOf({ changes }: LogEntry): RunChange[] {
  return changes.map((change): RunChange => {
    if (change.kind === 'parameter') {
      const { kind, path, value } = change;
      return { kind, path, value: decodeValue(value) };
    }
    const { cycle: _cycle, ...rest } = change;
    return rest;
  });
}

function foresightOf(material: Material, images: BagImages): Foresight {
  const { parameters, time } = material;
  const period_ms = 1000 / parameters.kernel.rate_hz;
  return new Foresight({
    done: (frame) => images.done(frame),
    frameAt: (time_ms) => images.newest(time_ms),
    // In the time of recording, as the bag's own.
    timeOf: (cycle) => dueOf(cycle, material.first_ms, period_ms) - time.offset_ms,
  });
}

function headerFor(material: Material, plugins: readonly string[]): LogHeader {
  const { bag, choice, parameters, followed, start_ms, end_ms, time } = material;
  const described =
    bag === null
      ? null
      : { name: bag.name, storage: bag.storage, messages: bag.messages ?? 0, start_ms, end_ms };
  const values = followed !== null && followed.header.inputs === 'values';
  return headerOf({
    parameters,
    plugins,
    source: 'replay',
    costs: material.costs,
    inputs: values ? 'values' : 'references',
    ...(time.kind === 'recorded' ? {} : { clock: time.kind }),
    bag: values ? null : described,
    topics: values ? followed.header.topics : namesOf(choice),
  });
}

function namesOf({ chosen }: TopicChoice): { name: string; topic: string; type: string }[] {
  return [...chosen].map(([name, { topic, type }]) => ({ name, topic, type }));
}
