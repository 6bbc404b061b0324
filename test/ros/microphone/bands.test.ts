import { expect } from 'chai';
import fc from 'fast-check';
import { BANDS, BandMeter } from '../../../src/ros/microphone/bands.js';

const levelsOf = (rate_hz: number, sampleAt: (time_s: number) => number): Float32Array => {
  const meter = new BandMeter(rate_hz);
  meter.take(Float32Array.from({ length: rate_hz }, (_, i) => sampleAt(i / rate_hz)));
  return meter.levels()!;
};
const tone = (frequency_hz: number, amplitude: number) => (time_s: number) =>
  amplitude * Math.sin(2 * Math.PI * frequency_hz * time_s);
const loudest = (levels: Float32Array): number => levels.indexOf(Math.max(...levels));

describe('ros/microphone/bands', () => {
  it('knows nothing before the first stretch, and hears silence as nothing', () => {
    const meter = new BandMeter(16000);
    expect(meter.levels()).to.equal(null);
    meter.take(new Float32Array(100));
    expect(meter.levels()).to.equal(null);
    meter.take(new Float32Array(1000));
    expect([...meter.levels()!]).to.deep.equal(new Array(BANDS).fill(0));
  });

  it('has a tone in a band that rises with its frequency, whatever the rate', () => {
    for (const rate_hz of [8000, 16000, 44100, 48000]) {
      const bands = [100, 300, 800, 1500, 3000].map((hz) => loudest(levelsOf(rate_hz, tone(hz, 0.1))));
      expect(bands, `${rate_hz} Hz`).to.deep.equal([...bands].sort((a, b) => a - b));
      expect(new Set(bands).size, `${rate_hz} Hz`).to.equal(5);
    }
  });

  it('says how loud it is: 20 dB less are 20/90 less', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 6000 }), (hz) => {
        const [loud, soft] = [levelsOf(16000, tone(hz, 1)), levelsOf(16000, tone(hz, 0.1))];
        const band = loudest(loud);
        expect(loud[band]).to.be.within(0.93, 1);
        expect(loud[band]! - soft[band]!).to.be.closeTo(20 / 90, 0.002);
      }),
      { numRuns: 20 },
    );
  });

  it('ignores a constant level', () => {
    const levels = levelsOf(16000, () => 0.2);
    expect(Math.max(...levels.subarray(1))).to.be.below(0.1);
  });

  it('forgets what it heard on request', () => {
    const meter = new BandMeter(16000);
    meter.take(Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i)));
    meter.reset();
    expect(meter.levels()).to.equal(null);
    meter.take(new Float32Array(4000));
    expect(Math.max(...meter.levels()!)).to.equal(0);
  });
});
