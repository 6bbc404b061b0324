import type { StandingGoal } from '../contracts/goal.js';
import type { AnyReading } from '../contracts/observation.js';
import type { Observations } from './latest-buffers.js';

/** The time of every eighth cycle is kept, as often as this: the rate is that of about the last 256. */
const RATE_SAMPLE_EVERY = 8;
const RATE_SAMPLES_MAX = 32;

/** When a cycle was. */
interface RateSample {
  readonly cycle: number;
  readonly now_ms: number;
}

/**
 * The node's sense of time, as one cycle leaves it to the next.
 *
 * The mind lives in a time of its own that never goes back: the clock's reading plus `offset_ms`. When the clock jumps
 * back (a bag that loops, a simulation that starts again) the offset grows by the jump, so that everything the mind
 * has noted, ages, deadlines, durations, goes on from where it stood.
 */
export interface TemporalState {
  readonly cycle: number;
  /** The mind's own time, ms; never less than in the cycle before. */
  readonly now_ms: number;
  /** What the clock says, ms: for everything that leaves the kernel. */
  readonly clock_ms: number;
  /** now_ms − clock_ms. */
  readonly offset_ms: number;
  /** Since the cycle before; 0 in the first cycle and after a jump back. */
  readonly dt_s: number;
  /** Cycles that began a whole period late or more. */
  readonly overruns: number;
  /** How often the clock jumped back. */
  readonly jumps_back: number;
  /** Cycles in a row in which the clock has not moved. */
  readonly stalled_cycles: number;
  /** By how much it jumped back in this cycle, ms; 0 = it did not. */
  readonly jump_ms: number;
  /** Cycles to measure the rate from, at most 32, the newest last. */
  readonly rate_samples: readonly RateSample[];
}

export const initialTime: TemporalState = {
  cycle: 0,
  now_ms: 0,
  clock_ms: 0,
  offset_ms: 0,
  dt_s: 0,
  overruns: 0,
  jumps_back: 0,
  stalled_cycles: 0,
  jump_ms: 0,
  rate_samples: [],
};

/**
 * Advances time by one cycle. Where the clock jumps back, the mind's time stands still for this cycle and then goes
 * on. A gap is bounded to ten periods, so that a suspended machine does not wake up to one huge step.
 */
export function tick(before: TemporalState, clock_ms: number, period_ms: number): TemporalState {
  const first = before.cycle === 0;
  const jump_ms = first ? 0 : Math.max(0, before.clock_ms - clock_ms);
  const offset_ms = before.offset_ms + jump_ms;
  const now_ms = first ? clock_ms : Math.max(before.now_ms, clock_ms + offset_ms);
  const elapsed_ms = first ? 0 : now_ms - before.now_ms;
  const cycle = before.cycle + 1;
  const marked = before.cycle % RATE_SAMPLE_EVERY === 0;
  return {
    cycle,
    now_ms,
    clock_ms,
    offset_ms,
    dt_s: Math.min(elapsed_ms, 10 * period_ms) / 1000,
    overruns: before.overruns + (elapsed_ms >= 2 * period_ms ? 1 : 0),
    jumps_back: before.jumps_back + (jump_ms > 0 ? 1 : 0),
    stalled_cycles: !first && clock_ms === before.clock_ms ? before.stalled_cycles + 1 : 0,
    jump_ms,
    rate_samples: marked
      ? [...before.rate_samples.slice(-(RATE_SAMPLES_MAX - 1)), { cycle, now_ms }]
      : before.rate_samples,
  };
}

/** Cycles per second lately; null before the second cycle, or where time stands still. */
export function rateOf({ cycle, now_ms, rate_samples }: TemporalState): number | null {
  const first = rate_samples[0];
  const elapsed_ms = first === undefined ? 0 : now_ms - first.now_ms;
  return first !== undefined && elapsed_ms > 0 ? ((cycle - first.cycle) * 1000) / elapsed_ms : null;
}

/**
 * What was drained, with its stamps in the mind's time. A reading that was received later than the clock now says came
 * before the clock jumped back in this cycle: it counts by the time from before.
 */
export function toMonotonic(drained: Observations, time: TemporalState): Observations {
  if (time.offset_ms === 0) return drained;
  const readings = drained.readings.map((reading): AnyReading => {
    const before = reading.received_ms > time.clock_ms;
    const shift_ms = before ? time.offset_ms - time.jump_ms : time.offset_ms;
    return { ...reading, stamp_ms: reading.stamp_ms + shift_ms, received_ms: reading.received_ms + shift_ms };
  });
  return { ...drained, readings };
}

/** Goals with their deadlines by the clock, for everything outside the kernel. */
export function toClockTime(
  goals: readonly StandingGoal[],
  { offset_ms }: TemporalState,
): readonly StandingGoal[] {
  if (offset_ms === 0) return goals;
  return goals.map((goal) => ({
    ...goal,
    deadline_ms: goal.deadline_ms === null ? null : goal.deadline_ms - offset_ms,
  }));
}
