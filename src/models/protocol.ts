import { z } from 'zod';
import { ERROR_CATALOGUE, type ErrorCode } from '../contracts/errors.js';
import { BATCH_MAX, TENSOR_TYPES } from '../contracts/inference.js';
import { ELEMENT_BYTES, elementsOf } from './tensors.js';

/**
 * What a model host and its client say to each other; `docs/model-host.md` tells it for hosts in other languages.
 * A frame is: u32 header bytes, u32 body bytes (both little-endian), the header (JSON, UTF-8), the body (raw tensors).
 */
export const PROTOCOL = 1;
export const PREFIX_BYTES = 8;
const HEADER_BYTES_MAX = 1 << 20;
export const BODY_BYTES_MAX = 1 << 29;
/** Tensors in a body begin at multiples of this, so that the receiver can look at them without copying. */
export const ALIGNMENT = 8;
export const DIMS_MAX = 8;

const dims = z.array(z.int().min(0).max(BODY_BYTES_MAX)).max(DIMS_MAX);

/** Where a tensor lies in the body. */
export const tensorHeaderSchema = z
  .strictObject({
    name: z.string(),
    dtype: z.enum(TENSOR_TYPES),
    dims,
    offset: z.int().min(0).multipleOf(ALIGNMENT),
    bytes: z.int().min(0).max(BODY_BYTES_MAX),
  })
  .refine((tensor) => elementsOf(tensor.dims) * ELEMENT_BYTES[tensor.dtype] === tensor.bytes, {
    message: 'bytes do not match dims × element size',
  });
export type TensorHeader = z.infer<typeof tensorHeaderSchema>;

const lane = z
  .strictObject({ offset: z.int().min(0), bytes: z.int().min(0).max(BODY_BYTES_MAX) })
  .optional()
  .describe('position of the body in the shared file, if it is not in the frame');

const slotHeaderSchema = z.strictObject({ name: z.string(), slot: z.int().min(0) });

const valueSchema = z.strictObject({
  name: z.string(),
  dtype: z.enum(TENSOR_TYPES),
  shape: z.array(z.union([z.int().min(0), z.string()])),
});

const externalSchema = z
  .array(z.strictObject({ path: z.string(), sha256: z.string(), bytes: z.int().min(1) }))
  .optional()
  .describe('absolute paths of external weight files; the graph may refer to no others');

/** A graph as requested from the host; `path` is absolute. */
const graphLoadSchema = z.strictObject({
  name: z.string(),
  path: z.string(),
  sha256: z.string(),
  bytes: z.int().min(1),
  data: externalSchema,
  inputs: z.array(valueSchema),
  outputs: z.array(valueSchema),
});
export type GraphLoad = z.infer<typeof graphLoadSchema>;

const id = z.int().min(0).optional().describe('a request without an id gets no answer');

export const requestSchema = z.discriminatedUnion('op', [
  z.strictObject({
    op: z.literal('configure'),
    id,
    threads: z.int().min(1),
    providers: z.array(z.string()),
    slots_max: z.int().min(0),
    slot_bytes_max: z.int().min(0),
    nice: z.int().min(0).max(19),
    provider_options: z.record(z.string(), z.record(z.string(), z.string())).optional(),
    lane_bytes: z
      .int()
      .min(0)
      .optional()
      .describe('size of each part of the file at descriptor 3; 0 or absent: no such file'),
  }),
  z.strictObject({ op: z.literal('load'), id, model: z.string(), graphs: z.array(graphLoadSchema) }),
  z.strictObject({ op: z.literal('unload'), id, model: z.string() }),
  z.strictObject({
    op: z.literal('run'),
    id,
    model: z.string(),
    graph: z.string(),
    inputs: z.array(tensorHeaderSchema).describe('inputs whose bytes are in the body'),
    lane,
    slots: z.array(slotHeaderSchema).describe('inputs already in the host'),
    fetch: z.array(z.string()),
    keep: z.array(slotHeaderSchema),
    free: z.array(z.int().min(0)),
    batch: z
      .array(z.int().min(0))
      .min(1)
      .max(BATCH_MAX)
      .optional()
      .describe('several items in one request: how many of `inputs` belong to each'),
    ahead: z
      .strictObject({
        graph: z.string(),
        slots: z.array(slotHeaderSchema),
        outputs: z.array(z.string()).min(1),
        unless: z.array(
          z.strictObject({ output: z.string(), from: z.number().optional(), to: z.number().optional() }),
        ),
      })
      .optional()
      .describe(
        'a run to start once the answer is sent; its outputs wait for the request that asks for them',
      ),
  }),
  z.strictObject({ op: z.literal('read'), id, slot: z.int().min(0) }),
  z.strictObject({
    op: z.literal('put'),
    id,
    slot: z.int().min(0),
    inputs: z.array(tensorHeaderSchema).length(1).describe('the tensor; its bytes are in the body'),
    lane,
  }),
  z.strictObject({
    op: z.literal('inspect'),
    id,
    path: z.string(),
    sha256: z.string(),
    bytes: z.int().min(1),
    data: externalSchema,
  }),
  z.strictObject({ op: z.literal('free'), id, slots: z.array(z.int().min(0)) }),
  z.strictObject({ op: z.literal('ping'), id }),
  z.strictObject({ op: z.literal('stats'), id }),
]);
export type HostRequest = z.infer<typeof requestSchema>;

