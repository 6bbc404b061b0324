import { type AffineChange, COMMON_MIN_ELEMENTS, commonChange } from './common-change.js';

interface PredictorParameters {
  readonly warmup: number;
  readonly learning_rate: number;
  readonly spread_floor: number;
  readonly habituation_s: number;
}

/** An element that comes into view is tracked for this many readings before it can surprise. */
const INITIAL_READINGS = 5;
/**
 * After this many calm readings in view (or warmup, if that is less) the mean counts as established, and is
 * kept while the element is hidden.
 */
const ESTABLISHED_READINGS = 20;
/** Above this surprise a source is not calm: whatever comes into view then may belong to an intruder. */
const CALM_SURPRISE = 0.4;
/**
 * Errors beyond this many spreads do not train the predictor: a hand must not become normal within a second.
 */
const TRAIN_BELOW_SPREADS = 4;
/**
 * Learning rate of the spread relative to the mean: estimated from few readings, it would make noise
 * surprising.
 */
const SPREAD_SLOWNESS = 0.25;
/** A surprising element counts as unchanged while within this many spreads of its first surprising value. */
const UNCHANGED_SPREADS = 6;
/** A common change is fitted when this share of a channel's elements is off by more than two spreads. */
const COMMON_SHARE = 0.25;
/** No common change is exactly affine; this share of it is added to the spread of each element. */
const COMMON_TOLERANCE = 0.3;
/**
 * Surprise is computed from the largest errors: this share of the elements, at least 3 (fewer if there are
 * few).
 */
const EXTREME_SHARE = 0.015;
const EXTREME_MIN = 3;
const EXTREME_MAX = 32;
/** Midpoint and width of the logistic that maps spreads to surprise. */
const HALF_SPREADS = 4.7;
const WIDTH_SPREADS = 0.75;

/** How many of the largest errors count among n elements. */
export const extremesOf = (n: number) =>
  Math.min(EXTREME_MAX, Math.max(Math.min(EXTREME_MIN, Math.ceil(n / 8)), Math.ceil(EXTREME_SHARE * n)));

/** Surprise, 0..1, from the RMS of the largest errors in spreads: 3 → 0.09, 6 → 0.85. */
export const surpriseOf = (spreads: number) => 1 / (1 + Math.exp((HALF_SPREADS - spreads) / WIDTH_SPREADS));

/**
 * Predicts each element of an embedding and scores how surprising the current reading is.
 *
 * Each element has a running mean and variance, the latter floored by spread_floor². Its error is the
 * deviation from the mean, minus what the whole channel does in common (commonChange), in units of its
 * spread. With z the errors, surprise = 1 / (1 + exp((4.7 − r) / 0.75)), where r is the RMS of the largest z:
 * 1.5% of the elements, at least 3. A change of a few elements thus counts in full however many stay the
 * same, while noise, whose largest errors have r ≈ 3, does not.
 *
 * Only errors below 4 spreads train mean and variance, unless the element holds still for habituation_s.
 * Elements of weight 0 have no error and are tracked afresh for 5 readings when they reappear. What was
 * normal before they were hidden stays normal; what they showed for less than 20 calm readings is not normal
 * yet. So somebody who arrives while they are hidden, and then leaves, causes no second surprise. The model
 * is a mean, not a trend: steady motion stays surprising as long as it is faster than its usual spread.
 */
export class ElementPredictor {
  /** Expected value of each element. */
  readonly mean: Float64Array;
  /** 1 where the element was observable in the last reading. */
  readonly usable: Uint8Array;
  /**
   * Squared error of each element in the last reading, in spreads; 0 where there is none (hidden, new,
   * warming up).
   */
  readonly errors2: Float32Array;
  private readonly variance: Float64Array;
  /** Readings for which an element has been tracked. */
  private readonly age: Uint32Array;
  /** Expected value of an element before it was last hidden; NaN = unknown. */
  private readonly hidden_mean: Float64Array;
  /** Value and time at which an element became surprising; NaN = it is not. */
  private readonly anchor: Float64Array;
  private readonly since_ms: Float64Array;
  private readonly common: (AffineChange | null)[];
  private readonly extremes = new Float64Array(EXTREME_MAX);
  private present: Float32Array | null = null;
  private now_ms = 0;
  private readings = 0;
  private calm = true;
  private readonly established: number;
  private usual_variance = 0;

