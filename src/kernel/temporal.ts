import type { StandingGoal } from '../contracts/goal.js';
import type { AnyReading } from '../contracts/observation.js';
import type { Observations } from './latest-buffers.js';

/** Every eighth cycle is sampled: the rate is that of about the last 256. */
const RATE_SAMPLE_EVERY = 8;
const RATE_SAMPLES_MAX = 32;

interface RateSample {
  readonly cycle: number;
  readonly now_ms: number;
}

/**
 * The node's time, as one cycle leaves it to the next.
 *
 * The kernel runs on a monotonic time of its own: the clock's reading plus `offset_ms`. When the clock jumps
 * back (a looped bag, a restarted simulation), the offset grows by the jump, so that all ages, deadlines and
 * durations continue.
 */
export interface TemporalState {
  readonly cycle: number;
  /** Monotonic kernel time, ms. */
  readonly now_ms: number;
  /** Clock reading, ms: for everything that leaves the kernel. */
  readonly clock_ms: number;
  /** now_ms − clock_ms. */
  readonly offset_ms: number;
  /** Time since the previous cycle, s; 0 in the first cycle and after a jump back. */
  readonly dt_s: number;
  /** Cycles that started at least one full period late. */
  readonly overruns: number;
  /** How often the clock jumped back. */
  readonly jumps_back: number;
  /** Consecutive cycles in which the clock has not moved. */
  readonly stalled_cycles: number;
  /** How far it jumped back in this cycle, ms; 0 if it did not. */
  readonly jump_ms: number;
  /** Samples to measure the rate from, at most 32, newest last. */
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
 * Advances time by one cycle. If the clock jumps back, kernel time stands still for this cycle and then
 * continues. Gaps are capped at ten periods, so that a suspended machine does not wake up to one huge step.
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

/** Recent cycle rate, Hz; null before the second cycle, or while time stands still. */
export function rateOf({ cycle, now_ms, rate_samples }: TemporalState): number | null {
  const first = rate_samples[0];
  const elapsed_ms = first === undefined ? 0 : now_ms - first.now_ms;
  return first !== undefined && elapsed_ms > 0 ? ((cycle - first.cycle) * 1000) / elapsed_ms : null;
}

/**
 * The drained readings with their stamps in kernel time. A reading received later than the clock now reads
 * was received before the jump of this cycle: it keeps the previous offset.
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

/** Goals with their deadlines in clock time, for everything outside the kernel. */
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
