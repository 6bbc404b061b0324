import type { PhaseEmbedding } from '../contracts/salience.js';
import { PeriodFinder } from './period.js';

interface PeriodicFilterParameters {
  readonly spread_floor: number;
  readonly habituation_s: number;
}

/** Resolution of the template: bins per period at most. */
const BINS_MAX = 128;
/** Learning rate of a bin per visit, both for what is shown and for what counts as normal. */
const SHOWN_RATE = 0.3;
const NORMAL_RATE = 0.1;
/** An element is periodic if the template leaves less than this share of its variance unexplained. */
const EXPLAINED_SHARE = 0.1;
/** Elements that vary by less than this many spread floors need no explanation. */
const VARYING_SPREADS = 2;
/** Periods that an element must have repeated for; the larger number if it has raised an alarm. */
const PERIODS_MIN = 3;
const PERIODS_AFTER_ALARM = 5;
/**
 * An element that raised an alarm must repeat for this many habituation times: longer than one that holds
 * still.
 */
const HABITUATIONS = 2;
/**
 * A period that differs by more than this share is a different one; it is adopted when found this often in a
 * row.
 */
const SAME_PERIOD = 0.05;
const OTHER_PERIOD_COUNT = 128;
/** Squared error, in spreads, above which an element raises an alarm. */
const ALARM_SPREADS2 = 16;
const LARGEST = 3.4e38;

/** Template of one period: `bins` rows of all elements. */
interface PeriodTemplate {
  readonly bins: number;
  readonly started_ms: number;
  /** Running average of everything shown. */
  readonly shown: Float32Array;
  /** What is normal, for the elements being removed. */
  readonly normal: Float32Array;
}

/**
 * Removes the periodic part of an embedding: a fan, a blinking light, a conveyor.
 *
 * The period is that of the source (PeriodFinder); one template of it is kept per element. Once the template
 * has explained an element for three periods, leaving less than a tenth of its variance, the element is
 * passed on as a constant plus its deviation from the template. The predictor downstream then sees a steady
 * element, and still sees an anomaly in full. An element that raised an alarm lately may be a person: it must
 * repeat for twice habituation_s and five periods (with habituation_s 0 only `accept` makes it normal). The
 * normal template is trained only on readings without surprise. The neighbouring bins, and any value between
 * them, count as normal too, because no clock is exact. One period at a time, of 8 to 255 readings.
 */
export class PeriodicFilter {
  private readonly finder: PeriodFinder;
  private template: PeriodTemplate | null = null;
  private period = 0;
  private other_period_count = 0;
  /** Phase within the period, 0..1. */
  private phase_fraction = 0;
  private now_ms = Number.NaN;
  private readonly removed: Uint8Array;
  /** The constant that a removed element is reduced to. */
  private readonly level: Float64Array;
  private readonly mean: Float64Array;
  private readonly variance: Float64Array;
  /** Variance that the template leaves unexplained. */
  private readonly residual_variance: Float64Array;
  /** When an element became explained; NaN = it is not. */
  private readonly since_ms: Float64Array;
  /** When its alarm began, and when it was last raised. */
  private readonly alarm_begun_ms: Float64Array;
  private readonly alarm_ms: Float64Array;
  private readonly out: Float32Array;

  constructor(
    private readonly dimension: number,
    private readonly parameters: PeriodicFilterParameters,
  ) {
    this.finder = new PeriodFinder(dimension, parameters.spread_floor);
    this.removed = new Uint8Array(dimension);
    this.level = new Float64Array(dimension);
    this.mean = new Float64Array(dimension);
    this.variance = new Float64Array(dimension);
    this.residual_variance = new Float64Array(dimension);
    this.since_ms = new Float64Array(dimension).fill(Number.NaN);
    this.alarm_begun_ms = new Float64Array(dimension).fill(Number.NEGATIVE_INFINITY);
    this.alarm_ms = new Float64Array(dimension).fill(Number.NEGATIVE_INFINITY);
    this.out = new Float32Array(dimension);
  }

  /** The period being followed, s; null while there is none. */
  get period_s(): number | null {
    return this.template === null ? null : this.period / 1000;
  }

  /** Phase within that period; null while there is none. */
  get phase(): PhaseEmbedding | null {
    if (this.template === null) return null;
    const angle = 2 * Math.PI * this.phase_fraction;
    return [Math.sin(angle), Math.cos(angle)];
  }

