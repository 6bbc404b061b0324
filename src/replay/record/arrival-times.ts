import { headerStamp_ns } from './header-stamp.js';

/** For how long a delay counts as the least, at least; twice as long at most, ms. */
const WINDOW_MS = 5000;

/**
 * When the messages of a topic came that waited until they were taken. They came after the queue was emptied before, and
 * before it was emptied now; where between, their stamps say: a topic's messages are on their way for about as long as
 * the fastest of late. Messages without a stamp count as having come when they were taken.
 */
export class ArrivalTimes {
  private begun_ms = Number.NEGATIVE_INFINITY;
  private least_ms = Number.POSITIVE_INFINITY;
  private least_before_ms = Number.POSITIVE_INFINITY;

  /**
   * @param messages taken in one go, in their order
   * @param from_ms when the queue was empty
   * @param until_ms when they had been taken
   * @returns a time for each, within these two and in their order, ms
   */
  of(messages: readonly Uint8Array[], from_ms: number, until_ms: number): number[] {
    this.moveOn(until_ms);
    const stamps_ms = messages.map(stamp_ms);
    for (const stamp_ms of stamps_ms)
      if (stamp_ms !== null) this.least_ms = Math.min(this.least_ms, until_ms - stamp_ms);
    const delay_ms = Math.min(this.least_ms, this.least_before_ms);
    // A clock that was set back: nothing lies between.
    let last_ms = Math.min(from_ms, until_ms);
    return stamps_ms.map((stamp_ms) => {
      const at_ms = stamp_ms === null ? until_ms : stamp_ms + delay_ms;
      last_ms = Math.min(until_ms, Math.max(last_ms, at_ms));
      return last_ms;
    });
  }

  private moveOn(now_ms: number): void {
    if (Math.abs(now_ms - this.begun_ms) < WINDOW_MS) return;
    this.begun_ms = now_ms;
    this.least_before_ms = this.least_ms;
    this.least_ms = Number.POSITIVE_INFINITY;
  }
}

function stamp_ms(message: Uint8Array): number | null {
  const stamp_ns = headerStamp_ns(message);
  return stamp_ns === null ? null : stamp_ns / 1e6;
}