  constructor(
    readonly dimension: number,
    readonly channels: number,
    private readonly parameters: PredictorParameters,
  ) {
    this.established = Math.min(ESTABLISHED_READINGS, parameters.warmup);
    this.mean = new Float64Array(dimension);
    this.usable = new Uint8Array(dimension);
    this.errors2 = new Float32Array(dimension);
    this.variance = new Float64Array(dimension);
    this.age = new Uint32Array(dimension);
    this.hidden_mean = new Float64Array(dimension).fill(Number.NaN);
    this.anchor = new Float64Array(dimension).fill(Number.NaN);
    this.since_ms = new Float64Array(dimension);
    this.common = new Array<AffineChange | null>(channels).fill(null);
  }

  /**
   * Accepts the current scene as normal: all elements are tracked afresh from the next reading on. Spreads
   * are kept.
   */
  accept(): void {
    this.age.fill(0);
    this.hidden_mean.fill(Number.NaN);
    this.anchor.fill(Number.NaN);
  }

  /**
   * How long each patch (one group of interleaved channels) has shown what surprises in it, s; negative for a
   * patch without an error too large to train on.
   */
  surpriseDurations(): Float32Array {
    const { errors2, channels, since_ms, now_ms } = this;
    const patches = new Float32Array(this.dimension / channels).fill(-1);
    for (let index = 0; index < errors2.length; index++) {
      if (errors2[index]! <= TRAIN_BELOW_SPREADS ** 2) continue;
      const patch = Math.floor(index / channels);
      const for_s = Math.max(0, now_ms - since_ms[index]!) / 1000;
      patches[patch] = patches[patch]! < 0 ? for_s : Math.min(patches[patch]!, for_s);
    }
    return patches;
  }

  /** Accepts what these patches showed last as their expected values from the next reading on. */
  acceptPatches(patches: readonly number[]): void {
    const { present, channels } = this;
    if (present === null) return;
    for (const patch of patches) {
      for (let index = patch * channels; index < (patch + 1) * channels; index++) {
        if (this.usable[index] === 0) continue;
        this.expect(index, present[index]!);
        this.hidden_mean[index] = Number.NaN;
      }
    }
  }

  /** Sets the expected value of an element from the next reading on. */
  expect(index: number, value: number): void {
    this.mean[index] = value;
    this.anchor[index] = Number.NaN;
  }

  /** Surprise of a reading, 0..1; trains on it. Non-finite elements count as not observable. */
  score(embedding: Float32Array, weights: Float32Array | null, now_ms: number): number {
    this.present = embedding;
    this.now_ms = now_ms;
    const followed = this.markUsable(embedding, weights);
    const warm = this.readings >= this.parameters.warmup;
    if (!warm) this.readings++;
    if (warm) this.findCommonChanges(embedding);
    const count = warm ? extremesOf(followed) : 0;
    this.extremes.fill(0);
    const variances = warm ? this.updateAll(embedding, weights, now_ms, count) : this.trainAll(embedding);
    if (followed > 0) this.usual_variance = variances / followed;
    const surprise = count === 0 || followed === 0 ? 0 : surpriseOf(this.extremeSpreads(count));
    this.calm = surprise < CALM_SURPRISE;
    return surprise;
  }

  /** Trains on a reading of the warm-up; returns the sum of the variances. */
  private trainAll(embedding: Float32Array): number {
    let variances = 0;
    for (let index = 0; index < this.dimension; index++) {
      if (this.usable[index] === 0) {
        this.hideElement(index);
        continue;
      }
      const value = embedding[index]!;
      this.train(index, value, value - this.mean[index]!, 1);
      variances += this.variance[index]!;
    }
    return variances;
  }

