import { upperMedian } from '../../kernel/order-statistics.js';

/** Gaps between stamps from which the publisher's own period is taken: more than a burst of frames has. */
const WINDOW = 61;
/** So many gaps in a row, equal within the ratio and longer than the period, are a new and slower rate. */
const NEW_RATE = 9;
const EQUAL_RATIO = 1.25;
const SLOWER_RATIO = 1.5;
/** A gap longer than this is a pause of the publisher, not frames lost on the way, ms. */
const PAUSE_MS = 5000;
/** Gaps needed before any is counted. */
const WARMUP = 5;
/** How far a gap may be from a multiple of the period, and what share of the gaps must be that near. */
const NEAR = 0.2;
const SHARE = 0.7;
/** A gap of more periods than this says nothing about them: any gap is near some multiple of a short period. */
const MULTIPLE_MAX = 4;
/** The median gap is at most this many periods long: up to two of three frames may be lost. */
const PERIODS_MAX = 3;
/** Frames after which time that was not made up for counts as lost frames; longer than a new rate takes. */
const PATIENCE = 10;
/** A gap shorter than this share of the period makes up for a longer one. */
const CATCHING_UP = 0.7;
/** What is left per frame of a fraction of a period: the estimate of the period is never exact. */
const LEAK = 0.8;

/**
 * Counts frames that were sent and never came, from the stamps alone, by the publisher's own rate. Frames that are
 * only late are not lost: gaps after them are as much shorter.
 */
export class FrameLoss {
  private readonly gaps: number[] = [];
  private last_ms: number | null = null;
  /** Periods by which the stamps are behind the frames that came. */
  private behind = 0;
  /** For how many frames they have been behind. */
  private waited = 0;
  private received_count = 0;
  private lost_count = 0;

  /** Takes the stamp of a frame that came. */
  count(stamp_ms: number): void {
    this.received_count += 1;
    const gap_ms = this.last_ms === null ? 0 : stamp_ms - this.last_ms;
    this.last_ms = stamp_ms;
    if (!(gap_ms > 0 && gap_ms <= PAUSE_MS)) {
      this.behind = 0;
      return;
    }
    this.gaps.push(gap_ms);
    if (this.gaps.length > WINDOW) this.gaps.shift();
    const period_ms = this.period_ms;
    if (period_ms === null) return;
    if (this.isSlower(period_ms)) this.beginAnew();
    else this.settle(gap_ms, period_ms);
  }

  /**
   * The publisher's period as estimated, ms; null before enough frames came: the median gap, or the fraction of it
   * of which nearly all gaps are multiples and some are one, as they are where many frames are lost; the mean where
   * the gaps follow no period, since they make up for each other.
   */
  get period_ms(): number | null {
    if (this.gaps.length < WARMUP) return null;
    const median = upperMedian(Float64Array.from(this.gaps), this.gaps.length);
    const shortest = Math.min(...this.gaps);
    for (let periods = 1; periods <= PERIODS_MAX; periods++) {
      const period_ms = median / periods;
      if (periods > 1 && shortest > SLOWER_RATIO * period_ms) break;
      let near = 0;
      for (const gap of this.gaps) {
        const count = Math.round(gap / period_ms);
        if (count >= 1 && count <= MULTIPLE_MAX && Math.abs(gap / period_ms - count) <= NEAR) near += 1;
      }
      if (near >= SHARE * this.gaps.length) return period_ms;
    }
    return this.gaps.reduce((sum, gap) => sum + gap, 0) / this.gaps.length;
  }

  get received(): number {
    return this.received_count;
  }

  /** Settled a few frames late, when it is clear that they were not only delayed. */
  get lost(): number {
    return this.lost_count;
  }

  private isSlower(period_ms: number): boolean {
    const recent = this.gaps.slice(-NEW_RATE);
    const shortest = Math.min(...recent);
    const longest = Math.max(...recent);
    return (
      recent.length === NEW_RATE && longest <= EQUAL_RATIO * shortest && shortest >= SLOWER_RATIO * period_ms
    );
  }

  private beginAnew(): void {
    this.gaps.splice(0, this.gaps.length - NEW_RATE);
    this.behind = 0;
    this.waited = 0;
  }

  private settle(gap_ms: number, period_ms: number): void {
    this.behind += gap_ms / period_ms - 1;
    if (this.behind < 0.5) {
      this.behind = Math.max(0, this.behind * LEAK);
      this.waited = 0;
      return;
    }
    // While frames come faster than the period, the publisher is still making up for a pause.
    if (gap_ms >= CATCHING_UP * period_ms) this.waited += 1;
    if (this.waited < PATIENCE) return;
    const lost = Math.round(this.behind);
    this.lost_count += lost;
    this.behind -= lost;
    this.waited = 0;
  }
}
