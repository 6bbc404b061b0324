import { expect } from 'chai';
import type { Fault } from '../../../src/contracts/errors.js';
import type { AnyReading, SoundReading } from '../../../src/contracts/observation.js';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import type { SensorNode } from '../../../src/ros/block.js';
import { microphoneBlock } from '../../../src/ros/blocks/microphone.js';
import { msToStamp } from '../../../src/ros/stamps.js';

const START_MS = 1_700_000_000_000;
const DATA = 'audio_common_msgs/msg/AudioData';

/** The block between a node that says what it is given, and what it delivers. */
class Bench {
  now_ms = START_MS;
  readonly readings: SoundReading[] = [];
  readonly faults: (Fault | null)[] = [];
  readonly parameters = defaultParameters();
  private readonly callbacks = new Map<string, (message: never) => void>();
  private made: ReturnType<typeof microphoneBlock> | null = null;

  get block() {
    const node = {
      subscribe: (_type: string, topic: string, _qos: unknown, callback: (message: never) => void) => {
        this.callbacks.set(topic, callback);
        return { publishers: () => 1, close: () => {} };
      },
      hasInterface: (type: string) => type === DATA,
    } as unknown as SensorNode;
    const sink = {
      put: (reading: AnyReading) => this.readings.push(reading as SoundReading) > 0,
      fault: (_source: string, found: Fault | null) => void this.faults.push(found),
    };
    const clock = { now_ms: () => this.now_ms };
    this.made ??= microphoneBlock({ node, clock, sink, parameters: this.parameters });
    return this.made;
  }

  /** A piece that was just recorded, or so long ago. */
  chunk(samples: ArrayLike<number>, sample_rate_hz = 16000, channels = 1, ago_ms = 0): void {
    this.block;
    const frames_ms = (1000 * samples.length) / channels / sample_rate_hz;
    this.now_ms += frames_ms;
    const header = { stamp: msToStamp(this.now_ms - frames_ms - ago_ms), frame_id: 'microphone' };
    this.callbacks.get('audio/in')?.({ header, sample_rate_hz, channels, samples } as never);
  }

  data(data: ArrayLike<number>): void {
    this.block;
    this.callbacks.get('audio/data')?.({ data } as never);
  }

  get last(): SoundReading {
    return this.readings.at(-1)!;
  }
}

const tone = (count: number, rate_hz: number, amplitude = 8192): Int16Array =>
  Int16Array.from({ length: count }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * 1000 * i) / rate_hz)),
  );

describe('ros/blocks/microphone', () => {
  it('delivers how loud each band is and the samples, stamped with the last of them', () => {
    const bench = new Bench();
    for (let i = 0; i < 10; i++) bench.chunk(tone(1600, 16000));
    expect(bench.last).to.include({ kind: 'sound', source: 'audio', sample_rate_hz: 16000 });
    expect(bench.last.stamp_ms).to.be.closeTo(START_MS + 1000, 0.01);
    expect(bench.last.samples.length).to.equal(16000);
    expect(Math.max(...bench.last.samples)).to.be.closeTo(0.25, 0.001);
    expect(Math.max(...bench.last.embedding)).to.be.within(0.8, 0.9);
    expect(bench.block.health()[0]).to.include({ name: 'audio', level: 'ok' });
  });

  it('keeps no more than microphone.window_s', () => {
    const bench = new Bench();
    bench.parameters.microphone.window_s = 0.5;
    for (let i = 0; i < 20; i++) bench.chunk(tone(1600, 16000));
    expect(bench.last.samples.length).to.equal(8000);
  });

  it('hears the same of a stereo stream at 44.1 kHz', () => {
    const bench = new Bench();
    const mono = tone(44100, 44100);
    const stereo = Int16Array.from({ length: 88200 }, (_, i) => mono[i >> 1]!);
    for (let i = 0; i < 10; i++) bench.chunk(stereo.subarray(8820 * i, 8820 * (i + 1)), 44100, 2);
    expect(bench.last.samples.length).to.be.within(15950, 16000);
    expect(Math.max(...bench.last.samples.subarray(1000))).to.be.closeTo(0.25, 0.002);
  });

  it('takes messages without stamp and format as the parameters say', () => {
    const bench = new Bench();
    bench.parameters.microphone.data_channels = 2;
    const mono = tone(1600, 16000);
    const stereo = Int16Array.from({ length: 3200 }, (_, i) => mono[i >> 1]!);
    const bytes = new Uint8Array(stereo.buffer);
    for (let i = 0; i < 5; i++) {
      bench.now_ms += 100;
      bench.data(bytes);
    }
    expect(bench.last.samples.length).to.equal(8000);
    expect(bench.last.stamp_ms).to.equal(bench.now_ms);
  });

  it('restarts after a gap: earlier samples are not part of the current sound', () => {
    const bench = new Bench();
    for (let i = 0; i < 5; i++) bench.chunk(tone(1600, 16000));
    bench.now_ms += 300;
    bench.chunk(tone(1600, 16000));
    expect(bench.last.samples.length).to.equal(1600);
  });

  it('delivers twice a cycle at most, and loses no sample by it', () => {
    const bench = new Bench();
    const piece = tone(16000, 16000);
    for (let i = 0; i < 250; i++) bench.chunk(piece.subarray(64 * i, 64 * (i + 1)));
    expect(bench.readings.length).to.be.within(30, 41);
    expect(bench.last.samples.length).to.be.within(15600, 16000);
  });

  it('refuses what is no sound, and says which message and why', () => {
    const bad: readonly (readonly [string, (bench: Bench) => void, RegExp])[] = [
      ['rate', (bench) => bench.chunk(tone(100, 16000), 96000), /96000 Hz/],
      ['channels', (bench) => bench.chunk(tone(100, 16000), 16000, 9), /9 channels/],
      ['none', (bench) => bench.chunk(tone(100, 16000), 16000, 0), /0 channels/],
      ['half a frame', (bench) => bench.chunk(tone(101, 16000), 16000, 2), /do not fill/],
      ['too long', (bench) => bench.chunk(tone(80001, 16000)), /in one message/],
      ['half a sample', (bench) => bench.data(new Uint8Array(3)), /16-bit/],
    ];
    for (const [what, say, why] of bad) {
      const bench = new Bench();
      say(bench);
      expect(bench.readings, what).to.deep.equal([]);
      expect(bench.faults, what).to.have.length(1);
      expect(bench.faults[0]?.code, what).to.equal('SAGE_208');
      expect(bench.faults[0]?.text, what).to.match(why);
    }
  });

  it('refuses a stamp from another time (SAGE_209), takes one that repeats itself for none, and is good again', () => {
    const bench = new Bench();
    bench.chunk(tone(1600, 16000));
    bench.now_ms += 20_000;
    const before = bench.readings.length;
    bench.chunk(tone(1600, 16000), 16000, 1, 15_000);
    expect(bench.readings.length).to.equal(before);
    expect(bench.faults.at(-1)?.code).to.equal('SAGE_209');
    bench.chunk(tone(1600, 16000));
    expect(bench.readings.length).to.equal(before + 1);
    expect(bench.faults.at(-1)).to.equal(null);
  });

  it('delivers nothing for pieces that are empty', () => {
    const bench = new Bench();
    for (let i = 0; i < 10; i++) bench.chunk([]);
    expect(bench.readings).to.deep.equal([]);
  });
});
