/** Lags of the autocorrelation, in readings. The longest period found is one less. */
const LAGS_MAX = 256;
/** Shorter periods change too fast between two readings to be resolved. */
const LAGS_MIN = 8;
/** Time constant of the finder's exponential forgetting, in readings. */
const MEMORY = 600;
/** The correlation is searched for peaks every this many readings. */
const LOOK_EVERY = 16;
/** A source is periodic if this share of its variance recurs after one period. */
const CORRELATED = 0.6;
/** The first peak within this share of the highest is the period; the higher ones are its multiples. */
const NEAR_HIGHEST = 0.85;
const INTERVAL_RATE = 0.02;
/**
 * After this many readings an outlier is clipped to a multiple of the usual deviation: a hand is not a
 * period.
 */
const FIRST_READINGS = 16;
const CLIP = 4;

/**
 * Finds the period of a source from its embeddings: the autocorrelation, with exponential forgetting, of
 * their projection on a fixed pseudo-random direction, over 256 lags. Costs one multiplication per lag and
 * reading, whatever the dimension.
 */
export class PeriodFinder {
  /** The period, ms; null for a source that is not periodic. */
  period_ms: number | null = null;
  /** Typical interval between readings, ms. */
  interval_ms = 0;
  private readonly past = new Float64Array(LAGS_MAX + 1);
  private readonly products = new Float64Array(LAGS_MAX + 1);
  private readonly last_seen: Float32Array;
  private readonly direction: Float32Array;
  /** Variance of the projection that noise alone produces. */
  private readonly noise: number;
  private level = 0;
  private readings = 0;
  private last_ms = Number.NaN;

  /** @param spread_floor smaller variations, per element, count as noise */
  constructor(dimension: number, spread_floor: number) {
    this.last_seen = new Float32Array(dimension);
    // The mean square of the direction's elements is 1/12.
    this.noise = spread_floor * Math.sqrt(dimension / 12);
    this.direction = Float32Array.from({ length: dimension }, (_, index) => hashedUniform(index) - 0.5);
  }

  update(embedding: Float32Array, weights: Float32Array | null, now_ms: number): void {
    const passed_ms = now_ms - this.last_ms;
    this.last_ms = now_ms;
    if (passed_ms > 0 && passed_ms < 60_000) {
      const rate = this.interval_ms === 0 ? 1 : INTERVAL_RATE;
      this.interval_ms += rate * (passed_ms - this.interval_ms);
    }
    const value = this.project(embedding, weights);
    this.readings++;
    if (this.readings === 1) this.level = value;
    const usual = Math.sqrt(this.products[0]! / Math.min(this.readings, MEMORY));
    const bound =
      this.readings <= FIRST_READINGS ? Number.POSITIVE_INFINITY : CLIP * Math.max(usual, this.noise);
    const away = Math.max(-bound, Math.min(bound, value - this.level));
    this.level += Math.max(1 / this.readings, 1 / LAGS_MAX) * away;
    this.correlate(away);
    if (this.readings % LOOK_EVERY === 0) this.findPeak();
  }

  /** Hidden elements keep the value last seen, so that occlusion does not look like change. */
  private project(embedding: Float32Array, weights: Float32Array | null): number {
    const { last_seen, direction } = this;
    let sum = 0;
    for (let index = 0; index < last_seen.length; index++) {
      const value = embedding[index]!;
      if (value - value === 0 && (weights === null || weights[index]! > 0)) last_seen[index] = value;
      sum += direction[index]! * last_seen[index]!;
    }
    return sum;
  }

  private correlate(value: number): void {
    const { past, products } = this;
    const keep = 1 - 1 / MEMORY;
    const size = past.length;
    const head = this.readings % size;
    past[head] = value;
    for (let lag = 0; lag <= head; lag++) products[lag] = keep * products[lag]! + value * past[head - lag]!;
    for (let lag = head + 1; lag < size; lag++)
      products[lag] = keep * products[lag]! + value * past[head - lag + size]!;
  }

  private findPeak(): void {
    const { products } = this;
    const longest = Math.min(LAGS_MAX - 1, Math.floor(this.readings / 3));
    const whole = products[0]!;
    this.period_ms = null;
    if (!(whole > 0) || !Number.isFinite(whole)) return;
    let lag = 1;
    while (lag < longest && products[lag]! > 0.5 * CORRELATED * whole) lag++;
    let highest = 0;
    for (let at = lag; at < longest; at++) if (this.isPeak(at)) highest = Math.max(highest, products[at]!);
    if (highest < CORRELATED * whole) return;
    while (!this.isPeak(lag) || products[lag]! < NEAR_HIGHEST * highest) lag++;
    if (lag < LAGS_MIN) return;
    const [before, here, after] = [products[lag - 1]!, products[lag]!, products[lag + 1]!];
    const bend = before - 2 * here + after;
    this.period_ms = (lag + (bend < 0 ? (0.5 * (before - after)) / bend : 0)) * this.interval_ms;
  }

  private isPeak(lag: number): boolean {
    const { products } = this;
    return products[lag]! >= products[lag - 1]! && products[lag]! > products[lag + 1]!;
  }
}

/** Deterministic pseudo-random number 0..1 per index (finalizer of MurmurHash3). */
function hashedUniform(index: number): number {
  let mixed = index + 1;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}
