import { TENSOR_TYPES, type TensorType } from '../contracts/inference.js';
import { ALIGNMENT, BODY_BYTES_MAX, DIMS_MAX, type HostAnswer } from './protocol.js';
import { ELEMENT_BYTES, elementsOf } from './tensors.js';

type Fields = Readonly<Record<string, unknown>>;
type RunAnswer = Extract<HostAnswer, { ok: true }>;

const types: ReadonlySet<unknown> = new Set(TENSOR_TYPES);

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSize(value: unknown): value is number {
  return isWhole(value) && value <= BODY_BYTES_MAX;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Which fields those are the caller sees to. */
function hasFields(value: Fields, count: number): boolean {
  return Object.keys(value).length === count;
}

function isTensor(value: unknown): boolean {
  if (!isObject(value) || !hasFields(value, 5)) return false;
  const { name, dtype, dims, offset, bytes } = value;
  if (typeof name !== 'string' || !types.has(dtype) || !isWhole(offset) || !isSize(bytes)) return false;
  if (offset % ALIGNMENT !== 0 || !Array.isArray(dims) || dims.length > DIMS_MAX) return false;
  return dims.every(isSize) && elementsOf(dims) * ELEMENT_BYTES[dtype as TensorType] === bytes;
}

function isLane(value: unknown): boolean {
  return isObject(value) && hasFields(value, 2) && isWhole(value.offset) && isSize(value.bytes);
}

function isDuration(value: unknown): boolean {
  return value === undefined || Number.isFinite(value);
}

/**
 * The answer to a run that went well; null for whatever else a host says, which `replySchema` looks at. What is no such
 * answer by that schema is none here. By hand, since it is between the model and whoever waits for it: after some
 * milliseconds of waiting no code is in a cache, and the schema is a lot of code.
 * @param header parsed JSON
 */
export function runAnswerOf(header: unknown): RunAnswer | null {
  if (!isObject(header) || header.ok !== true || !Number.isSafeInteger(header.id)) return null;
  const { tensors, lane, run_ms, wasted_ms } = header;
  let count = 2;
  for (const field of [tensors, lane, run_ms, wasted_ms]) if (field !== undefined) count += 1;
  if (!hasFields(header, count)) return null;
  if (!isDuration(run_ms) || !isDuration(wasted_ms) || (lane !== undefined && !isLane(lane))) return null;
  if (tensors !== undefined && !(Array.isArray(tensors) && tensors.every(isTensor))) return null;
  return header as RunAnswer;
}
