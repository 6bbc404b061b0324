/** A bounded sample of the latest values, for percentiles of a run of any length. */
export class Sample {
  private readonly values: number[] = [];
  private next = 0;

  constructor(private readonly capacity = 4096) {}

  add(value: number): void {
    if (!Number.isFinite(value)) return;
    this.values[this.next] = value;
    this.next = (this.next + 1) % this.capacity;
  }

  /** Nearest-rank percentile of what is kept, null when nothing is. @param share 0..1 */
  percentile(share: number): number | null {
    if (this.values.length === 0) return null;
    const sorted = [...this.values].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? sorted[0] ?? null;
  }
}

/** The mean; 0 of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
