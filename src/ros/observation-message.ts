import { z } from 'zod';
import { ERROR_CATALOGUE, type ErrorCode, type Fault, fault, isFault } from '../contracts/errors.js';
import type { AnyReading, CameraReading, SoundReading } from '../contracts/observation.js';
import { EMBEDDING_CHANNELS } from './camera/embedding.js';
import { checkImage } from './camera/image-check.js';
import type { ImageMessage, ObservationMessage } from './messages.js';
import { samplesIn } from './microphone/sound-check.js';
import { headerAt } from './outgoing.js';
import { stampToMs } from './stamps.js';

const EMPTY = new Float32Array(0);
const NO_IMAGE: ImageMessage = {
  header: headerAt(0),
  height: 0,
  width: 0,
  encoding: '',
  is_bigendian: 0,
  step: 0,
  data: new Uint8Array(0),
};

const finite = z.number();
const common = { received_ms: finite };
const vec3 = z.tuple([finite, finite, finite]);
const quat = z.tuple([finite, finite, finite, finite]);

/** What stands in `payload_json`, by kind: another process wrote it, so nothing in it is believed unchecked. */
const payloads = {
  joints: z.object({
    ...common,
    names: z.array(z.string()),
    position: z.array(finite),
    velocity: z.array(finite),
  }),
  battery: z.object({ ...common, fraction: finite.min(0).max(1).nullable(), charging: z.boolean() }),
  emergency_stop: z.object({ ...common, pressed: z.boolean() }),
  goal: z.object({
    ...common,
    goal_id: z.string(),
    text: z.string(),
    priority: finite,
    deadline_s: finite,
  }),
  operator: z.object({
    ...common,
    request: z.enum(['stop', 'resume', 'cancel', 'state']),
    argument: z.string(),
  }),
  robot_description: z.object({ ...common, urdf: z.string() }),
  camera_info: z.object({
    ...common,
    frame_id: z.string(),
    model: z.object({
      width: finite.positive(),
      height: finite.positive(),
      fx: finite.positive(),
      fy: finite.positive(),
      cx: finite,
      cy: finite,
      distortion: z.array(finite),
      lens: z.literal('equidistant').optional(),
    }),
  }),
  camera_pose: z.object({
    ...common,
    frame_id: z.string(),
    pose: z.object({ position_m: vec3, orientation: quat }),
  }),
} as const;

const imagePayload = z.object({
  ...common,
  grid: z.object({ rows: z.int().positive(), columns: z.int().positive() }),
});
const embeddingPayload = z.object(common);
/** `samples_s16`: signed, 16 bits, little-endian, in base64. */
const soundPayload = z.object({ ...common, sample_rate_hz: z.int().positive(), samples_s16: z.base64() });
/** Full scale of 16 bits. */
const FULL_S16 = 32767;

/** A reading as sage/msg/Observation. */
export function observationMessage(reading: AnyReading): ObservationMessage {
  const base = {
    header: headerAt(reading.stamp_ms),
    source: reading.source,
    embedding: EMPTY,
    weights: EMPTY,
  };
  if (reading.kind === 'camera') return imageObservation(reading);
  if (reading.kind === 'embedding') {
    return {
      ...base,
      kind: 'embedding',
      embedding: reading.embedding.slice(),
      weights: reading.weights?.slice() ?? EMPTY,
      image: NO_IMAGE,
      payload_json: JSON.stringify({ received_ms: reading.received_ms }),
    };
  }
  if (reading.kind === 'sound') return { ...base, ...soundObservation(reading) };
  const { kind, source: _source, stamp_ms: _stamp, ...payload } = reading;
  return { ...base, kind, image: NO_IMAGE, payload_json: JSON.stringify(payload) };
}

function soundObservation({ embedding, samples, sample_rate_hz, received_ms }: SoundReading) {
  const bytes = Buffer.alloc(2 * samples.length);
  for (let i = 0; i < samples.length; i++) {
    const value = Math.round(FULL_S16 * Math.max(-1, Math.min(1, samples[i]!)));
    bytes.writeInt16LE(value, 2 * i);
  }
  const payload = { received_ms, sample_rate_hz, samples_s16: bytes.toString('base64') };
  return { kind: 'sound', embedding, image: NO_IMAGE, payload_json: JSON.stringify(payload) };
}

