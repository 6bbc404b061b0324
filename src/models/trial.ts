import { SageError } from '../contracts/errors.js';
import type { Tensor } from '../contracts/inference.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { type Ask, HostConnection } from './connection.js';
import { greet } from './greeting.js';
import { tensorsOf } from './jobs.js';
import { type HostLaunch, hostLaunch, loadLimitMs } from './launch.js';
import { residentMb } from './manager/memory.js';
import type { GraphDeclaration } from './manifest.js';
import type { HostHello, Inspection, LoadedGraph, OutgoingTensor } from './protocol.js';
import { bytesOf } from './tensors.js';

/** A file that may become a model. */
export interface TrialFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** What one run gave. */
export interface TrialRun {
  /** Of each output that could be read. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** Why the others could not: of another type, or not finite. */
  readonly unread: Readonly<Record<string, SageError>>;
  readonly run_ms: number;
}

/** Under which name the model on trial is loaded. */
const MODEL = 'trial';
const GRAPH = 'main';

/**
 * One host process in which files are looked at, loaded and run that are no models yet. Nothing is started again: what
 * ends the process is what the file is refused for.
 */
export class ModelTrial {
  private slots = 0;

  private constructor(
    private readonly connection: HostConnection,
    private readonly gone: Promise<void>,
    private readonly parameters: Parameters['models'],
    private readonly hello: HostHello,
    /** Memory of the host without a model, MB; null where the system does not tell. */
    readonly host_mb: number | null,
  ) {}

  /** @throws SageError SAGE_504, SAGE_506 where no host comes up */
  static async open(parameters: Parameters['models'], launch?: HostLaunch): Promise<ModelTrial> {
    let end = (): void => undefined;
    const gone = new Promise<void>((resolve) => {
      end = resolve;
    });
    const events = { onLine: () => undefined, onGone: () => end() };
    const connection = new HostConnection(launch ?? hostLaunch(parameters), events);
    const told = `it did not come up within ${parameters.load_timeout_ms} ms`;
    try {
      const hello = await within(connection, parameters.load_timeout_ms, told, () =>
        greet(connection, parameters),
      );
      return new ModelTrial(connection, gone, parameters, hello, await residentMb(connection.pid));
    } catch (thrown) {
      connection.kill(new SageError('SAGE_504', 'model host', 'it was closed'));
      throw thrown;
    }
  }

  get runtime(): string {
    return this.hello.runtime;
  }

  /** Memory of the host now, MB; null where the system does not tell. */
  memoryMb(): Promise<number | null> {
    return residentMb(this.connection.pid);
  }

  /** What a graph takes and gives. @throws SageError SAGE_501, SAGE_502, SAGE_510, and what ends the host */
  async inspect({ path, sha256, bytes }: TrialFile): Promise<Inspection> {
    const { load_timeout_ms } = this.parameters;
    const { answer } = await this.ask({ op: 'inspect', path, sha256, bytes }, load_timeout_ms);
    if (!answer.inspection) throw new SageError('SAGE_504', 'model host', 'it answered without the graph');
    return answer.inspection;
  }

  /** Loads a file in the place of the last. @throws SageError SAGE_501, SAGE_502, SAGE_508, SAGE_510 */
  async load(
    { path, sha256, bytes }: TrialFile,
    { inputs, outputs }: GraphDeclaration,
  ): Promise<LoadedGraph> {
    const plain = (values: GraphDeclaration['inputs']) =>
      values.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
    const graph = { name: GRAPH, path, sha256, bytes, inputs: plain(inputs), outputs: plain(outputs) };
    const limit_ms = loadLimitMs(this.parameters, this.hello.providers);
    const { answer } = await this.ask({ op: 'load', model: MODEL, graphs: [graph] }, limit_ms);
    const [loaded] = answer.graphs ?? [];
    if (!loaded) throw new SageError('SAGE_504', 'model host', 'it answered without the graph');
    return loaded;
  }

  /**
   * Runs what is loaded once. An output that cannot be read does not keep the others.
   * @throws SageError SAGE_505, SAGE_508, and SAGE_506 where it takes longer than models.timeout_ms
   */
  async run(inputs: Readonly<Record<string, Tensor>>, outputs: readonly string[]): Promise<TrialRun> {
    const { timeout_ms } = this.parameters;
    const fed = Object.entries(inputs).map(
      ([name, { type, dims, data }]): OutgoingTensor => ({ name, dtype: type, dims, bytes: bytesOf(data) }),
    );
    const keep = outputs.map((name) => {
      this.slots += 1;
      return { name, slot: this.slots };
    });
    const run: Ask = {
      op: 'run',
      model: MODEL,
      graph: GRAPH,
      inputs: [],
      slots: [],
      fetch: [],
      keep,
      free: [],
    };
    const { answer } = await this.ask(run, timeout_ms, fed);
    const tensors: Record<string, Tensor> = {};
    const unread: Record<string, SageError> = {};
    for (const { name, slot } of keep) {
      try {
        tensors[name] = tensorsOf(await this.ask({ op: 'read', slot }, timeout_ms)).slot!;
      } catch (thrown) {
        if (!(thrown instanceof SageError) || thrown.code === 'SAGE_504') throw thrown;
        unread[name] = thrown;
      }
    }
    await this.ask({ op: 'free', slots: keep.map(({ slot }) => slot) }, timeout_ms);
    return { tensors, unread, run_ms: answer.run_ms ?? 0 };
  }

  async close(): Promise<void> {
    this.connection.kill(new SageError('SAGE_504', 'model host', 'it was closed'));
    await this.gone;
  }

  private ask(ask: Ask, limit_ms: number, tensors: readonly OutgoingTensor[] = []) {
    return within(this.connection, limit_ms, `no answer within ${limit_ms} ms`, () =>
      this.connection.request(ask, tensors),
    );
  }
}

/** Ends the host where this takes longer than allowed, with what is told. */
async function within<T>(
  connection: HostConnection,
  limit_ms: number,
  told: string,
  act: () => Promise<T>,
): Promise<T> {
  const limit = setTimeout(() => connection.kill(new SageError('SAGE_506', 'model host', told)), limit_ms);
  try {
    return await act();
  } finally {
    clearTimeout(limit);
  }
}
