/** Gaps between stamps from which the publisher's own period is taken. */
const WINDOW = 31;
/** A gap longer than this is a pause of the publisher, not frames lost on the way, ms. */
const PAUSE_MS = 5000;
/** Gaps needed before any is counted. */
const WARMUP = 5;

/**
 * Counts frames that were sent and never came, from the stamps alone. The publisher's period is the lower quartile
 * of the last gaps: even when half of the frames are lost, a quarter of the gaps is one period long.
 */
export class FrameLoss {
  private readonly gaps: number[] = [];
  private last_ms: number | null = null;
  private received_count = 0;
  private lost_count = 0;

  /** Takes the stamp of a frame that came. */
  count(stamp_ms: number): void {
    this.received_count += 1;
    const gap_ms = this.last_ms === null ? 0 : stamp_ms - this.last_ms;
    this.last_ms = stamp_ms;
    if (!(gap_ms > 0 && gap_ms <= PAUSE_MS)) return;
    this.gaps.push(gap_ms);
    if (this.gaps.length > WINDOW) this.gaps.shift();
    const period_ms = this.period_ms;
    if (period_ms !== null) this.lost_count += Math.max(0, Math.round(gap_ms / period_ms) - 1);
  }

  /** The publisher's own period as estimated, ms; null before enough frames came. */
  get period_ms(): number | null {
    if (this.gaps.length < WARMUP) return null;
    const sorted = [...this.gaps].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 4)]!;
  }

  get received(): number {
    return this.received_count;
  }

  get lost(): number {
    return this.lost_count;
  }
}
