import { setPriority } from 'node:os';
import { messageOf, SageError } from '../../contracts/errors.js';
import { TENSOR_TYPES, type TensorData, type TensorType } from '../../contracts/inference.js';
import {
  type HostRequest,
  type HostStats,
  type Inspection,
  type LoadedGraph,
  type OutgoingTensor,
  sliceOf,
  type TensorHeader,
} from '../protocol.js';
import { allFinite, bytesOf, viewAs } from '../tensors.js';
import { OutputMemory } from './output-memory.js';
import { inspectGraph, type LoadedSession, loadGraph, toValue, type Value } from './session.js';

type Request<Op extends HostRequest['op']> = Extract<HostRequest, { op: Op }>;

/** What an answer carries besides its id. */
export interface Outcome {
  readonly fields: {
    readonly run_ms?: number;
    readonly graphs?: readonly LoadedGraph[];
    readonly stats?: HostStats;
    readonly inspection?: Inspection;
  };
  readonly tensors: readonly OutgoingTensor[];
}

const NOTHING: Outcome = { fields: {}, tensors: [] };

function isTensorType(type: string): type is TensorType {
  return (TENSOR_TYPES as readonly string[]).includes(type);
}

function outgoing(name: string, value: Value): OutgoingTensor {
  if (!isTensorType(value.type)) {
    throw new SageError('SAGE_508', name, `elements of type ${value.type} cannot be sent`);
  }
  return { name, dtype: value.type, dims: value.dims, bytes: bytesOf(value.data as TensorData) };
}

function requireFinite(value: Value, where: string): void {
  if (isTensorType(value.type) && !allFinite(value.type, value.data as TensorData)) {
    throw new SageError('SAGE_507', where, 'it has NaN or infinity');
  }
}

function bytesIn(value: Value): number {
  return (value.data as TensorData).byteLength;
}

/** The host's models and slots, and what it does for each request. One request at a time. */
export class HostServer {
  private options = { threads: 1, providers: ['cpu'], slots_max: 0, slot_bytes_max: 0 };
  private readonly models = new Map<string, Map<string, LoadedSession>>();
  private readonly slots = new Map<number, Value>();
  private slot_bytes = 0;
  private readonly memory = new OutputMemory();
  /** Outputs that were only fetched; their memory is free once the answer is written. */
  private told: readonly (Value | null)[] = [];
  private runs = 0;
  /** Room for the body of an answer in the shared file; 0 where there is none. */
  lane_bytes = 0;

  /** @throws SageError when the request cannot be met; the host stays usable. */
  async handle(request: HostRequest, body: Uint8Array): Promise<Outcome> {
    this.memory.giveBack(this.told);
    this.told = [];
    switch (request.op) {
      case 'configure':
        return this.configure(request);
      case 'load':
        return this.load(request);
      case 'unload':
        await this.unload(request.model);
        return NOTHING;
      case 'run':
        return this.run(request, body);
      case 'read':
        return this.read(request.slot);
      case 'put':
        return this.put(request, body);
      case 'inspect':
        return { fields: { inspection: await inspectGraph(request, this.options) }, tensors: [] };
      case 'free':
        this.free(request.slots);
        return NOTHING;
      case 'ping':
        return NOTHING;
      case 'stats':
        return { fields: { stats: this.stats() }, tensors: [] };
    }
  }

  private configure(request: Request<'configure'>): Outcome {
    const { threads, providers, slots_max, slot_bytes_max, nice, lane_bytes = 0 } = request;
    this.lane_bytes = lane_bytes;
    this.options = { threads, providers, slots_max, slot_bytes_max };
    // Inference gives way to the processes that serve ROS and the cycle.
    if (nice > 0) setPriority(nice);
    return NOTHING;
  }

  private async load(request: Request<'load'>): Promise<Outcome> {
    await this.unload(request.model);
    const graphs = new Map<string, LoadedSession>();
    try {
      for (const graph of request.graphs) graphs.set(graph.name, await loadGraph(graph, this.options));
    } catch (thrown) {
      for (const { session } of graphs.values()) await session.release();
      throw thrown;
    }
    this.models.set(request.model, graphs);
    return { fields: { graphs: [...graphs.values()].map(({ info }) => info) }, tensors: [] };
  }

  private async unload(model: string): Promise<void> {
    const graphs = this.models.get(model);
    this.models.delete(model);
    this.memory.clear();
    for (const { session } of graphs?.values() ?? []) await session.release();
  }

  private read(slot: number): Outcome {
    const value = this.slot(slot);
    requireFinite(value, `slot ${slot}`);
    return { fields: {}, tensors: [outgoing('slot', value)] };
  }

  /** Takes a tensor over into a slot: the state of a refinement that began in another host. */
  private put({ slot, inputs }: Request<'put'>, body: Uint8Array): Outcome {
    if (this.slots.size >= this.options.slots_max) {
      throw new SageError('SAGE_509', `slot ${slot}`, `${this.slots.size} slots are taken`);
    }
    // The body's memory is used again for the next frame, so what stays is copied.
    const value = this.received(inputs[0]!, new Uint8Array(body), `slot ${slot}`);
    this.keep([{ slot, value }], `slot ${slot}`);
    return NOTHING;
  }

