import { expect } from 'chai';
import fc from 'fast-check';
import { Resampler } from '../../../src/ros/microphone/resampler.js';

const sine = (count: number, frequency_hz: number, rate_hz: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin((2 * Math.PI * frequency_hz * i) / rate_hz));

/** Root mean square, without the first and last of it. */
const loudness = (samples: Float32Array): number => {
  const inner = samples.subarray(200, samples.length - 200);
  return Math.sqrt(inner.reduce((sum, value) => sum + value * value, 0) / inner.length);
};

describe('ros/microphone/resampler', () => {
  for (const [from_hz, to_hz] of [
    [44100, 16000],
    [48000, 16000],
    [8000, 16000],
    [22050, 16000],
    [44101, 16000],
  ] as const) {
    it(`keeps a tone that both rates have, sample by sample, from ${from_hz} to ${to_hz} Hz`, () => {
      const out = new Resampler(from_hz, to_hz).take(sine(from_hz, 1000, from_hz));
      expect(out.length).to.be.within(to_hz - 60, to_hz);
      const due = sine(out.length, 1000, to_hz);
      let worst = 0;
      for (let i = 200; i < out.length - 200; i++) worst = Math.max(worst, Math.abs(out[i]! - due[i]!));
      expect(worst).to.be.below(0.005);
    });
  }

  it('lets no tone through that the new rate cannot hold: it would come out as another one', () => {
    const out = new Resampler(44100, 16000).take(sine(44100, 11000, 44100));
    expect(loudness(out)).to.be.below(1e-3);
  });

  it('keeps a level that stays', () => {
    const out = new Resampler(44100, 16000).take(new Float32Array(4410).fill(0.25));
    for (const value of out.subarray(50, out.length - 50)) expect(value).to.be.closeTo(0.25, 1e-6);
  });

  it('gives the same however the stream is cut into pieces', () => {
    const stream = sine(3000, 700, 44100);
    const whole = new Resampler(44100, 16000).take(stream);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 20 }), (cuts) => {
        const resampler = new Resampler(44100, 16000);
        const out: number[] = [];
        let at = 0;
        for (const cut of [...cuts, stream.length]) {
          const end = Math.min(stream.length, at + cut);
          out.push(...resampler.take(stream.subarray(at, end)));
          at = end;
        }
        expect(out).to.deep.equal([...whole]);
      }),
      { numRuns: 50 },
    );
  });
});
