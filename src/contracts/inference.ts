/**
 * How a plugin reaches a model without knowing where it runs. Large intermediate results can stay where the model
 * is, in slots; only what is asked for crosses.
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

/** Row-major; `data` holds exactly the product of `dims` elements and must not change while a run is under way. */
export interface Tensor {
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** A tensor that stayed with the model. It dies with its host, and when it is freed. */
export interface Slot {
  readonly slot: number;
  /** Which start of the host made it; a slot of an earlier one is lost. */
  readonly generation: number;
}

/**
 * The run that will come after this one. The host begins it as soon as this one is answered, while the caller looks at
 * the answer, and keeps its outputs for the request that asks for the same. At most one such run is for nothing.
 */
export interface RunAhead {
  readonly graph: string;
  /** Every input: a slot, or the name of an output that this request keeps. */
  readonly inputs: Readonly<Record<string, Slot | string>>;
  /** What the request to come will fetch or keep. */
  readonly outputs: readonly string[];
  /** Not begun where the first number of such a (fetched or kept) output of this run lies in one of these ranges. */
  readonly unless?: readonly { readonly output: string; readonly from?: number; readonly to?: number }[];
}

/** Items of one request at most. */
export const BATCH_MAX = 32;

/** What one item of a batch gave, or why it failed; the others are not disturbed. */
export type BatchItem =
  | { readonly tensors: Readonly<Record<string, Tensor>>; readonly fault: null }
  | { readonly tensors: null; readonly fault: Fault };

export interface InferenceRequest {
  /** Id of the model's manifest, and the graph in it. */
  readonly model: string;
  readonly graph: string;
  /** Every input of the graph by name. */
  readonly inputs: Readonly<Record<string, Tensor | Slot>>;
  /** Outputs that come back. */
  readonly fetch: readonly string[];
  /** Outputs that stay, each in a new slot. */
  readonly keep?: readonly string[];
  /** Slots that are freed when the run has succeeded: the state that this run replaces, say. */
  readonly free?: readonly Slot[];
  readonly ahead?: RunAhead;
  /**
   * Instead of `inputs` (which are empty then): several inputs of the graph in one round trip, 1 to BATCH_MAX. Where the
   * manifest calls the first dimension of all that the graph takes and gives a batch (`n`, say) they are stacked and run
   * as one, else they run one after the other. Nothing can be kept.
   */
  readonly batch?: readonly Readonly<Record<string, Tensor>>[];
  /** Gives the request up: one that waits is never run, the result of one under way is dropped with its slots. */
  readonly signal?: AbortSignal;
}

export interface InferenceOutputs {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly slots: Readonly<Record<string, Slot>>;
  /** Time of the model itself, without the way there and back, ms. */
  readonly run_ms: number;
  /** Of a request with a batch: what each of its items gave, in order. `tensors` is empty then. */
  readonly batch?: readonly BatchItem[];
  /** Runs of the model that went well for the batch: one where it was stacked. */
  readonly runs?: number;
  /** Time of runs ahead that turned out to be for nothing, since the last answer, ms. Absent: none. */
  readonly wasted_ms?: number;
}

/**
 * Runs graphs of models. Rejects with a SageError: SAGE_501..503 the model is not usable, SAGE_504 and SAGE_506 its
 * host died or was replaced, SAGE_505 the runtime refused, SAGE_507 an output is not finite, SAGE_508 a shape does
 * not fit, SAGE_509 too much is waiting, SAGE_511 a slot is gone; or with the signal's reason.
 */
export interface InferencePort {
  run(request: InferenceRequest): Promise<InferenceOutputs>;
  /** Fetches a slot's tensor; the slot stays. */
  read(slot: Slot, signal?: AbortSignal): Promise<Tensor>;
  /** Frees slots; those that are gone already are no error. */
  free(slots: readonly Slot[]): void;
}

/** True for an input that is a slot and not a tensor. */
export function isSlot(value: Tensor | Slot): value is Slot {
  return 'slot' in value;
}
