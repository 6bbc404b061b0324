import { fault, isFault } from '../../contracts/errors.js';
import type { SoundReading } from '../../contracts/observation.js';
import type { Block, SensorPorts } from '../block.js';
import type { AudioChunkMessage, AudioDataMessage } from '../messages.js';
import { BandMeter } from '../microphone/bands.js';
import { Heard } from '../microphone/heard.js';
import { Resampler } from '../microphone/resampler.js';
import { type Piece, pieceOfChunk, pieceOfData } from '../microphone/sound-check.js';
import { SENSOR } from '../qos.js';
import { Source } from '../source.js';
import { StampJudge } from '../stamps.js';

const CHUNK_TOPIC = 'audio/in';
const CHUNK = 'sage/msg/AudioChunk';
const DATA_TOPIC = 'audio/data';
const DATA = 'audio_common_msgs/msg/AudioData';
/** Where sound may come. */
export const SOUND_TOPICS: readonly string[] = [CHUNK_TOPIC, DATA_TOPIC];
/** A piece that begins so much later than the one before ended was not the next one, ms. */
const GAP_MS = 20;
/** The same where only the time of arrival is known, which varies, ms. */
const ARRIVAL_GAP_MS = 500;

/** What comes of a stream of pieces: what was heard last, and how loud it is in each band. */
class Ear {
  private readonly heard: Heard;
  private readonly meter: BandMeter;
  private resampler: Resampler | null = null;
  private rate_hz = 0;
  private end_ms = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly to_hz: number,
    window_s: number,
  ) {
    this.heard = new Heard(Math.ceil(window_s * to_hz));
    this.meter = new BandMeter(to_hz);
  }

  /** Takes a piece that begins at a time; where it ends. A gap before it is not bridged: everything restarts. */
  take({ samples, rate_hz }: Piece, begin_ms: number, gap_ms: number): number {
    if (rate_hz !== this.rate_hz || Math.abs(begin_ms - this.end_ms) > gap_ms) this.begin(rate_hz);
    this.end_ms = begin_ms + (1000 * samples.length) / rate_hz;
    const converted = this.resampler === null ? samples : this.resampler.take(samples);
    if (converted.length > 0) this.heard.add(converted);
    this.meter.take(converted);
    return this.end_ms;
  }

  /** What is known now; null where too little was heard. */
  now(): { readonly levels: Float32Array; readonly samples: () => Float32Array } | null {
    const levels = this.meter.levels();
    return levels === null ? null : { levels, samples: this.heard.snapshot() };
  }

  private begin(rate_hz: number): void {
    this.rate_hz = rate_hz;
    this.resampler = rate_hz === this.to_hz ? null : new Resampler(rate_hz, this.to_hz);
    this.heard.clear();
    this.meter.reset();
  }
}

/**
 * Hears `audio/in` (sage/msg/AudioChunk), and `audio/data` (audio_common_msgs/AudioData) where that interface is there:
 * samples of 16 bits whose rate and channels `microphone` says. The source is `audio`: its embedding is how loud each of
 * 24 bands is. A message that is no sound is refused (SAGE_208), one from another time too (SAGE_209).
 */
export function microphoneBlock({ node, clock, sink, parameters }: SensorPorts): Block {
  const { sample_rate_hz, window_s, stale_ms, data_rate_hz, data_channels } = parameters.microphone;
  const source = new Source('audio', sink, clock, { stale_ms, required: false });
  const stamps = new StampJudge(clock);
  const ear = new Ear(sample_rate_hz, window_s);
  // More than two readings a cycle would never be looked at.
  const every_ms = 500 / parameters.kernel.rate_hz;
  let told_ms = Number.NEGATIVE_INFINITY;

  const hear = (piece: Piece, begin_ms: number, gap_ms: number): void => {
    const received_ms = clock.now_ms();
    const stamp_ms = ear.take(piece, begin_ms, gap_ms);
    const now = ear.now();
    if (now === null || Math.abs(stamp_ms - told_ms) < every_ms) return;
    told_ms = stamp_ms;
    const { levels, samples } = now;
    const reading: SoundReading = {
      kind: 'sound',
      source: 'audio',
      stamp_ms,
      received_ms,
      sample_rate_hz,
      embedding: levels,
      get samples() {
        return samples();
      },
    };
    source.good(reading);
  };

  node.subscribe<AudioChunkMessage>(CHUNK, CHUNK_TOPIC, SENSOR, (message) => {
    const verdict = stamps.judge(message.header.stamp);
    if (verdict.kind === 'repeated') return;
    if (verdict.kind === 'jumped') return source.bad(fault('SAGE_209', CHUNK_TOPIC, verdict.detail));
    const piece = pieceOfChunk(message, CHUNK_TOPIC);
    if (isFault(piece)) return source.bad(piece);
    hear(piece, verdict.stamp_ms, GAP_MS);
  });
  if (node.hasInterface(DATA)) {
    const form = { rate_hz: data_rate_hz, channels: data_channels };
    node.subscribe<AudioDataMessage>(DATA, DATA_TOPIC, SENSOR, (message) => {
      const piece = pieceOfData(message, form, DATA_TOPIC);
      if (isFault(piece)) return source.bad(piece);
      hear(piece, clock.now_ms() - (1000 * piece.samples.length) / piece.rate_hz, ARRIVAL_GAP_MS);
    });
  }
  return { health: () => [source.health()], close: () => {} };
}
