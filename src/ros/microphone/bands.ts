import FFT from 'fft.js';

/** Bands of a sound, as salience sees it. */
export const BANDS = 24;
/** From here up to here, or to half the rate, Hz: below is the rumble of the building, above little but hiss. */
const LOWEST_HZ = 60;
const HIGHEST_HZ = 8000;
/** A stretch whose spectrum is taken, s; the next begins half of it later. */
const STRETCH_S = 0.025;
/** The level of a band is the mean of its power over about so long, s. */
const MEAN_S = 0.1;
/** The quietest level that is resolved, dB below a sine of full scale: what 16 bits can hold. */
const QUIETEST_DB = 90;

/** Frequency to mel and back (D. O'Shaughnessy, Speech Communication, 1987). */
const melOf = (frequency_hz: number): number => 2595 * Math.log10(1 + frequency_hz / 700);
const hertzOf = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/** How loud a stream of samples is in each of 24 bands that lie evenly on the mel scale. */
export class BandMeter {
  private readonly size: number;
  private readonly fft: FFT;
  private readonly window: Float64Array;
  private readonly stretch: number[];
  private readonly spectrum: number[];
  /** For each band the first bin that counts, and the weights of it and those that follow. */
  private readonly filters: readonly { readonly first: number; readonly weights: Float64Array }[];
  private readonly power = new Float64Array(BANDS);
  /** Samples that lie in the stretch so far. */
  private filled = 0;
  private stretches = 0;
  private readonly share: number;
  private readonly to_power: number;

  /** @param rate_hz of the samples */
  constructor(rate_hz: number) {
    this.size = 2 ** Math.round(Math.log2(rate_hz * STRETCH_S));
    this.fft = new FFT(this.size);
    this.window = Float64Array.from(
      { length: this.size },
      (_, i) => Math.sin((Math.PI * i) / this.size) ** 2,
    );
    this.stretch = new Array<number>(this.size).fill(0);
    this.spectrum = this.fft.createComplexArray() as number[];
    this.filters = filtersOf(rate_hz, this.size);
    this.share = 1 - Math.exp(-this.size / 2 / rate_hz / MEAN_S);
    // A sine of full scale has the power 1, however long the stretch is.
    const energy = this.window.reduce((sum, value) => sum + value * value, 0);
    this.to_power = 4 / (this.size * energy);
  }

  /** Takes the next samples, −1..1. */
  take(samples: Float32Array): void {
    for (let at = 0; at < samples.length; ) {
      const count = Math.min(this.size - this.filled, samples.length - at);
      for (let i = 0; i < count; i++) this.stretch[this.filled + i] = samples[at + i]!;
      this.filled += count;
      at += count;
      if (this.filled === this.size) this.measure();
    }
  }

  /** The level of each band: 0 at 90 dB below a sine of full scale, or less, 1 at its level. Null before the first stretch. */
  levels(): Float32Array | null {
    if (this.stretches === 0) return null;
    return Float32Array.from(this.power, (power) => {
      const level_db = 10 * Math.log10(Math.max(power, 1e-12));
      return Math.min(1, Math.max(0, 1 + level_db / QUIETEST_DB));
    });
  }

  /** Forgets what it heard: something is missing between that and what comes. */
  reset(): void {
    this.filled = 0;
    this.stretches = 0;
  }

  private measure(): void {
    const { stretch, window, spectrum, size } = this;
    this.fft.realTransform(
      spectrum,
      stretch.map((value, i) => value * window[i]!),
    );
    // The first one is the mean so far.
    const share = this.stretches === 0 ? 1 : this.share;
    this.stretches += 1;
    for (let band = 0; band < BANDS; band++) {
      const { first, weights } = this.filters[band]!;
      let power = 0;
      for (let i = 0; i < weights.length; i++) {
        const [re, im] = [spectrum[2 * (first + i)]!, spectrum[2 * (first + i) + 1]!];
        power += weights[i]! * (re * re + im * im);
      }
      this.power[band]! += share * (this.to_power * power - this.power[band]!);
    }
    stretch.copyWithin(0, size / 2);
    this.filled = size / 2;
  }
}

/** Triangles that overlap by half, evenly on the mel scale; each bin's power counts once in all. */
function filtersOf(rate_hz: number, size: number) {
  const [lowest, highest] = [melOf(LOWEST_HZ), melOf(Math.min(HIGHEST_HZ, rate_hz / 2))];
  const edge = (index: number): number => hertzOf(lowest + ((highest - lowest) * index) / (BANDS + 1));
  return Array.from({ length: BANDS }, (_, band) => {
    const [from, middle, to] = [edge(band), edge(band + 1), edge(band + 2)];
    const bin_hz = rate_hz / size;
    // A band that is narrower than a bin has the nearest one.
    const first = Math.min(Math.ceil(from / bin_hz), Math.round(middle / bin_hz));
    const last = Math.max(Math.floor(to / bin_hz), Math.round(middle / bin_hz));
    const weights = Float64Array.from({ length: last - first + 1 }, (_, i) => {
      const frequency_hz = (first + i) * bin_hz;
      const weight =
        frequency_hz < middle ? (frequency_hz - from) / (middle - from) : (to - frequency_hz) / (to - middle);
      return Math.max(0, weight);
    });
    if (weights.every((weight) => weight === 0)) weights.fill(1);
    return { first, weights };
  });
}