  /** Clears all alarms: what surprised turned out to be harmless and becomes normal at the regular pace. */
  accept(): void {
    this.alarm_ms.fill(Number.NEGATIVE_INFINITY);
    this.alarm_begun_ms.fill(Number.NEGATIVE_INFINITY);
  }

  /**
   * The embedding without its periodic part; the same array where nothing is periodic. Valid until the next
   * call.
   * @param expect called with the constant that replaces an element from now on, when its removal starts
   */
  remove(
    embedding: Float32Array,
    weights: Float32Array | null,
    now_ms: number,
    expect: (index: number, level: number) => void,
  ): Float32Array {
    this.finder.update(embedding, weights, now_ms);
    this.advancePhase(embedding, now_ms);
    const { template } = this;
    if (template === null) return embedding;
    this.updateTemplate(template, embedding, weights);
    const told = now_ms - template.started_ms > this.period;
    for (let index = 0; index < this.dimension; index++) {
      if (told && this.removed[index] === 1 && this.variance[index]! <= this.steady2) this.removed[index] = 0;
      if (Number.isNaN(this.since_ms[index]!) || !this.isEstablished(index)) continue;
      this.startRemoving(template, index);
      expect(index, this.level[index]!);
    }
    return this.subtractTemplate(template, embedding);
  }

  /** Trains the normal template on a reading. @param errors2 squared error of each element, in spreads */
  learn(embedding: Float32Array, usable: Uint8Array, errors2: Float32Array): void {
    const { template, removed, now_ms, dimension, alarm_ms } = this;
    const begins_ms = now_ms - this.needed_ms;
    const here = template === null ? 0 : this.binOf(template) * dimension;
    for (let index = 0; index < dimension; index++) {
      if (errors2[index]! > ALARM_SPREADS2) {
        if (!(alarm_ms[index]! >= begins_ms)) this.alarm_begun_ms[index] = now_ms;
        alarm_ms[index] = now_ms;
      } else if (template !== null && removed[index] === 1 && usable[index] === 1) {
        const usual = template.normal[here + index]!;
        template.normal[here + index] = usual + NORMAL_RATE * (embedding[index]! - usual);
      }
    }
  }

  private get steady2(): number {
    return (VARYING_SPREADS * this.parameters.spread_floor) ** 2;
  }

  /** How long an element that raised an alarm must repeat, ms. */
  private get needed_ms(): number {
    return Math.max(HABITUATIONS * 1000 * this.parameters.habituation_s, PERIODS_AFTER_ALARM * this.period);
  }

  private binOf({ bins }: PeriodTemplate): number {
    return Math.min(bins - 1, Math.floor(this.phase_fraction * bins));
  }

  /** Advances the phase, and switches to another period once the source has held one for long enough. */
  private advancePhase(embedding: Float32Array, now_ms: number): void {
    const passed_ms = now_ms > this.now_ms ? now_ms - this.now_ms : 0;
    this.now_ms = now_ms;
    const found = this.finder.period_ms;
    if (found !== null && Math.abs(found - this.period) <= SAME_PERIOD * this.period) {
      this.other_period_count = 0;
      this.period = found;
    } else if (found !== null && (this.template === null || ++this.other_period_count > OTHER_PERIOD_COUNT)) {
      this.startTemplate(embedding, found);
    }
    if (this.template !== null) this.phase_fraction = (this.phase_fraction + passed_ms / this.period) % 1;
  }

  private startTemplate(embedding: Float32Array, period_ms: number): void {
    const { dimension } = this;
    const bins = Math.min(BINS_MAX, Math.max(2, Math.round(period_ms / this.finder.interval_ms)));
    const shown = new Float32Array(bins * dimension);
    for (let bin = 0; bin < bins; bin++) shown.set(embedding, bin * dimension);
    for (let at = 0; at < shown.length; at++) if (!Number.isFinite(shown[at]!)) shown[at] = 0;
    const normal = shown.slice();
    if (!this.carryOver(normal, bins, period_ms)) this.removed.fill(0);
    this.template = { bins, started_ms: this.now_ms, shown, normal };
    this.period = period_ms;
    this.phase_fraction = 0;
    this.other_period_count = 0;
    this.since_ms.fill(Number.NaN);
    this.mean.set(shown.subarray(0, dimension));
    this.variance.fill(0);
    this.residual_variance.fill(0);
  }