  private async run(request: Request<'run'>, body: Uint8Array): Promise<Outcome> {
    const where = `${request.model}/${request.graph}`;
    const graph = this.models.get(request.model)?.get(request.graph);
    if (!graph) throw new SageError('SAGE_512', where, 'it is not loaded in this host');
    if (this.slots.size - request.free.length + request.keep.length > this.options.slots_max) {
      throw new SageError('SAGE_509', where, `${this.slots.size} slots are taken`);
    }
    const feeds = this.feeds(request, graph, body);
    const wanted = [...new Set([...request.fetch, ...request.keep.map(({ name }) => name)])];
    const unknown = wanted.find((name) => !graph.session.outputNames.includes(name));
    if (unknown !== undefined) throw new SageError('SAGE_508', where, `it has no output "${unknown}"`);
    // Kept twice, an output would have two owners; the runtime's own memory is left to the garbage collector.
    const lent =
      new Set(request.keep.map(({ name }) => name)).size === request.keep.length
        ? this.memory.lend(graph.session, wanted)
        : Object.fromEntries(wanted.map((name) => [name, null]));
    const began_ms = performance.now();
    let outputs: Readonly<Record<string, Value>>;
    try {
      outputs = await graph.session.run(feeds, lent);
    } catch (thrown) {
      this.memory.giveBack(Object.values(lent));
      throw new SageError('SAGE_505', where, messageOf(thrown), { cause: thrown });
    }
    const run_ms = performance.now() - began_ms;
    this.runs += 1;
    const value = (name: string): Value => {
      const output = lent[name] ?? outputs[name];
      if (!output) throw new SageError('SAGE_508', where, `it gave no output "${name}"`);
      return output;
    };
    this.told = Object.values(lent);
    // What stays here is looked at when it is fetched: a state that is not finite shows in what the next run gives.
    for (const name of request.fetch) requireFinite(value(name), `${where} output "${name}"`);
    const kept = request.keep.map(({ name, slot }) => ({ slot, value: value(name) }));
    this.keep(kept, where);
    this.told = wanted.flatMap((name) =>
      kept.some(({ value: own }) => own === lent[name]) ? [] : [lent[name] ?? null],
    );
    this.free(request.free);
    return { fields: { run_ms }, tensors: request.fetch.map((name) => outgoing(name, value(name))) };
  }

  private feeds(request: Request<'run'>, graph: LoadedSession, body: Uint8Array): Record<string, Value> {
    const where = `${request.model}/${request.graph}`;
    const feeds: Record<string, Value> = {};
    for (const input of request.inputs) feeds[input.name] = this.received(input, body, where);
    for (const { name, slot } of request.slots) feeds[name] = this.slot(slot);
    for (const { name, dtype, shape } of graph.declared.inputs) {
      const feed = feeds[name];
      const fits =
        feed?.type === dtype &&
        feed.dims.length === shape.length &&
        shape.every((dim, i) => typeof dim === 'string' || dim === feed.dims[i]);
      if (!fits) {
        const is = feed ? `${feed.type} [${feed.dims.join(', ')}]` : 'missing';
        const told = `input "${name}" is ${is}, must be ${dtype} [${shape.join(', ')}]`;
        throw new SageError('SAGE_508', where, told);
      }
    }
    const extra = Object.keys(feeds).find((name) => !graph.session.inputNames.includes(name));
    if (extra !== undefined) throw new SageError('SAGE_508', where, `it has no input "${extra}"`);
    return feeds;
  }

  private received(input: TensorHeader, body: Uint8Array, where: string): Value {
    let bytes: Uint8Array;
    try {
      bytes = sliceOf(input, body);
    } catch (thrown) {
      throw new SageError('SAGE_508', where, messageOf(thrown), { cause: thrown });
    }
    return toValue(input.dtype, viewAs(input.dtype, bytes), input.dims);
  }

  private slot(slot: number): Value {
    const value = this.slots.get(slot);
    if (!value) throw new SageError('SAGE_511', `slot ${slot}`, 'it was freed, or never made');
    return value;
  }

  private keep(kept: readonly { readonly slot: number; readonly value: Value }[], where: string): void {
    const more = kept.reduce((sum, { value }) => sum + bytesIn(value), 0);
    if (this.slot_bytes + more > this.options.slot_bytes_max) {
      const told = `${this.slot_bytes} bytes are kept, ${more} more would be too many`;
      throw new SageError('SAGE_509', where, told);
    }
    for (const { slot, value } of kept) {
      this.free([slot]);
      this.slots.set(slot, value);
      this.slot_bytes += bytesIn(value);
    }
  }

  private free(slots: readonly number[]): void {
    for (const slot of slots) {
      const value = this.slots.get(slot);
      if (!value) continue;
      this.slots.delete(slot);
      this.memory.giveBack([value]);
      this.slot_bytes -= bytesIn(value);
    }
  }

  private stats(): HostStats {
    return {
      rss_bytes: process.memoryUsage.rss(),
      slots: this.slots.size,
      slot_bytes: this.slot_bytes,
      runs: this.runs,
    };
  }
}
