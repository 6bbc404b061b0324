import { setPriority } from 'node:os';
import { messageOf, SageError } from '../../contracts/errors.js';
import type {
  HostRequest,
  HostStats,
  Inspection,
  ItemAnswer,
  LoadedGraph,
  OutgoingTensor,
} from '../protocol.js';
import { Ahead, type AheadRequest, isOver, type Prepared } from './ahead.js';
import { type Feeds, runItems } from './batch.js';
import { received, requireFitting } from './feeds.js';
import { discardCopy, OutputMemory } from './output-memory.js';
import { inspectGraph, type LoadedSession, loadGraph, type Value } from './session.js';
import { type Kept, Slots } from './slots.js';
import { outgoing, requireFinite, settled } from './values.js';

type Request<Op extends HostRequest['op']> = Extract<HostRequest, { op: Op }>;

/** What an answer carries besides its id. */
export interface Outcome {
  readonly fields: {
    readonly run_ms?: number;
    readonly wasted_ms?: number;
    readonly items?: readonly ItemAnswer[];
    readonly batch_runs?: number;
    readonly graphs?: readonly LoadedGraph[];
    readonly stats?: HostStats;
    readonly inspection?: Inspection;
  };
  readonly tensors: readonly OutgoingTensor[];
}

const NOTHING: Outcome = { fields: {}, tensors: [] };

/** The host's models and slots, and what it does for each request. One request at a time. */
export class HostServer {
  private options = { threads: 1, providers: ['cpu'] };
  private readonly models = new Map<string, Map<string, LoadedSession>>();
  private readonly slots = new Slots((kept) => this.onFree(kept));
  private readonly memory = new OutputMemory();
  /** Outputs that were only fetched; their memory is free once the answer is written. */
  private told: readonly (Value | null)[] = [];
  private readonly ahead = new Ahead();
  /** The run that is to be begun when the answer is out. */
  private next: (() => Promise<void>) | null = null;
  private runs = 0;
  /** Room for the body of an answer in the shared file; 0 where there is none. */
  lane_bytes = 0;

  /** @throws SageError when the request cannot be met; the host stays usable. */
  async handle(request: HostRequest, body: Uint8Array): Promise<Outcome> {
    this.memory.giveBack(this.told);
    this.told = [];
    this.next = null;
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
        this.slots.free(request.slots);
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
    this.options = { threads, providers };
    this.slots.count_max = slots_max;
    this.slots.bytes_max = slot_bytes_max;
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
    this.memory.giveBack(this.ahead.drop((prepared) => prepared.model === model));
    this.memory.clear();
    for (const { session } of graphs?.values() ?? []) await session.release();
  }

  private read(slot: number): Outcome {
    const value = this.slots.get(slot);
    requireFinite(value, `slot ${slot}`);
    return { fields: {}, tensors: [outgoing('slot', value)] };
  }

  /** Takes a tensor over into a slot: the state of a refinement that began in another host. */
  private put({ slot, inputs }: Request<'put'>, body: Uint8Array): Outcome {
    const where = `slot ${slot}`;
    this.slots.requireRoom(0, 1, where);
    // The body's memory is used again for the next frame, so what stays is copied.
    const value = received(inputs[0]!, new Uint8Array(body), where);
    this.slots.keep([{ slot, value }], where);
    return NOTHING;
  }

  private async run(request: Request<'run'>, body: Uint8Array): Promise<Outcome> {
    const where = `${request.model}/${request.graph}`;
    const graph = this.graph(request.model, request.graph);
    if (request.batch) return this.runBatch(request, graph, body, where);
    this.slots.requireRoom(request.free.length, request.keep.length, where);
    const wanted = [...new Set([...request.fetch, ...request.keep.map(({ name }) => name)])];
    const kept_once = new Set(request.keep.map(({ name }) => name)).size === request.keep.length;
    // Kept twice, an output would have two owners; the runtime's own memory is left to the garbage collector.
    const { lent, outputs, run_ms } =
      (kept_once ? this.ahead.claim(request) : null) ??
      (await this.compute(graph, this.feeds(request, graph, body), wanted, kept_once, where));
    const value = (name: string): Value => {
      const output = lent[name] ?? outputs[name];
      if (!output) throw new SageError('SAGE_508', where, `it gave no output "${name}"`);
      return output;
    };
    this.told = Object.values(lent);
    // What stays here is looked at when it is fetched: a state that is not finite shows in what the next run gives.
    for (const name of request.fetch) requireFinite(value(name), `${where} output "${name}"`);
    const { ahead } = request;
    const go_on = ahead !== undefined && !this.ahead.waiting && !isOver(ahead, value);
    const kept = request.keep.map(({ name, slot }) => ({ slot, value: value(name) }));
    this.slots.keep(kept, where);
    const held = new Set(kept.map((each) => each.value));
    this.told = Object.values(lent).filter((own) => own !== null && !held.has(own));
    this.slots.free(request.free);
    if (go_on) this.next = () => this.runAhead(request.model, ahead);
    const wasted_ms = this.ahead.takeWasted();
    return {
      fields: { run_ms, ...(wasted_ms > 0 ? { wasted_ms } : {}) },
      tensors: request.fetch.map((name) => outgoing(name, value(name))),
    };
  }

