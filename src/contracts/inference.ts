/**
 * How a plugin uses a model without knowing where it runs. Large intermediate results can stay with the
 * model, in slots; only what is fetched crosses the boundary.
 */

import type { Fault } from './errors.js';

/** Element types of tensors, by their ONNX Runtime names. */
export const TENSOR_TYPES = [
  'float32',
  'float16',
  'float64',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'bool',
] as const;
export type TensorType = (typeof TENSOR_TYPES)[number];

/** float16 as raw 16-bit words, bool as bytes of 0 and 1. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Int32Array
  | BigInt64Array;

/** Row-major; `data` has exactly the product of `dims` elements and must not change during a run. */
export interface Tensor {
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** A tensor kept by the model host. It is lost with its host, or when freed. */
export interface Slot {
  readonly slot: number;
  /** Generation of the host that made it; slots of earlier generations are lost. */
  readonly generation: number;
}

/**
 * The run expected after this one. The host starts it as soon as it has answered this one, while the caller
 * processes the answer, and keeps its outputs for the matching request. At most one such run is wasted.
 */
export interface RunAhead {
  readonly graph: string;
  /** Every input: a slot, or the name of an output kept by this request. */
  readonly inputs: Readonly<Record<string, Slot | string>>;
  /** Outputs that the expected request will fetch or keep. */
  readonly outputs: readonly string[];
  /** Skipped if the first number of such a (fetched or kept) output of this run is in one of these ranges. */
  readonly unless?: readonly { readonly output: string; readonly from?: number; readonly to?: number }[];
}

/** Most items per request. */
export const BATCH_MAX = 32;

/** Result of one item of a batch, or why it failed; other items are unaffected. */
export type BatchItem =
  | { readonly tensors: Readonly<Record<string, Tensor>>; readonly fault: null }
  | { readonly tensors: null; readonly fault: Fault };

export interface InferenceRequest {
  /** Id of the model's manifest, and the graph in it. */
  readonly model: string;
  readonly graph: string;
  /** Every input of the graph by name. */
  readonly inputs: Readonly<Record<string, Tensor | Slot>>;
  /** Outputs to return. */
  readonly fetch: readonly string[];
  /** Outputs to keep in the host, each in a new slot. */
  readonly keep?: readonly string[];
  /** Slots to free once the run has succeeded, e.g. the state that this run replaces. */
  readonly free?: readonly Slot[];
  readonly ahead?: RunAhead;
  /**
   * Instead of `inputs` (which is empty then): several sets of inputs in one round trip, 1 to BATCH_MAX. If
   * the manifest declares the first dimension of all inputs and outputs as a batch (`n`, say), they are
   * stacked into one run; otherwise they run one after the other. Nothing can be kept.
   */
  readonly batch?: readonly Readonly<Record<string, Tensor>>[];
  /**
   * Abandons the request: a queued one never runs; the result of one in progress is dropped along with its
   * slots.
   */
  readonly signal?: AbortSignal;
}

export interface InferenceOutputs {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly slots: Readonly<Record<string, Slot>>;
  /** Inference time without transport, ms. */
  readonly run_ms: number;
  /** For a batch: the result of each item, in order. `tensors` is empty then. */
  readonly batch?: readonly BatchItem[];
  /** Successful runs for the batch: one if it was stacked. */
  readonly runs?: number;
  /** Time of wasted speculative runs since the last answer, ms. Absent: none. */
  readonly wasted_ms?: number;
}

/**
 * Runs graphs of models. Rejects with a SageError: SAGE_501..503 the model is unusable, SAGE_504 and SAGE_506
 * its host died or was replaced, SAGE_505 the runtime failed, SAGE_507 an output is not finite, SAGE_508 a
 * shape does not match, SAGE_509 the queue is full, SAGE_511 a slot is gone; or with the signal's reason.
 */
export interface InferencePort {
  run(request: InferenceRequest): Promise<InferenceOutputs>;
  /** Fetches a slot's tensor; the slot is kept. */
  read(slot: Slot, signal?: AbortSignal): Promise<Tensor>;
  /** Frees slots; unknown ones are ignored. */
  free(slots: readonly Slot[]): void;
}

export function isSlot(value: Tensor | Slot): value is Slot {
  return 'slot' in value;
}