  /**
   * Scores and trains on one reading; returns the sum of the variances. Most elements are as expected in most
   * readings; for those, `updateElement` is inlined, because a cycle has a thousand of them.
   */
  private updateAll(
    embedding: Float32Array,
    weights: Float32Array | null,
    now_ms: number,
    count: number,
  ): number {
    const { mean, variance, age, anchor, errors2, usable, extremes, calm, established } = this;
    const { learning_rate, spread_floor } = this.parameters;
    const floor2 = spread_floor * spread_floor;
    const slow_rate = SPREAD_SLOWNESS * learning_rate;
    const undisturbed = this.common.every((change) => change === null);
    let variances = 0;
    for (let index = 0; index < embedding.length; index++) {
      errors2[index] = 0;
      if (usable[index] === 0) {
        this.hideElement(index);
        continue;
      }
      const value = embedding[index]!;
      const weight = weights === null ? 1 : Math.min(1, weights[index]!);
      const held = age[index]!;
      const error = value - mean[index]!;
      const z2 = (error * error * weight * weight) / Math.max(variance[index]!, floor2);
      if (held < INITIAL_READINGS) {
        this.initialise(index, value);
      } else if (undisturbed && z2 <= TRAIN_BELOW_SPREADS ** 2) {
        errors2[index] = z2;
        if (z2 > extremes[count - 1]!) this.insertExtreme(z2, count);
        anchor[index] = Number.NaN;
        const first = 1 / (held + 1);
        const slow = weight * Math.max(slow_rate, first);
        mean[index] = mean[index]! + weight * Math.max(learning_rate, first) * error;
        variance[index] = (1 - slow) * (variance[index]! + slow * error * error);
        if ((calm || held >= established) && held < 0xffffffff) age[index] = held + 1;
      } else {
        this.updateElement(index, value, weight, now_ms, count);
      }
      variances += variance[index]!;
    }
    return variances;
  }

  private markUsable(embedding: Float32Array, weights: Float32Array | null): number {
    const { usable, dimension } = this;
    let followed = 0;
    for (let index = 0; index < dimension; index++) {
      const seen = Number.isFinite(embedding[index]!) && (weights === null || weights[index]! > 0) ? 1 : 0;
      usable[index] = seen;
      followed += seen;
    }
    return followed;
  }

  private spread2(index: number): number {
    const { spread_floor } = this.parameters;
    return Math.max(this.variance[index]!, spread_floor * spread_floor);
  }

  private updateElement(index: number, value: number, weight: number, now_ms: number, count: number): void {
    this.restoreHiddenMean(index, value, weight);
    const z2 = this.error2(index, value, this.mean[index]!, weight);
    if (z2 > TRAIN_BELOW_SPREADS ** 2 && this.age[index]! < this.established) {
      this.age[index] = 0;
      return;
    }
    this.errors2[index] = z2;
    if (z2 > this.extremes[count - 1]!) this.insertExtreme(z2, count);
    const shared = this.shared(index, this.mean[index]!);
    if (z2 <= TRAIN_BELOW_SPREADS ** 2 && !this.withinToleranceOnly(index, value, shared, weight)) {
      this.anchor[index] = Number.NaN;
      this.train(index, value, value - this.mean[index]! - shared, weight);
    } else {
      // The scene behind the surprise changes with the light, too; otherwise it would surprise when
      // uncovered.
      this.mean[index]! += this.parameters.learning_rate * shared;
      this.habituate(index, value, now_ms);
    }
  }

  /**
   * Whether a surprising element is back within limits only thanks to the tolerance of a common change. It is
   * not trained on: whatever covers the scene while the light changes must not become normal.
   */
  private withinToleranceOnly(index: number, value: number, shared: number, weight: number): boolean {
    if (Number.isNaN(this.anchor[index]!)) return false;
    const error = weight * (value - this.mean[index]! - shared);
    return error * error > TRAIN_BELOW_SPREADS ** 2 * this.spread2(index);
  }

  /** Contribution of the channel's common change to an element with expected value `mean`. */
  private shared(index: number, mean: number): number {
    const change = this.common[index % this.channels];
    return change ? (change.gain - 1) * mean + change.offset : 0;
  }

  /** Squared error against an expected value, in spreads. */
  private error2(index: number, value: number, mean: number, weight: number): number {
    const shared = this.shared(index, mean);
    const error = value - mean - shared;
    const tolerated = COMMON_TOLERANCE * shared;
    return (error * error * weight * weight) / (this.spread2(index) + tolerated * tolerated);
  }

  /**
   * What an element showed when it came out from behind the robot may have been an intruder who then leaves:
   * returning to the look it had before is no surprise. Applied once, so that the intruder surprises when it
   * comes back.
   */
  private restoreHiddenMean(index: number, value: number, weight: number): void {
    const before = this.hidden_mean[index]!;
    if (Number.isNaN(before)) return;
    if (this.error2(index, value, this.mean[index]!, weight) <= TRAIN_BELOW_SPREADS ** 2) return;
    if (this.error2(index, value, before, weight) > TRAIN_BELOW_SPREADS ** 2) return;
    this.mean[index] = before;
    this.hidden_mean[index] = Number.NaN;
  }

