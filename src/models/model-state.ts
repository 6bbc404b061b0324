import { type Fault, SageError } from '../contracts/errors.js';
import type { InferenceRequest } from '../contracts/inference.js';
import { BATCH_MAX, isSlot } from '../contracts/inference.js';
import { graphLoads } from './graph-load.js';
import { LatencyHistogram, type LatencySummary } from './latency.js';
import type { GraphDeclaration, ModelManifest } from './manifest.js';
import type { GraphLoad, LoadedGraph } from './protocol.js';
import { elementsOf } from './tensors.js';

/** A model that took the host down this often while it was loaded is not tried again. */
const CRASHES_MAX = 2;

export interface GraphHealth {
  readonly name: string;
  /** The execution provider it runs on, null while it is not loaded. */
  readonly provider: string | null;
  /** Providers that were asked for and refused, with their reasons. */
  readonly refused: readonly { readonly provider: string; readonly reason: string }[];
  readonly load_ms: number | null;
  readonly warm_up_ms: number | null;
  /** Time of the model itself. */
  readonly run: LatencySummary;
  /** From sending the request to having the answer. */
  readonly round_trip: LatencySummary;
}

export interface ModelHealth {
  readonly id: string;
  readonly version: string;
  readonly state: 'loading' | 'ready' | 'failed';
  readonly fault: Fault | null;
  readonly graphs: readonly GraphHealth[];
}

interface GraphState {
  readonly declaration: GraphDeclaration;
  readonly run: LatencyHistogram;
  readonly round_trip: LatencyHistogram;
  loaded: LoadedGraph | null;
}

/** What the client knows of one model: its manifest, whether the host has it, and how fast it is. */
export class ModelState {
  private readonly graphs = new Map<string, GraphState>();
  private state: ModelHealth['state'] = 'loading';
  private failure: SageError | null = null;
  private crashes = 0;
  /** Failed attempts since the last success. */
  failures = 0;

  constructor(
    readonly manifest: ModelManifest,
    private readonly folder: string,
  ) {
    for (const [name, declaration] of Object.entries(manifest.graphs)) {
      const run = new LatencyHistogram();
      this.graphs.set(name, { declaration, run, round_trip: new LatencyHistogram(), loaded: null });
    }
  }

  get id(): string {
    return this.manifest.id;
  }

  get fault(): SageError | null {
    return this.state === 'failed' ? this.failure : null;
  }

  get hopeless(): boolean {
    return this.crashes >= CRASHES_MAX;
  }

  /** What the host is asked to load. */
  loads(): GraphLoad[] {
    return graphLoads(this.manifest, this.folder);
  }

  loading(): void {
    this.state = 'loading';
    for (const graph of this.graphs.values()) graph.loaded = null;
  }

  loaded(graphs: readonly LoadedGraph[]): void {
    this.state = 'ready';
    this.failures = 0;
    this.failure = null;
    for (const graph of graphs) {
      const own = this.graphs.get(graph.name);
      if (own) own.loaded = graph;
    }
  }

  failed(reason: SageError): void {
    this.state = 'failed';
    this.failure = reason;
    this.failures += 1;
  }

  /** The host died while it loaded this model. */
  crashed(reason: SageError): void {
    this.crashes += 1;
    const told = `the host was lost while it loaded this: ${reason.detail}`;
    const code = reason.code === 'SAGE_514' ? reason.code : 'SAGE_510';
    this.failed(new SageError(code, this.id, told, { cause: reason }));
  }

  ran(graph: string, run_ms: number, round_trip_ms: number): void {
    this.graphs.get(graph)?.run.add(run_ms);
    this.graphs.get(graph)?.round_trip.add(round_trip_ms);
  }

  /**
   * Checks a request before it waits for its turn.
   * @throws SageError SAGE_501..510 why the model is not usable, SAGE_508 wrong inputs, SAGE_512 no such graph.
   */
  check(request: InferenceRequest): void {
    if (this.fault) throw this.fault;
    const where = `${this.id}/${request.graph}`;
    const graph = this.graphs.get(request.graph);
    if (!graph) throw new SageError('SAGE_512', where, 'the manifest has no such graph');
    if (request.batch) this.checkBatch(request, request.batch.length, where);
    // Items are looked at by the host, each for itself.
    for (const { name, dtype, shape } of request.batch ? [] : graph.declaration.inputs) {
      const input = request.inputs[name];
      if (!input) throw new SageError('SAGE_508', where, `input "${name}" is missing`);
      if (isSlot(input)) continue;
      const dims_fit =
        input.dims.length === shape.length &&
        shape.every((dim, i) => typeof dim === 'string' || dim === input.dims[i]);
      if (input.type !== dtype || !dims_fit || input.data.length !== elementsOf(input.dims)) {
        const is = `${input.type} [${input.dims.join(', ')}] of ${input.data.length} elements`;
        throw new SageError(
          'SAGE_508',
          where,
          `input "${name}" is ${is}, must be ${dtype} [${shape.join(', ')}]`,
        );
      }
    }
    for (const name of [...request.fetch, ...(request.keep ?? [])]) {
      if (!graph.declaration.outputs.some((output) => output.name === name)) {
        throw new SageError('SAGE_508', where, `it has no output "${name}"`);
      }
    }
  }

  private checkBatch({ inputs, keep, free, ahead }: InferenceRequest, count: number, where: string): void {
    if (count < 1 || count > BATCH_MAX) {
      throw new SageError('SAGE_508', where, `a batch of ${count} items; 1 to ${BATCH_MAX} are possible`);
    }
    if (Object.keys(inputs).length > 0 || keep?.length || free?.length || ahead) {
      throw new SageError('SAGE_508', where, 'a batch has no other inputs, and keeps and frees nothing');
    }
  }

  health(): ModelHealth {
    return {
      id: this.id,
      version: this.manifest.version,
      state: this.state,
      fault: this.fault?.toFault() ?? null,
      graphs: [...this.graphs].map(([name, { loaded, run, round_trip }]) => ({
        name,
        provider: loaded?.provider ?? null,
        refused: loaded?.refused ?? [],
        load_ms: loaded?.load_ms ?? null,
        warm_up_ms: loaded?.warm_up_ms ?? null,
        run: run.summary(),
        round_trip: round_trip.summary(),
      })),
    };
  }
}