  private async runBatch(
    request: Request<'run'>,
    graph: LoadedSession,
    body: Uint8Array,
    where: string,
  ): Promise<Outcome> {
    const { batch = [], fetch, inputs } = request;
    let at = 0;
    const items = batch.map((count) => {
      const own = inputs.slice(at, at + count);
      at += count;
      return settled(() => this.feeds({ ...request, inputs: own, slots: [] }, graph, body), where);
    });
    const compute = (feeds: Feeds, reuse: boolean) => this.compute(graph, feeds, fetch, reuse, where);
    const { lent, ...outcome } = await runItems(graph.declared, items, fetch, where, compute);
    this.told = lent;
    return outcome;
  }

  private graph(model: string, name: string): LoadedSession {
    const graph = this.models.get(model)?.get(name);
    if (!graph) throw new SageError('SAGE_512', `${model}/${name}`, 'it is not loaded in this host');
    return graph;
  }

  private async compute(
    { session }: LoadedSession,
    feeds: Feeds,
    wanted: readonly string[],
    reuse: boolean,
    where: string,
  ): Promise<Omit<Prepared, 'model' | 'request'>> {
    const unknown = wanted.find((name) => !session.outputNames.includes(name));
    if (unknown !== undefined) throw new SageError('SAGE_508', where, `it has no output "${unknown}"`);
    const lent = reuse
      ? this.memory.lend(session, wanted)
      : Object.fromEntries(wanted.map((name) => [name, null]));
    const began_ms = performance.now();
    try {
      const outputs = await session.run(feeds, lent);
      for (const [name, given] of Object.entries(lent)) if (given) discardCopy(outputs[name]!, given);
      this.runs += 1;
      return { lent, outputs, run_ms: performance.now() - began_ms };
    } catch (thrown) {
      this.memory.giveBack(Object.values(lent));
      throw new SageError('SAGE_505', where, messageOf(thrown), { cause: thrown });
    }
  }

  /** What was asked to be done once the answer is out; returns at once where nothing was. */
  async lookAhead(): Promise<void> {
    const { next } = this;
    this.next = null;
    await next?.();
  }

  private async runAhead(model: string, request: AheadRequest): Promise<void> {
    const where = `${model}/${request.graph}`;
    try {
      const graph = this.graph(model, request.graph);
      const feeds = this.feeds({ ...request, model, inputs: [] }, graph, new Uint8Array(0));
      const computed = await this.compute(graph, feeds, request.outputs, true, where);
      this.ahead.put({ model, request, ...computed });
    } catch {
      // The request for this run executes it then, and gets the error.
    }
  }

  private feeds(
    request: Pick<Request<'run'>, 'model' | 'graph' | 'inputs' | 'slots'>,
    graph: LoadedSession,
    body: Uint8Array,
  ): Record<string, Value> {
    const where = `${request.model}/${request.graph}`;
    const feeds: Record<string, Value> = {};
    for (const input of request.inputs) feeds[input.name] = received(input, body, where);
    for (const { name, slot } of request.slots) feeds[name] = this.slots.get(slot);
    requireFitting(feeds, graph, where);
    return feeds;
  }

  /** Memory of a value that is no longer kept, and of what was laid ahead on it, may be used again. */
  private onFree({ slot, value }: Kept): void {
    this.memory.giveBack([value]);
    const rests = this.ahead.drop(({ request }) => request.slots.some((own) => own.slot === slot));
    this.memory.giveBack(rests);
  }

  private stats(): HostStats {
    return {
      rss_bytes: process.memoryUsage.rss(),
      slots: this.slots.count,
      slot_bytes: this.slots.bytes,
      runs: this.runs,
      ahead_used: this.ahead.used,
      ahead_wasted: this.ahead.wasted,
    };
  }
}