function imageObservation(reading: CameraReading): ObservationMessage {
  const { frame, grid, received_ms, stamp_ms, source } = reading;
  const header = headerAt(stamp_ms, frame.frame_id);
  const { width, height, step, encoding } = frame;
  return {
    header,
    source,
    kind: 'image',
    embedding: reading.embedding,
    weights: EMPTY,
    image: { header, height, width, encoding, is_bigendian: 0, step, data: owned(frame.data) },
    payload_json: JSON.stringify({ received_ms, grid: { rows: grid.rows, columns: grid.columns } }),
  };
}

/** rclnodejs sends the whole buffer under a view, so the view must be all of it. */
function owned(data: Uint8Array): Uint8Array {
  return data.byteLength === data.buffer.byteLength ? data : new Uint8Array(data);
}

/** What a block says when its data turn bad. */
export function faultObservation(source: string, found: Fault, stamp_ms: number): ObservationMessage {
  return {
    header: headerAt(stamp_ms),
    source,
    kind: 'fault',
    embedding: EMPTY,
    weights: EMPTY,
    image: NO_IMAGE,
    payload_json: JSON.stringify(found),
  };
}

export type Observed =
  | { readonly kind: 'reading'; readonly reading: AnyReading }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** The inverse; a message that is none of ours is a fault (SAGE_208). */
export function readObservation(message: ObservationMessage, topic: string): Observed {
  try {
    return decode(message, topic);
  } catch (thrown) {
    if (!(thrown instanceof z.ZodError || thrown instanceof SyntaxError)) throw thrown;
    return { kind: 'fault', fault: fault('SAGE_208', topic, `payload_json: ${firstLine(thrown.message)}`) };
  }
}

function decode(message: ObservationMessage, topic: string): Observed {
  const payload: unknown = JSON.parse(message.payload_json || '{}');
  const { source, kind } = message;
  const base = { source, stamp_ms: stampToMs(message.header.stamp) };
  if (kind === 'fault') return { kind: 'fault', fault: faultSchema.parse(payload) };
  if (kind === 'image') return decodeImage(message, imagePayload.parse(payload), topic);
  if (!message.embedding.every(Number.isFinite) || !message.weights.every(Number.isFinite)) {
    return { kind: 'fault', fault: fault('SAGE_208', topic, 'the embedding is not finite') };
  }
  if (kind === 'embedding') {
    const { received_ms } = embeddingPayload.parse(payload);
    const weights = message.weights.length === 0 ? null : message.weights;
    const { embedding } = message;
    return { kind: 'reading', reading: { kind: 'embedding', ...base, received_ms, embedding, weights } };
  }
  if (kind === 'sound') {
    const { received_ms, sample_rate_hz, samples_s16 } = soundPayload.parse(payload);
    const { embedding } = message;
    const said = samplesIn(Buffer.from(samples_s16, 'base64'));
    const samples = Float32Array.from(said, (value) => value / FULL_S16);
    const reading = { kind: 'sound', ...base, received_ms, embedding, samples, sample_rate_hz } as const;
    return { kind: 'reading', reading };
  }
  if (!Object.hasOwn(payloads, kind)) {
    return { kind: 'fault', fault: fault('SAGE_208', topic, `unknown kind "${kind.slice(0, 64)}"`) };
  }
  const known = kind as keyof typeof payloads;
  const parsed = payloads[known].parse(payload);
  return { kind: 'reading', reading: { kind: known, ...base, ...parsed } as AnyReading };
}

function decodeImage(
  message: ObservationMessage,
  { received_ms, grid }: z.infer<typeof imagePayload>,
  topic: string,
): Observed {
  const frame = checkImage(message.image, topic);
  if (isFault(frame)) return { kind: 'fault', fault: frame };
  const { embedding } = message;
  const due = grid.rows * grid.columns * EMBEDDING_CHANNELS;
  if (embedding.length !== due || !embedding.every(Number.isFinite)) {
    return {
      kind: 'fault',
      fault: fault('SAGE_208', topic, `embedding of ${embedding.length}, expected ${due}`),
    };
  }
  return {
    kind: 'reading',
    reading: {
      kind: 'camera',
      source: message.source,
      stamp_ms: stampToMs(message.header.stamp),
      received_ms,
      frame,
      embedding,
      grid: { ...grid, channels: EMBEDDING_CHANNELS },
    },
  };
}

const faultSchema = z.object({
  code: z.custom<ErrorCode>((code) => typeof code === 'string' && Object.hasOwn(ERROR_CATALOGUE, code)),
  where: z.string(),
  text: z.string(),
});

function firstLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 200);
}
