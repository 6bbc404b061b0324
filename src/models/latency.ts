/** Four buckets per doubling from 0.05 ms: relative error below a tenth, up to 0.05 · 2^(79/4) ms ≈ 44 s. */
const BUCKETS = 80;
const FIRST_MS = 0.05;
const PER_DOUBLING = 4;

export interface LatencySummary {
  readonly count: number;
  readonly mean_ms: number | null;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
  readonly max_ms: number | null;
}

/** Durations in logarithmic buckets: bounded memory whatever the run lasts. */
export class LatencyHistogram {
  private readonly counts = new Uint32Array(BUCKETS);
  private count = 0;
  private sum_ms = 0;
  private max_ms = 0;

  add(duration_ms: number): void {
    const index = Math.ceil(Math.log2(Math.max(duration_ms, FIRST_MS) / FIRST_MS) * PER_DOUBLING);
    const bucket = Math.min(BUCKETS - 1, index);
    this.counts[bucket] = this.counts[bucket]! + 1;
    this.count += 1;
    this.sum_ms += duration_ms;
    this.max_ms = Math.max(this.max_ms, duration_ms);
  }

  /** Upper edge of the bucket in which the share lies, at most the largest that was seen; null when empty. */
  quantile_ms(share: number): number | null {
    if (this.count === 0) return null;
    const rank = Math.max(1, Math.ceil(share * this.count));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.counts[bucket]!;
      if (seen >= rank) return Math.min(FIRST_MS * 2 ** (bucket / PER_DOUBLING), this.max_ms);
    }
    return this.max_ms;
  }

  /** Upper bucket edges in ms with their counts, without the empty ones. */
  buckets(): readonly { readonly up_to_ms: number; readonly count: number }[] {
    return Array.from(this.counts, (count, bucket) => ({
      up_to_ms: FIRST_MS * 2 ** (bucket / PER_DOUBLING),
      count,
    })).filter((bucket) => bucket.count > 0);
  }

  summary(): LatencySummary {
    const some = this.count > 0;
    return {
      count: this.count,
      mean_ms: some ? this.sum_ms / this.count : null,
      p50_ms: this.quantile_ms(0.5),
      p95_ms: this.quantile_ms(0.95),
      p99_ms: this.quantile_ms(0.99),
      max_ms: some ? this.max_ms : null,
    };
  }
}
