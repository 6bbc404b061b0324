import { SageError } from '../../contracts/errors.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import type { Bag } from '../../replay/bag.js';
import type { OpenLog } from '../../replay/log-reader.js';
import type { Moment } from './offline.js';
import { cyclesOf, readingsOf, type TimeBase } from './sim-time.js';

/** The part of a bag, or of a log, that is asked for. */
interface Part {
  readonly start_s: number;
  readonly duration_s: number | null;
}

/** What the moments of a run follow from. */
export interface Schedule {
  readonly request: Part;
  readonly parameters: Parameters;
  readonly followed: OpenLog | null;
  readonly bag: Bag | null;
  /** The part, ms since the epoch, in the time of recording. */
  readonly start_ms: number;
  readonly end_ms: number;
  readonly time: TimeBase;
  /** The first cycle, in the time of the run, where that does not come with /clock or a log. */
  readonly first_ms: number;
}

/** The cycles of the log that is followed; else one every period from the start on, or as the bag's clock goes. */
export async function* momentsOf(schedule: Schedule): AsyncGenerator<Moment> {
  const { bag, followed, parameters, start_ms, end_ms, time, first_ms } = schedule;
  if (followed !== null) {
    yield* momentsOfLog(followed, schedule);
    return;
  }
  const period_ms = 1000 / parameters.kernel.rate_hz;
  if (bag !== null && time.clock !== null) {
    const readings = readingsOf(bag, time.clock, { start_ms, end_ms });
    for (const now_ms of cyclesOf(readings, period_ms)) yield { now_ms, entry: null };
    return;
  }
  for (let cycle = 0; ; cycle++) {
    const now_ms = dueOf(cycle, first_ms, period_ms);
    if (now_ms > end_ms + time.offset_ms) return;
    yield { now_ms, entry: null };
  }
}

/** A log in simulation time has its own start, and may restart. */
async function* momentsOfLog(followed: OpenLog, { request, end_ms, time }: Schedule): AsyncGenerator<Moment> {
  let last_ms = time.clock === null ? end_ms + time.offset_ms : null;
  for await (const entry of followed.entries()) {
    const { now_ms } = entry.cycle;
    last_ms ??= request.duration_s === null ? Number.POSITIVE_INFINITY : now_ms + request.duration_s * 1000;
    if (now_ms > last_ms) return;
    yield { now_ms, entry };
  }
}

/**
 * When the first cycle is due that is not before `begin_ms`: where a run is known, one of its own cycles, since the phase
 * of the cycles decides what each of them finds.
 */
export function firstOf(begin_ms: number, end_ms: number, run_ms: number | null, period_ms: number): number {
  if (run_ms === null || run_ms > end_ms) return begin_ms;
  return dueOf(Math.max(0, Math.ceil((begin_ms - run_ms) / period_ms)), run_ms, period_ms);
}

/** A whole number of periods after the start, to a microsecond: sums of periods would drift. */
export function dueOf(cycle: number, start_ms: number, period_ms: number): number {
  return start_ms + Math.round(cycle * period_ms * 1000) / 1000;
}

/**
 * The part of the bag that is asked for, ms since the epoch; with a log that is followed, that of the log.
 * @throws SageError SAGE_901
 */
export function rangeOf(
  bag: Bag | null,
  followed: OpenLog | null,
  { start_s, duration_s }: Part,
): { start_ms: number; end_ms: number } {
  if (followed !== null && start_s > 0) {
    throw new SageError(
      'SAGE_901',
      `--start ${start_s}`,
      'not available with --from: a log is followed from its start',
    );
  }
  const whole = followed?.header.bag ?? bag;
  const first_ms = whole?.start_ms ?? 0;
  const last_ms = whole?.end_ms ?? Number.POSITIVE_INFINITY;
  const start_ms = first_ms + start_s * 1000;
  if (start_ms > last_ms) {
    const length_s = ((last_ms - first_ms) / 1000).toFixed(3);
    throw new SageError('SAGE_901', `--start ${start_s}`, `the bag is ${length_s} s long`);
  }
  return {
    start_ms,
    end_ms: duration_s === null ? last_ms : Math.min(last_ms, start_ms + duration_s * 1000),
  };
}
