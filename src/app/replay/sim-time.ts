import { SageError } from '../../contracts/errors.js';
import { span } from '../../contracts/readable.js';
import type { Bag, BagTopic, ReadOptions } from '../../replay/bag.js';
import { CdrError, CdrReader } from '../../ros/cdr-reader.js';
import { FUTURE_MAX_MS, PAST_MAX_MS, stampToMs } from '../../ros/stamps.js';

const CLOCK = '/clock';
const CLOCK_TYPE = 'rosgraph_msgs/msg/Clock';
/** Messages that begin with a std_msgs/Header and are stamped as they are made. */
const STAMPED: ReadonlySet<string> = new Set([
  'sensor_msgs/msg/Image',
  'sensor_msgs/msg/CompressedImage',
  'sensor_msgs/msg/CameraInfo',
  'sensor_msgs/msg/JointState',
  'sensor_msgs/msg/BatteryState',
]);
/** Stamps that are looked at to tell which time they are in: without and with a /clock beside them. */
const STAMPS = { alone: 20, beside_clock: 200 } as const;
/** Messages that are read for it at most. */
const LOOKED_AT_MAX = 5000;
/**
 * The share of a period by which the clock may be early for its cycle: readings that come at the rate of the cycles
 * would, jittering, be just too early every other time.
 */
const EARLY = 0.25;

/**
 * Where a run takes its time from: when messages were recorded, the /clock that is in the bag, or, for a bag whose
 * stamps fit neither, the times of recording moved to where the stamps are.
 */
export interface TimeBase {
  readonly kind: 'recorded' | 'simulated' | 'moved';
  /** The bag's /clock where it counts, null where the times of recording do. */
  readonly clock: BagTopic | null;
  /** What /clock says first, ms; 0 without it. Until then the time stands there. */
  readonly first_ms: number;
  /** What is added to the times of recording, ms. */
  readonly offset_ms: number;
  /** To be reported if it is not recording time. */
  readonly notice: string | null;
}

/** The times of recording. */
export const RECORDED_TIME: TimeBase = {
  kind: 'recorded',
  clock: null,
  first_ms: 0,
  offset_ms: 0,
  notice: null,
};

export interface TimeBaseOptions {
  readonly bag: Bag;
  /** Those of the bag that are heard; of these the stamped ones are looked at. */
  readonly topics: readonly BagTopic[];
  /** Names in the bag to the names they are given. */
  readonly remap: ReadonlyMap<string, string>;
  /** As the user says; null = by the stamps of the messages. */
  readonly wanted: boolean | null;
  readonly start_ms: number;
  readonly end_ms: number;
}

/**
 * Which time the messages of a bag are stamped in. A bag that was recorded beside a simulation has stamps in its time,
 * while it notes the time of the wall; a robot would hear such a bag with `use_sim_time`. One that was recorded from
 * another recording, or on a robot whose clock was off, has stamps that are off by the same time throughout.
 * @throws SageError SAGE_901 where /clock is asked for and is not there; what reading the bag throws
 */
export function timeBaseOf(options: TimeBaseOptions): TimeBase {
  const { bag, wanted, start_ms, end_ms } = options;
  if (wanted === false) return RECORDED_TIME;
  const clock = clockOf(options);
  const first_ms = clock === null ? null : firstOf(readingsOf(bag, clock, { start_ms, end_ms }));
  if (wanted === true && first_ms === null) {
    const told =
      clock === null ? `the bag has no ${CLOCK} (${CLOCK_TYPE})` : `${clock.topic} has no messages`;
    throw new SageError('SAGE_901', '--use-sim-time true', told);
  }
  if (wanted === null) {
    const votes = votesOf(options, clock, first_ms ?? 0);
    if (first_ms === null || votes.clock <= votes.recorded)
      return votes.recorded > 0 ? RECORDED_TIME : movedBy(votes);
  }
  if (clock === null || first_ms === null) return RECORDED_TIME;
  const notice = `time comes from ${clock.topic} in the bag, as with use_sim_time; --use-sim-time false uses the recording time`;
  return { kind: 'simulated', clock, first_ms, offset_ms: 0, notice };
}

function clockOf({ bag, remap }: TimeBaseOptions): BagTopic | null {
  const named = ({ topic }: BagTopic): boolean => (remap.get(topic) ?? topic) === CLOCK;
  return bag.topics.find((topic) => named(topic) && topic.type === CLOCK_TYPE) ?? null;
}

