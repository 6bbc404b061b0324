import { SageError } from '../../contracts/errors.js';
import { type LogHeader, logHeaderSchema } from '../../contracts/log.js';
import type { RunInput } from '../../contracts/run-input.js';
import { type Bag, type BagTopic, type Complain, namedOrOnly } from '../../replay/bag.js';
import { decoderOf } from '../../replay/decode.js';
import { jsonOf } from '../../replay/log-reader.js';
import { INPUT_TOPIC, INPUT_TYPE, readInput } from '../../ros/input-message.js';
import { RUN_TOPIC, RUN_TYPE } from '../../ros/input-teller.js';
import { parameterLeaves } from '../config.js';
import { checkValue } from '../config-value.js';
import type { RecordedShapes } from './recorded-shapes.js';
import { timeIn } from './sim-time.js';

/** Runs of a bag that are looked at: each start of the node is one. */
const RUNS_MAX = 1000;
/** Sources that the robot's own topics say everything of: what stood against them comes from there again. */
const SENSED: ReadonlySet<string> = new Set([
  'camera',
  'camera_info',
  'camera_pose',
  'joints',
  'audio',
  'battery',
  'robot_description',
]);

/** The run that a bag was recorded of, as its node told it. */
export interface RecordedRun {
  readonly header: LogHeader;
  /** The clock reading of its first cycle, ms of the node's clock. */
  readonly begun_ms: number;
  /** When the node was started anew within the bag. */
  readonly again_ms: readonly number[];
  /** Shapes that its node fitted to the meshes of robot descriptions, from all of its messages. */
  readonly shapes: RecordedShapes;
}

/** An input of a bag, with its bytes. */
export interface RecordedInput {
  readonly input: RunInput;
  readonly stamp_ms: number;
  /** When it was recorded, ms since the epoch. */
  readonly time_ms: number;
  readonly data: Uint8Array;
}

/** The bag's topic of a type that stands for one of SAGE's names: that of the name, else the only one of the type. */
export function ownTopic(
  bag: Bag,
  remap: ReadonlyMap<string, string>,
  which: 'inputs' | 'run',
): BagTopic | null {
  const [name, type] = which === 'inputs' ? [INPUT_TOPIC, INPUT_TYPE] : [RUN_TOPIC, RUN_TYPE];
  const alike = bag.topics.filter((topic) => topic.type === type && topic.messages !== 0);
  return namedOrOnly(alike, `/${name}`, remap);
}

/**
 * The run of a bag; null where its node told none. Of a recording that began later, or of several starts, the first.
 * @throws SageError SAGE_1005, SAGE_1008 unless with best effort
 */
export function recordedRun(bag: Bag, topic: BagTopic | null, complain: Complain): RecordedRun | null {
  if (topic === null) return null;
  const begun = new Set<number>();
  const shapes = new Map<string, string>();
  let header: LogHeader | null = null;
  try {
    const decode = decoderOf(topic);
    for (const { data } of bag.read({ topics: new Set([topic.topic]) })) {
      const begun_ms = timeIn(data);
      if (begun_ms !== null && begun.size < RUNS_MAX) begun.add(begun_ms);
      const read = headerIn(decode(data), topic.topic);
      for (const [description, elements] of Object.entries(read.shapes ?? {}))
        shapes.set(description, elements);
      header ??= read;
    }
  } catch (thrown) {
    if (!(thrown instanceof SageError)) throw thrown;
    complain(thrown);
  }
  const [begun_ms, ...again_ms] = begun;
  return header === null || begun_ms === undefined ? null : { header, begun_ms, again_ms, shapes };
}

