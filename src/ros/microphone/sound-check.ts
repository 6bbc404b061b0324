import { type Fault, fault } from '../../contracts/errors.js';
import type { AudioChunkMessage, AudioDataMessage } from '../messages.js';

/** Full scale of a sample of 16 bits. */
const FULL = 32768;
const BYTES = 2;
/** Longest piece that is taken, s. */
const PIECE_MAX_S = 5;
const RATE_HZ = { min: 8000, max: 48000 } as const;
const CHANNELS_MAX = 8;

/** A piece of sound: the mean of its channels, −1..1. */
export interface Piece {
  readonly samples: Float32Array;
  readonly rate_hz: number;
}

/** A sage/msg/AudioChunk as a piece of sound; SAGE_208 where it is none. */
export function pieceOfChunk(message: AudioChunkMessage, topic: string): Piece | Fault {
  const { sample_rate_hz: rate_hz, channels, samples } = message;
  if (!(rate_hz >= RATE_HZ.min && rate_hz <= RATE_HZ.max)) {
    return fault('SAGE_208', topic, `${rate_hz} Hz; allowed: ${RATE_HZ.min} to ${RATE_HZ.max} Hz`);
  }
  return mixed(samples, { rate_hz, channels }, topic);
}

/** An audio_common_msgs/AudioData with samples of 16 bits as a piece of sound; SAGE_208 where it is none. */
export function pieceOfData(
  { data }: AudioDataMessage,
  form: { readonly rate_hz: number; readonly channels: number },
  topic: string,
): Piece | Fault {
  if (data.length % BYTES !== 0) {
    return fault('SAGE_208', topic, `${data.length} bytes are not 16-bit samples; it must be sent as wave`);
  }
  return mixed(samplesIn(Uint8Array.from(data)), form, topic);
}

/** Samples of 16 bits, little-endian; a byte behind the last whole one is left out. */
export function samplesIn(bytes: Uint8Array): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Math.floor(bytes.length / BYTES);
  return Int16Array.from({ length }, (_, i) => view.getInt16(BYTES * i, true));
}

function mixed(
  samples: ArrayLike<number>,
  { rate_hz, channels }: { readonly rate_hz: number; readonly channels: number },
  topic: string,
): Piece | Fault {
  if (!(channels >= 1 && channels <= CHANNELS_MAX))
    return fault('SAGE_208', topic, `${channels} channels; allowed: 1 to ${CHANNELS_MAX}`);
  const count = samples.length / channels;
  if (!Number.isInteger(count))
    return fault('SAGE_208', topic, `${samples.length} samples do not fill ${channels} channels`);
  if (count > PIECE_MAX_S * rate_hz)
    return fault('SAGE_208', topic, `${count} samples in one message; the limit is ${PIECE_MAX_S} s`);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += samples[i * channels + channel]!;
    out[i] = sum / channels / FULL;
  }
  return { samples: out, rate_hz };
}