  /**
   * Keeps the mean of an element that becomes hidden, unless it was in view too briefly to be established.
   */
  private hideElement(index: number): void {
    if (this.age[index]! >= this.established) this.hidden_mean[index] = this.mean[index]!;
    const before = this.hidden_mean[index]!;
    this.hidden_mean[index] = before + this.parameters.learning_rate * this.shared(index, before);
    this.age[index] = 0;
    this.anchor[index] = Number.NaN;
  }

  /** Updates mean and variance with exponential forgetting; the first readings have equal weight. */
  private train(index: number, value: number, error: number, weight: number): void {
    const age = this.age[index]!;
    const { learning_rate } = this.parameters;
    const rate = weight * Math.max(learning_rate, 1 / (age + 1));
    const slow = weight * Math.max(SPREAD_SLOWNESS * learning_rate, 1 / (age + 1));
    this.mean[index] = this.mean[index]! + rate * (value - this.mean[index]!);
    this.variance[index] = (1 - slow) * (this.variance[index]! + slow * error * error);
    const counts = this.calm || age >= this.established;
    if (counts && age < 0xffffffff) this.age[index] = age + 1;
  }

  private initialise(index: number, value: number): void {
    const age = this.age[index]!;
    const before = age === 0 ? value : this.mean[index]!;
    this.mean[index] = before + (value - before) / (age + 1);
    this.age[index] = age + 1;
    // Five readings say little about a spread: use what is typical of the source until it is learned.
    this.variance[index] = Math.max(this.variance[index]!, this.usual_variance);
  }

  private habituate(index: number, value: number, now_ms: number): void {
    const { habituation_s } = this.parameters;
    const moved = Math.abs(value - this.anchor[index]!);
    const unchanged = moved * moved <= UNCHANGED_SPREADS ** 2 * this.spread2(index);
    // Also when the clock jumped back, and for the first surprising value (its anchor is NaN).
    if (!unchanged || now_ms < this.since_ms[index]!) {
      this.anchor[index] = value;
      this.since_ms[index] = now_ms;
    } else if (habituation_s > 0 && now_ms - this.since_ms[index]! >= habituation_s * 1000) {
      this.mean[index] = value;
      this.anchor[index] = Number.NaN;
    }
  }

  /** Keeps the largest squared errors in descending order. */
  private insertExtreme(z2: number, count: number): void {
    let place = count - 1;
    while (place > 0 && this.extremes[place - 1]! < z2) {
      this.extremes[place] = this.extremes[place - 1]!;
      place--;
    }
    this.extremes[place] = z2;
  }

  private extremeSpreads(count: number): number {
    let sum = 0;
    for (let place = 0; place < count; place++) sum += this.extremes[place]!;
    return Math.sqrt(sum / count);
  }

  private findCommonChanges(embedding: Float32Array): void {
    for (let channel = 0; channel < this.channels; channel++) {
      this.common[channel] = this.looksCommon(embedding, channel) ? this.fit(embedding, channel) : null;
    }
  }

  private looksCommon(embedding: Float32Array, channel: number): boolean {
    const { usable, age, mean, variance, dimension, channels } = this;
    const floor2 = this.parameters.spread_floor * this.parameters.spread_floor;
    let followed = 0;
    let off = 0;
    for (let index = channel; index < dimension; index += channels) {
      if (usable[index] === 0 || age[index]! < INITIAL_READINGS) continue;
      followed++;
      const error = embedding[index]! - mean[index]!;
      if (error * error > 4 * Math.max(variance[index]!, floor2)) off++;
    }
    return followed >= COMMON_MIN_ELEMENTS && off > COMMON_SHARE * followed;
  }

  private fit(embedding: Float32Array, channel: number): AffineChange | null {
    const expected: number[] = [];
    const seen: number[] = [];
    for (let index = channel; index < this.dimension; index += this.channels) {
      if (this.usable[index] === 0 || this.age[index]! < INITIAL_READINGS) continue;
      expected.push(this.mean[index]!);
      seen.push(embedding[index]!);
    }
    return commonChange(Float64Array.from(expected), Float64Array.from(seen), this.parameters.spread_floor);
  }
}