function headerIn(message: unknown, where: string): LogHeader {
  const { header_json } = message as { readonly header_json?: unknown };
  const parsed = logHeaderSchema.safeParse(jsonOf(String(header_json)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SageError('SAGE_1008', where, `header_json: ${issue?.path.join('.')} ${issue?.message}`);
}

/** What one message of `sage/inputs` says; null where it says nothing that can be used, which is told. */
export type ReadInput = (data: Uint8Array) => RunInput | null;

/** Inputs that are told apart from what was there already; a node has a few, unless somebody makes them. */
const HEARD_MAX = 100_000;

/** Each file of a bag begins with what stood then: what came in one before is not taken again. */
export function unrepeated(read: ReadInput): ReadInput {
  const heard = new Set<string>();
  return (data) => {
    const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1');
    if (heard.has(text)) return null;
    if (heard.size < HEARD_MAX) heard.add(text);
    return read(data);
  };
}

/** @throws SageError SAGE_1005 where the topic cannot be read; the reader SAGE_1008, SAGE_208 unless with best effort */
export function inputReader(topic: BagTopic, complain: Complain): ReadInput {
  const decode = decoderOf(topic);
  return (data) => {
    try {
      const input = readInput(decode(data), topic.topic);
      if (input.kind === 'change' && input.change.kind === 'parameter')
        checkParameter(input.change, topic.topic);
      return input;
    } catch (thrown) {
      if (!(thrown instanceof SageError)) throw thrown;
      complain(thrown);
      return null;
    }
  };
}

function checkParameter({ path, value }: { path: string; value: unknown }, where: string): void {
  const leaf = parameterLeaves().find((each) => each.path === path);
  if (leaf === undefined) throw new SageError('SAGE_208', where, `'${path}' is not a parameter`);
  const problem = checkValue(leaf, value);
  if (problem !== null) throw new SageError('SAGE_208', where, `${path}: ${problem.text}`);
}

/** Whether a replay is to make this fault stand: what a sensor sent wrong is in the bag itself. */
export function isFaultOfNone(source: string): boolean {
  return !SENSED.has(source);
}

/** All inputs of a bag: there are few. */
export function recordedInputs(bag: Bag, topic: BagTopic, complain: Complain): RecordedInput[] {
  const read = unrepeated(inputReader(topic, complain));
  const found: RecordedInput[] = [];
  for (const { data, time_ms } of bag.read({ topics: new Set([topic.topic]) })) {
    const input = read(data);
    const stamp_ms = timeIn(data);
    if (input !== null && stamp_ms !== null)
      found.push({ input, stamp_ms, time_ms, data: new Uint8Array(data) });
  }
  return found;
}

/**
 * What of the inputs before a moment still counts then, in their order: goals that are not over, a stop that was not
 * taken back, the emergency stop, faults that stand, and all that changed. A recorder that begins late is told of them.
 */
export function standingAt(inputs: readonly RecordedInput[], begin_ms: number): RecordedInput[] {
  const before = inputs.filter(({ stamp_ms }) => stamp_ms < begin_ms);
  const over = new Set(before.flatMap(({ input }) => (input.kind === 'ended' ? [input.goal_id] : [])));
  const lastOf = new Map(before.map((each, index) => [seatOf(each.input), index]));
  return before.filter(({ input }, index) => {
    if (input.kind === 'ended') return false;
    if (input.kind === 'said' && input.reading.kind === 'goal') return !over.has(input.reading.goal_id);
    const seat = seatOf(input);
    if (seat === null) return input.kind === 'change';
    return lastOf.get(seat) === index && !isGone(input);
  });
}

/** Inputs of one seat take the place of each other; null for those that do not, or are of a moment alone. */
function seatOf(input: RunInput): string | null {
  if (input.kind === 'fault') return `fault ${input.source}`;
  if (input.kind === 'change') return input.change.kind === 'lifecycle' ? 'lifecycle' : null;
  if (input.kind !== 'said') return null;
  const { reading } = input;
  if (reading.kind === 'emergency_stop') return 'emergency_stop';
  return reading.kind === 'operator' && (reading.request === 'stop' || reading.request === 'resume')
    ? 'stop'
    : null;
}

function isGone(input: RunInput): boolean {
  if (input.kind === 'fault') return input.fault === null;
  return input.kind === 'said' && input.reading.kind === 'operator' && input.reading.request === 'resume';
}
