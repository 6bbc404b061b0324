import { SageError } from '../../contracts/errors.js';
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
/** Stamps that are looked at to tell which time they are in, and messages that are read for it at most. */
const STAMPS_MAX = 200;
const LOOKED_AT_MAX = 5000;
/**
 * The share of a period by which the clock may be early for its cycle: readings that come at the rate of the cycles
 * would, jittering, be just too early every other time.
 */
const EARLY = 0.25;

/** Where a run takes its time from: a bag's own record of when messages came, or the /clock that is in the bag. */
export interface TimeBase {
  /** The bag's /clock where it counts, null where the times of recording do. */
  readonly clock: BagTopic | null;
  /** What /clock says first, ms; 0 without it. Until then the time stands there. */
  readonly first_ms: number;
  /** To be told where it is not that of recording. */
  readonly notice: string | null;
}

/** The times of recording. */
export const RECORDED_TIME: TimeBase = { clock: null, first_ms: 0, notice: null };

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
 * while it notes the time of the wall; a robot would hear such a bag with `use_sim_time`.
 * @throws SageError SAGE_901 where /clock is asked for and is not there; what reading the bag throws
 */
export function timeBaseOf(options: TimeBaseOptions): TimeBase {
  const { bag, remap, wanted, start_ms, end_ms } = options;
  if (wanted === false) return RECORDED_TIME;
  const clock = bag.topics.find(
    ({ topic, type }) => (remap.get(topic) ?? topic) === CLOCK && type === CLOCK_TYPE,
  );
  const first_ms = clock === undefined ? null : firstOf(readingsOf(bag, clock, { start_ms, end_ms }));
  if (clock === undefined || first_ms === null) {
    if (wanted === null) return RECORDED_TIME;
    const told =
      clock === undefined ? `the bag has no ${CLOCK} (${CLOCK_TYPE})` : `${clock.topic} says nothing`;
    throw new SageError('SAGE_901', '--use-sim-time true', told);
  }
  const votes = wanted === null ? votesOf(options, clock, first_ms) : null;
  if (votes !== null && votes.clock <= votes.recorded) return RECORDED_TIME;
  const notice = `time is that of ${clock.topic} in the bag, as with use_sim_time; --use-sim-time false: of recording`;
  return { clock, first_ms, notice };
}

/** How many stamps fit one of the two times alone. */
function votesOf(
  { bag, topics, start_ms, end_ms }: TimeBaseOptions,
  clock: BagTopic,
  first_ms: number,
): { clock: number; recorded: number } {
  const stamped = topics.filter(({ type }) => STAMPED.has(type)).map(({ topic }) => topic);
  const votes = { clock: 0, recorded: 0 };
  let [now_ms, stamps, read] = [first_ms, 0, 0];
  for (const { topic, time_ms, data } of bag.read({
    topics: new Set([...stamped, clock.topic]),
    start_ms,
    end_ms,
  })) {
    read += 1;
    const told_ms = timeIn(data);
    if (topic.topic === clock.topic) now_ms = told_ms ?? now_ms;
    else if (told_ms !== null && told_ms !== 0) {
      stamps += 1;
      const [fitsClock, fitsRecorded] = [fits(told_ms, now_ms), fits(told_ms, time_ms)];
      if (fitsClock && !fitsRecorded) votes.clock += 1;
      if (fitsRecorded && !fitsClock) votes.recorded += 1;
    }
    if (stamps >= STAMPS_MAX || read >= LOOKED_AT_MAX) break;
  }
  return votes;
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
 * slow there are fewer cycles, as with use_sim_time; where it jumps back the cycles begin anew from there, at once.
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
