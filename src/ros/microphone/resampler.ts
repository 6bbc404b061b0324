/** Zero crossings of the sinc on either side: 60 dB and more off what would fold back. */
const CROSSINGS = 16;
/** Of the lower of the two bands this share is kept; the rest is where the filter falls. */
const PASS = 0.9;
/** Phases of the filter at most; of more, the nearest one is taken. */
const PHASES_MAX = 512;

/**
 * Converts a stream of samples to another rate: a sinc below the lower of the two Nyquist frequencies, in a Hann window
 * (J. O. Smith, Digital Audio Resampling, CCRMA). What comes out does not depend on how the stream is cut into pieces.
 * It is late by 16 periods of the lower rate: 1 ms at 16 kHz.
 */
export class Resampler {
  /** Inputs on either side of an output that count. */
  private readonly half: number;
  private readonly phases: number;
  /** The filter at each phase: 2 · half inputs each. */
  private readonly taps: Float64Array;
  /** Inputs per output are `up`-ths: down / up. */
  private readonly up: number;
  private readonly down: number;
  /** Inputs that outputs to come still need. */
  private waiting: Float32Array;
  /** Where the next output lies among them, in `up`-ths of an input. */
  private at: number;

  /** @param from_hz whole, of what comes @param to_hz whole, of what is wanted */
  constructor(from_hz: number, to_hz: number) {
    const common = greatestCommonDivisor(from_hz, to_hz);
    this.up = to_hz / common;
    this.down = from_hz / common;
    const cutoff = PASS * Math.min(1, to_hz / from_hz);
    this.half = Math.ceil(CROSSINGS / cutoff);
    this.phases = Math.min(this.up, PHASES_MAX);
    this.taps = filterOf(this.phases, this.half, cutoff);
    // Silence before the first sample, so that the first output lies on it.
    this.waiting = new Float32Array(this.half - 1);
    this.at = (this.half - 1) * this.up;
  }

  /** Takes the next samples; returns what is available of the stream at the new rate. */
  take(samples: Float32Array): Float32Array {
    const { up, down, half } = this;
    const given = new Float32Array(this.waiting.length + samples.length);
    given.set(this.waiting);
    given.set(samples, this.waiting.length);
    // The last input that an output needs lies `half` behind it.
    const room = (given.length - half) * up - this.at;
    const out = new Float32Array(Math.max(0, Math.ceil(room / down)));
    for (let i = 0; i < out.length; i++) {
      out[i] = this.outputAt(given);
      this.at += down;
    }
    const done = Math.max(0, Math.min(given.length, Math.floor(this.at / up) - half + 1));
    this.waiting = given.slice(done);
    this.at -= done * up;
    return out;
  }

  private outputAt(given: Float32Array): number {
    const { up, half, phases, taps } = this;
    const before = Math.floor(this.at / up);
    const phase = Math.floor(((this.at % up) / up) * phases);
    const first = before - half + 1;
    let sum = 0;
    for (let tap = 0, of = phase * 2 * half; tap < 2 * half; tap++, of++)
      sum += taps[of]! * given[first + tap]!;
    return sum;
  }
}

function filterOf(phases: number, half: number, cutoff: number): Float64Array {
  const taps = new Float64Array(phases * 2 * half);
  for (let phase = 0; phase < phases; phase++) {
    let sum = 0;
    for (let tap = 0; tap < 2 * half; tap++) {
      const offset = tap - half + 1 - phase / phases;
      const value = sinc(cutoff * offset) * (0.5 + 0.5 * Math.cos((Math.PI * offset) / half));
      taps[phase * 2 * half + tap] = value;
      sum += value;
    }
    // A level that stays is exactly that level.
    for (let tap = 0; tap < 2 * half; tap++) taps[phase * 2 * half + tap]! /= sum;
  }
  return taps;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