/** What the stamps at the beginning of a bag say about its time. */
interface Votes {
  /** How many fit one of the two times. */
  readonly clock: number;
  readonly recorded: number;
  /** By how much they are before the time of recording, ms, least and most; infinite without a stamp. */
  readonly least_ms: number;
  readonly most_ms: number;
}

function votesOf(
  { bag, topics, start_ms, end_ms }: TimeBaseOptions,
  clock: BagTopic | null,
  first_ms: number,
): Votes {
  const stamped = topics.filter(({ type }) => STAMPED.has(type)).map(({ topic }) => topic);
  const stamps_max = clock === null ? STAMPS.alone : STAMPS.beside_clock;
  const heard = new Set(clock === null ? stamped : [...stamped, clock.topic]);
  let [byClock, byRecorded, least_ms, most_ms] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [now_ms, stamps, read] = [first_ms, 0, 0];
  for (const { topic, time_ms, data } of bag.read({ topics: heard, start_ms, end_ms })) {
    read += 1;
    const told_ms = timeIn(data);
    if (topic.topic === clock?.topic) now_ms = told_ms ?? now_ms;
    else if (told_ms !== null && told_ms !== 0) {
      stamps += 1;
      if (clock !== null && fits(told_ms, now_ms)) byClock += 1;
      if (fits(told_ms, time_ms)) byRecorded += 1;
      least_ms = Math.min(least_ms, time_ms - told_ms);
      most_ms = Math.max(most_ms, time_ms - told_ms);
    }
    if (stamps >= stamps_max || read >= LOOKED_AT_MAX) break;
  }
  return { clock: byClock, recorded: byRecorded, least_ms, most_ms };
}

/** The times of recording, moved so that the stamp that came soonest came at once; unmoved where stamps differ more. */
function movedBy({ least_ms, most_ms }: Votes): TimeBase {
  if (!Number.isFinite(least_ms) || most_ms - least_ms > PAST_MAX_MS) return RECORDED_TIME;
  const [amount, side] = [span(Math.abs(least_ms)), least_ms > 0 ? 'before' : 'after'];
  const notice =
    `stamps are ${amount} ${side} the recording time, so time is shifted to match them; ` +
    '--use-sim-time false keeps the recording time and rejects such stamps';
  // Whole ms: what is added can be read, and costs no digits.
  return { kind: 'moved', clock: null, first_ms: 0, offset_ms: -Math.floor(least_ms), notice };
}

/** As the sensing blocks judge stamps. */
function fits(stamp_ms: number, now_ms: number): boolean {
  return stamp_ms <= now_ms + FUTURE_MAX_MS && stamp_ms >= now_ms - PAST_MAX_MS;
}

/** The time with which a message begins, ms: that of a Clock, or the stamp of a Header; null where there is none. */
export function timeIn(data: Uint8Array): number | null {
  try {
    const reader = new CdrReader(data);
    return stampToMs({ sec: reader.int32(), nanosec: reader.uint32() });
  } catch (thrown) {
    if (!(thrown instanceof CdrError)) throw thrown;
    return null;
  }
}

/** What /clock says, ms, as it comes in the bag. */
export function* readingsOf(bag: Bag, clock: BagTopic, range: ReadOptions): Generator<number> {
  for (const { data } of bag.read({ ...range, topics: new Set([clock.topic]) })) {
    const now_ms = timeIn(data);
    if (now_ms !== null) yield now_ms;
  }
}

/**
 * The readings of a clock at which a cycle is due: the first one in each period. Where the clock stands still or is
 * slow there are fewer cycles, as with use_sim_time; if it jumps back, cycles restart from there at once.
 */
export function* cyclesOf(readings: Iterable<number>, period_ms: number): Generator<number> {
  let begin_ms = 0;
  let done = -1;
  let last_ms = Number.POSITIVE_INFINITY;
  for (const now_ms of readings) {
    if (now_ms < last_ms) {
      begin_ms = now_ms;
      done = -1;
    }
    last_ms = now_ms;
    const period = Math.floor((now_ms - begin_ms) / period_ms + EARLY);
    if (period <= done) continue;
    done = period;
    yield now_ms;
  }
}

function firstOf(readings: Generator<number>): number | null {
  const { value, done } = readings.next();
  readings.return(undefined);
  return done === true ? null : value;
}
