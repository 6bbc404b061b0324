import type { InferenceSession } from 'onnxruntime-node';
import { SageError } from '../../contracts/errors.js';
import type { TensorType } from '../../contracts/inference.js';
import type { ItemAnswer, OutgoingTensor } from '../protocol.js';
import { bytesOf, elementsOf, viewAs } from '../tensors.js';
import { toValue, type Value } from './session.js';
import { asSageError, outgoing, requireFinite, settled } from './values.js';

export type Feeds = Readonly<Record<string, Value>>;

const opensFirst = (values: readonly InferenceSession.ValueMetadata[]): boolean =>
  values.every((value) => value.isTensor && typeof value.shape[0] === 'string');

/** Whether a graph leaves the first dimension of all that it takes and gives open, and these differ in no other. */
export function canStack(session: InferenceSession, items: readonly Feeds[]): boolean {
  const [first, ...others] = items;
  if (!first || others.length === 0) return false;
  if (!opensFirst(session.inputMetadata) || !opensFirst(session.outputMetadata)) return false;
  const rest = ({ dims, type }: Value): string => `${type} ${dims.slice(1).join('×')}`;
  return others.every((item) =>
    Object.entries(first).every(([name, value]) => {
      const own = item[name];
      return own !== undefined && own.dims[0] === value.dims[0] && rest(own) === rest(value);
    }),
  );
}

/** All items as one: each input with the rows of all of them, in order. */
export function stack(items: readonly Feeds[]): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(items[0]!).map(([name, first]) => {
      const parts = items.map((item) => bytesOf(item[name]!.data as Uint8Array));
      const together = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
      let at = 0;
      for (const part of parts) {
        together.set(part, at);
        at += part.byteLength;
      }
      const type = first.type as TensorType;
      const dims = [first.dims[0]! * items.length, ...first.dims.slice(1)];
      return [name, toValue(type, viewAs(type, together), dims)];
    }),
  );
}

/** The outputs of a stacked run item by item; null where the graph gave not as many rows per item for all. */
export function unstack(outputs: Feeds, count: number): Feeds[] | null {
  for (const { dims } of Object.values(outputs)) if (dims[0]! % count !== 0 || dims[0] === 0) return null;
  return Array.from({ length: count }, (_, item) =>
    Object.fromEntries(
      Object.entries(outputs).map(([name, { type, dims, data }]) => {
        const own = [dims[0]! / count, ...dims.slice(1)];
        const size = elementsOf(own);
        const slice = (data as Float32Array).subarray(item * size, (item + 1) * size);
        return [name, toValue(type as TensorType, slice, own)];
      }),
    ),
  );
}

/** One run of the graph; `lent` is memory that is free again once the answer is written. */
type Compute = (
  feeds: Feeds,
  reuse: boolean,
) => Promise<{
  readonly lent: Readonly<Record<string, Value | null>>;
  readonly outputs: Feeds;
  readonly run_ms: number;
}>;

interface BatchRun {
  readonly results: (Feeds | SageError)[];
  readonly lent: readonly (Value | null)[];
  readonly run_ms: number;
  readonly runs: number;
}

/** Null where they cannot be stacked, or the graph does not take them so: then each is run by itself. */
async function runStacked(
  session: InferenceSession,
  feeds: readonly Feeds[],
  compute: Compute,
): Promise<BatchRun | null> {
  if (!canStack(session, feeds)) return null;
  try {
    const { outputs, run_ms } = await compute(stack(feeds), false);
    const results = unstack(outputs, feeds.length);
    return results && { results, lent: [], run_ms, runs: 1 };
  } catch {
    // One item can spoil the run of all; run in turn, it is found and named.
    return null;
  }
}

async function runEach(feeds: readonly Feeds[], where: string, compute: Compute): Promise<BatchRun> {
  const results: (Feeds | SageError)[] = [];
  const memory: (Value | null)[] = [];
  let spent_ms = 0;
  for (const each of feeds) {
    try {
      const { lent, outputs, run_ms } = await compute(each, true);
      spent_ms += run_ms;
      memory.push(...Object.values(lent));
      results.push(Object.fromEntries(Object.keys(lent).map((name) => [name, lent[name] ?? outputs[name]!])));
    } catch (thrown) {
      results.push(asSageError(thrown, where));
    }
  }
  return { results, lent: memory, run_ms: spent_ms, runs: feeds.length };
}

function outgoingAll(result: Feeds, names: readonly string[], where: string): OutgoingTensor[] {
  for (const name of names) requireFinite(result[name]!, `${where} output "${name}"`);
  return names.map((name) => outgoing(name, result[name]!));
}

/**
 * Items that fit are run as one where the graph allows, else in turn; what fails for one fails for it alone.
 * @param items what each brings, or why it cannot be run
 */
export async function runItems(
  session: InferenceSession,
  items: readonly (Feeds | SageError)[],
  fetch: readonly string[],
  where: string,
  compute: Compute,
) {
  const feeds = items.flatMap((item) => (item instanceof SageError ? [] : [item]));
  const { results, lent, run_ms, runs } =
    (await runStacked(session, feeds, compute)) ?? (await runEach(feeds, where, compute));
  const tensors: OutgoingTensor[] = [];
  const told = items.map((item): ItemAnswer => {
    const result = item instanceof SageError ? item : results.shift()!;
    const out =
      result instanceof SageError ? result : settled(() => outgoingAll(result, fetch, where), where);
    if (out instanceof SageError) return { ok: false, code: out.code, where: out.where, detail: out.detail };
    tensors.push(...out);
    return { ok: true };
  });
  return { fields: { run_ms, items: told, batch_runs: runs }, tensors, lent };
}
