import { SageError } from '../../contracts/errors.js';
import type { TensorType } from '../../contracts/inference.js';
import { isRows } from '../graph-load.js';
import type { GraphLoad, ItemAnswer, OutgoingTensor } from '../protocol.js';
import { bytesOf, elementsOf, viewAs } from '../tensors.js';
import { toValue, type Value } from './session.js';
import { asSageError, outgoing, requireFinite, settled } from './values.js';

export type Feeds = Readonly<Record<string, Value>>;
type Sides = Pick<GraphLoad, 'inputs' | 'outputs'>;

const rowsOf = (values: GraphLoad['inputs']): boolean => values.every(({ shape }) => isRows(shape[0]));

/** Whether all that a graph takes and gives is rows of a batch, as its manifest says, and the items differ in none. */
function canStack({ inputs, outputs }: Sides, items: readonly Feeds[]): boolean {
  const [first, ...others] = items;
  if (!first || others.length === 0) return false;
  if (!rowsOf(inputs) || !rowsOf(outputs)) return false;
  const rows = rowsIn(first);
  if (rows === 0 || Object.values(first).some(({ dims }) => dims[0] !== rows)) return false;
  const shape = ({ dims, type }: Value): string => `${type} ${dims.join('×')}`;
  return others.every((item) =>
    Object.entries(first).every(([name, value]) => {
      const own = item[name];
      return own !== undefined && shape(own) === shape(value);
    }),
  );
}

const rowsIn = (item: Feeds): number => Object.values(item)[0]?.dims[0] ?? 0;

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

/**
 * The outputs of a stacked run item by item.
 * @throws SageError SAGE_508 where an output has not as many rows as all items together: whose they are is unknown.
 */
function unstack(outputs: Feeds, count: number, rows: number, where: string): Feeds[] {
  for (const [name, { dims }] of Object.entries(outputs)) {
    if (dims[0] === count * rows) continue;
    const told = `output "${name}" has ${dims[0]} rows for ${count} items of ${rows}: its first dimension is not a batch`;
    throw new SageError('SAGE_508', where, told);
  }
  return Array.from({ length: count }, (_, item) =>
    Object.fromEntries(
      Object.entries(outputs).map(([name, { type, dims, data }]) => {
        const own = [rows, ...dims.slice(1)];
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
  /** Runs that the model finished. */
  readonly runs: number;
}

/** Null where they cannot be stacked, or the graph does not take them so: then each is run by itself. */
async function runStacked(
  graph: Sides,
  feeds: readonly Feeds[],
  where: string,
  compute: Compute,
): Promise<BatchRun | null> {
  if (!canStack(graph, feeds)) return null;
  let computed: Awaited<ReturnType<Compute>>;
  try {
    computed = await compute(stack(feeds), false);
  } catch {
    // One item can spoil the run of all; run in turn, it is found and named.
    return null;
  }
  const { outputs, run_ms } = computed;
  const parts = settled(() => unstack(outputs, feeds.length, rowsIn(feeds[0]!), where), where);
  const results = parts instanceof SageError ? feeds.map(() => parts) : parts;
  return { results, lent: [], run_ms, runs: 1 };
}

async function runEach(feeds: readonly Feeds[], where: string, compute: Compute): Promise<BatchRun> {
  const results: (Feeds | SageError)[] = [];
  const memory: (Value | null)[] = [];
  let spent_ms = 0;
  let runs = 0;
  for (const each of feeds) {
    try {
      const { lent, outputs, run_ms } = await compute(each, true);
      spent_ms += run_ms;
      runs += 1;
      memory.push(...Object.values(lent));
      results.push(Object.fromEntries(Object.keys(lent).map((name) => [name, lent[name] ?? outputs[name]!])));
    } catch (thrown) {
      results.push(asSageError(thrown, where));
    }
  }
  return { results, lent: memory, run_ms: spent_ms, runs };
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
  graph: Sides,
  items: readonly (Feeds | SageError)[],
  fetch: readonly string[],
  where: string,
  compute: Compute,
) {
  const feeds = items.flatMap((item) => (item instanceof SageError ? [] : [item]));
  const { results, lent, run_ms, runs } =
    (await runStacked(graph, feeds, where, compute)) ?? (await runEach(feeds, where, compute));
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
