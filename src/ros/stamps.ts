import type { Clock } from '../contracts/ports.js';
import { span } from '../contracts/readable.js';
import type { Stamp } from './messages.js';

/** builtin_interfaces/Time in ms. */
export function stampToMs(stamp: Stamp): number {
  return stamp.sec * 1000 + stamp.nanosec / 1e6;
}

/** Milliseconds as builtin_interfaces/Time. */
export function msToStamp(time_ms: number): Stamp {
  const total_ms = Math.max(0, time_ms);
  let sec = Math.floor(total_ms / 1000);
  let nanosec = Math.round((total_ms - sec * 1000) * 1e6);
  if (nanosec >= 1e9) {
    sec += 1;
    nanosec -= 1e9;
  }
  return { sec, nanosec };
}

/** A duration in s as builtin_interfaces/Duration. */
export function secondsToDuration(time_s: number): Stamp {
  const sec = Math.floor(time_s);
  const nanosec = Math.round((time_s - sec) * 1e9);
  return nanosec >= 1e9 ? { sec: sec + 1, nanosec: 0 } : { sec, nanosec };
}

/** builtin_interfaces/Duration in s. */
export function durationToSeconds(duration: Stamp): number {
  return duration.sec + duration.nanosec / 1e9;
}

/** Stamps farther than this ahead of the clock are from the future: clocks of machines differ by less. */
export const FUTURE_MAX_MS = 500;
/** Stamps older than this are from the past: no buffer on the way holds data that long. */
export const PAST_MAX_MS = 10_000;

export type StampVerdict =
  | { readonly kind: 'good'; readonly stamp_ms: number }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'jumped'; readonly detail: string };

/**
 * Judges the stamps of one source. A stamp of zero means unset (ROS convention) and stands for the time of
 * arrival. A stamp that does not advance is `repeated`: not used and no fault, since staleness shows it, unless
 * the node's own clock went back too (a simulation that started again).
 */
export class StampJudge {
  private last_ms = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  judge(stamp: Stamp): StampVerdict {
    const now_ms = this.clock.now_ms();
    const given_ms = stampToMs(stamp);
    const stamp_ms = given_ms === 0 ? now_ms : given_ms;
    const ahead_ms = stamp_ms - now_ms;
    if (ahead_ms > FUTURE_MAX_MS) return jumped(`${span(ahead_ms)} ahead of the clock`);
    if (-ahead_ms > PAST_MAX_MS) return jumped(`${span(-ahead_ms)} behind the clock`);
    const clockWentBack = this.last_ms > now_ms + FUTURE_MAX_MS;
    if (stamp_ms <= this.last_ms && !clockWentBack) return { kind: 'repeated' };
    this.last_ms = stamp_ms;
    return { kind: 'good', stamp_ms };
  }
}

function jumped(detail: string): StampVerdict {
  return { kind: 'jumped', detail };
}