/** How a graph came up: its provider, which ones refused and why, and how long loading and the first run took. */
const loadedGraphSchema = z.strictObject({
  name: z.string(),
  provider: z.string(),
  refused: z.array(z.strictObject({ provider: z.string(), reason: z.string() })),
  load_ms: z.number(),
  warm_up_ms: z.number(),
});
export type LoadedGraph = z.infer<typeof loadedGraphSchema>;

const statsSchema = z.strictObject({
  rss_bytes: z.number(),
  slots: z.int(),
  slot_bytes: z.int(),
  runs: z.int(),
  /** Of those, runs that were done before they were asked for: and then were, or never were. */
  ahead_used: z.int().optional(),
  ahead_wasted: z.int().optional(),
});
export type HostStats = z.infer<typeof statsSchema>;

const inspectionSchema = z.strictObject({ inputs: z.array(valueSchema), outputs: z.array(valueSchema) });
/** What a graph takes and gives, as the runtime sees it. */
export type Inspection = z.infer<typeof inspectionSchema>;

const codes = Object.keys(ERROR_CATALOGUE) as [ErrorCode, ...ErrorCode[]];

/** How an item of a batch went; the tensors of those that went well follow each other in `tensors`. */
const itemSchema = z.union([
  z.strictObject({ ok: z.literal(true) }),
  z.strictObject({ ok: z.literal(false), code: z.enum(codes), where: z.string(), detail: z.string() }),
]);
export type ItemAnswer = z.infer<typeof itemSchema>;

/** Sent by the host: `hello` once at its start, then one answer per request that has an id. */
export const replySchema = z.union([
  z.strictObject({
    id: z.int(),
    ok: z.literal(true),
    tensors: z.array(tensorHeaderSchema).optional(),
    lane,
    run_ms: z.number().optional(),
    wasted_ms: z.number().optional(),
    items: z.array(itemSchema).max(BATCH_MAX).optional(),
    batch_runs: z.int().optional(),
    graphs: z.array(loadedGraphSchema).optional(),
    stats: statsSchema.optional(),
    inspection: inspectionSchema.optional(),
  }),
  z.strictObject({
    id: z.int(),
    ok: z.literal(false),
    code: z.enum(codes),
    where: z.string(),
    detail: z.string(),
  }),
  z.strictObject({
    op: z.literal('hello'),
    protocol: z.int(),
    runtime: z.string(),
    providers: z.array(z.string()),
    lane: z.boolean().optional().describe('the host can read and write bodies in a shared file'),
  }),
]);
export type HostReply = z.infer<typeof replySchema>;
export type HostAnswer = Extract<HostReply, { id: number }>;
export type HostHello = Extract<HostReply, { op: 'hello' }>;

/** A tensor to be sent. */
export interface OutgoingTensor {
  readonly name: string;
  readonly dtype: TensorHeader['dtype'];
  readonly dims: readonly number[];
  readonly bytes: Uint8Array;
}

const PADDING = new Uint8Array(ALIGNMENT);

/** Lays tensors out one after the other: their headers, and the pieces of the body (shared, not copied). */
export function layOut(tensors: readonly OutgoingTensor[]): {
  readonly headers: TensorHeader[];
  readonly pieces: Uint8Array[];
  readonly bytes: number;
} {
  const headers: TensorHeader[] = [];
  const pieces: Uint8Array[] = [];
  let offset = 0;
  for (const { name, dtype, dims, bytes } of tensors) {
    headers.push({ name, dtype, dims: [...dims], offset, bytes: bytes.byteLength });
    pieces.push(bytes);
    const gap = (ALIGNMENT - (bytes.byteLength % ALIGNMENT)) % ALIGNMENT;
    if (gap > 0) pieces.push(PADDING.subarray(0, gap));
    offset += bytes.byteLength + gap;
  }
  return { headers, pieces, bytes: offset };
}

/** The prefix and the header of a frame in one piece; the body follows. */
export function frameHead(header: unknown, body_bytes: number): Buffer {
  const text = JSON.stringify(header);
  const header_bytes = Buffer.byteLength(text);
  const head = Buffer.allocUnsafe(PREFIX_BYTES + header_bytes);
  head.writeUInt32LE(header_bytes, 0);
  head.writeUInt32LE(body_bytes, 4);
  head.write(text, PREFIX_BYTES);
  return head;
}

/**
 * The two lengths of a frame.
 * @throws Error when they are beyond what a frame may have: what follows is not this protocol.
 */
export function readPrefix(
  data: Buffer,
  at = 0,
): { readonly header_bytes: number; readonly body_bytes: number } {
  const header_bytes = data.readUInt32LE(at);
  const body_bytes = data.readUInt32LE(at + 4);
  if (header_bytes < 2 || header_bytes > HEADER_BYTES_MAX || body_bytes > BODY_BYTES_MAX) {
    throw new Error(`a frame of ${header_bytes} + ${body_bytes} bytes does not follow this protocol`);
  }
  return { header_bytes, body_bytes };
}

/** The bytes of one tensor in a body. */
export function sliceOf(tensor: TensorHeader, body: Uint8Array): Uint8Array {
  const end = tensor.offset + tensor.bytes;
  if (end > body.byteLength) {
    throw new Error(`tensor "${tensor.name}" ends at byte ${end} of a body of ${body.byteLength} bytes`);
  }
  return body.subarray(tensor.offset, end);
}