  /**
   * Keeps the normal template if the new period is a multiple of the old one: a second periodic thing has
   * appeared.
   */
  private carryOver(normal: Float32Array, bins: number, period_ms: number): boolean {
    const { template, dimension } = this;
    const times = period_ms / this.period;
    if (template === null || !(Math.round(times) >= 2) || Math.abs(times - Math.round(times)) > SAME_PERIOD)
      return false;
    for (let bin = 0; bin < bins; bin++) {
      const place = (this.phase_fraction + (bin * times) / bins) % 1;
      const from = Math.min(template.bins - 1, Math.floor(place * template.bins)) * dimension;
      normal.set(template.normal.subarray(from, from + dimension), bin * dimension);
    }
    return true;
  }

  /** Updates how well the template predicts the reading, then the template itself. */
  private updateTemplate(turn: PeriodTemplate, embedding: Float32Array, weights: Float32Array | null): void {
    const { dimension, residual_variance, variance, mean, since_ms, now_ms, steady2 } = this;
    const { bins, shown, started_ms } = turn;
    const bin = this.binOf(turn);
    const here = bin * dimension;
    const before = ((bin + bins - 1) % bins) * dimension;
    const after = ((bin + 1) % bins) * dimension;
    const age_ms = now_ms - started_ms;
    const learned = age_ms < this.period ? 1 : SHOWN_RATE;
    const rate = Math.min(0.5, 2 / bins);
    for (let index = 0; index < dimension; index++) {
      const value = embedding[index]!;
      if (!Number.isFinite(value) || (weights !== null && !(weights[index]! > 0))) continue;
      const last = shown[here + index]!;
      const deviation = outsideRange(value, last, shown[before + index]!, shown[after + index]!);
      shown[here + index] = last + learned * (value - last);
      const away = value - mean[index]!;
      mean[index] = mean[index]! + rate * away;
      variance[index] = variance[index]! + rate * (away * away - variance[index]!);
      residual_variance[index] =
        residual_variance[index]! + rate * (deviation * deviation - residual_variance[index]!);
      const repeats =
        age_ms > 2 * this.period &&
        variance[index]! > steady2 &&
        residual_variance[index]! < EXPLAINED_SHARE * variance[index]!;
      if (!repeats) since_ms[index] = Number.NaN;
      else if (Number.isNaN(since_ms[index]!)) since_ms[index] = now_ms;
    }
  }

  /**
   * Whether a periodic element has repeated for long enough; for one already removed, whether that still
   * holds.
   */
  private isEstablished(index: number): boolean {
    const { now_ms, needed_ms } = this;
    const since_ms = this.since_ms[index]!;
    const alarmed = now_ms - this.alarm_ms[index]! <= needed_ms;
    if (!alarmed) return this.removed[index] === 0 && now_ms - since_ms >= PERIODS_MIN * this.period;
    if (this.parameters.habituation_s === 0) return false;
    return now_ms - Math.max(since_ms, this.alarm_begun_ms[index]!) >= needed_ms;
  }

  /** Takes what the element shows over its period as normal from now on. */
  private startRemoving({ bins, shown, normal }: PeriodTemplate, index: number): void {
    let sum = 0;
    for (let at = index; at < bins * this.dimension; at += this.dimension) {
      normal[at] = shown[at]!;
      sum += shown[at]!;
    }
    this.level[index] = sum / bins;
    this.removed[index] = 1;
    this.alarm_ms[index] = Number.NEGATIVE_INFINITY;
  }

  private subtractTemplate(turn: PeriodTemplate, embedding: Float32Array): Float32Array {
    const { dimension, removed, out, level } = this;
    const { bins, normal } = turn;
    const bin = this.binOf(turn);
    const here = bin * dimension;
    const before = ((bin + bins - 1) % bins) * dimension;
    const after = ((bin + 1) % bins) * dimension;
    out.set(embedding);
    for (let index = 0; index < dimension; index++) {
      const value = embedding[index]!;
      if (removed[index] === 0 || !Number.isFinite(value)) continue;
      const usual = normal[here + index]!;
      const deviation = outsideRange(value, usual, normal[before + index]!, normal[after + index]!);
      out[index] = Math.max(-LARGEST, Math.min(LARGEST, level[index]! + deviation));
    }
    return out;
  }
}

/** Distance of a value from the range spanned by three bins; 0 inside it. */
function outsideRange(value: number, a: number, b: number, c: number): number {
  const low = Math.min(a, b, c);
  if (value < low) return value - low;
  const high = Math.max(a, b, c);
  return value > high ? value - high : 0;
}
