import { expect } from 'chai';
import { EgoNoise } from '../../src/kernel/ego-noise.js';
import { BandMeter } from '../../src/ros/microphone/bands.js';
import { Microphone, SOUND_RATE_HZ, type Sounding } from '../../src/sim/microphone.js';

const QUIET: Sounding = { speed: 0, voice: false };
const PIECE = SOUND_RATE_HZ / 20;
const loudness = (samples: Int16Array): number =>
  Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length) / 32768;

describe('the microphone of the simulated world', () => {
  it('hears a little of the room, more of the arm the faster it is, and most of who speaks', () => {
    const microphone = new Microphone(7);
    const heard = (sounding: Sounding) => loudness(microphone.hear(SOUND_RATE_HZ, sounding));
    const [room, slow, fast] = [
      heard(QUIET),
      heard({ speed: 0.2, voice: false }),
      heard({ speed: 1, voice: false }),
    ];
    expect(room).to.be.within(1e-4, 2e-3);
    expect(slow).to.be.above(2 * room);
    expect(fast).to.be.above(2 * slow);
    expect(heard({ speed: 0, voice: true })).to.be.above(2 * fast);
  });

  it('is the same for the same seed, however it is cut into pieces', () => {
    const [one, other] = [new Microphone(3), new Microphone(3)];
    const whole = [...one.hear(1000, { speed: 0.4, voice: true })];
    const parts = [300, 300, 400].flatMap((count) => [...other.hear(count, { speed: 0.4, voice: true })]);
    expect(parts).to.deep.equal(whole);
    expect([...new Microphone(4).hear(1000, QUIET)]).to.not.deep.equal([
      ...new Microphone(3).hear(1000, QUIET),
    ]);
  });

  it('lets the node tell a speaker from drive noise, even while the arm moves', () => {
    const microphone = new Microphone(1);
    const meter = new BandMeter(SOUND_RATE_HZ);
    const noise = new EgoNoise();
    let now_ms = 0;
    const others = (speed: number, voice = false): number | null => {
      now_ms += 50;
      meter.take(Float32Array.from(microphone.hear(PIECE, { speed, voice }), (sample) => sample / 32768));
      const heard = noise.subtract(meter.levels()!, { speed, fingers: false }, now_ms);
      return heard === null ? null : Math.max(...heard);
    };
    const motion = () =>
      Array.from({ length: 60 }, (_, n) => others(0.8 * Math.sin((Math.PI * (n + 1)) / 61)));
    for (let n = 0; n < 40; n++) others(0);
    const quiet = Math.max(...Array.from({ length: 20 }, () => others(0)!));
    for (let n = 0; n < 4; n++) {
      motion();
      for (let rest = 0; rest < 20; rest++) others(0);
    }
    const told = motion().filter((most) => most !== null);
    expect(told.length).to.be.above(40);
    expect(Math.max(...told), 'the drives are its own').to.be.below(quiet + 0.05);
    for (let n = 0; n < 3; n++) others(0.5, true);
    expect(others(0.5, true)).to.be.above(quiet + 0.2);
  });
});
