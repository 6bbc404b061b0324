import { SageError } from '../contracts/errors.js';
import type { Tensor } from '../contracts/inference.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { type Ask, closed, HostConnection } from './connection.js';
import type { LoadedFile } from './graph-load.js';
import { greet } from './greeting.js';
import { tensorsOf } from './jobs.js';
import { type HostLaunch, hostLaunch, hostRemedy, loadLimitMs } from './launch.js';
import { residentMb, tooLarge } from './manager/memory.js';
import type { GraphLoad, HostHello, Inspection, LoadedGraph, OutgoingTensor } from './protocol.js';
import { bytesOf } from './tensors.js';

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
/** How often the memory of the host is looked at, ms: a model can take a gigabyte in less than a second. */
const WATCH_MS = 200;

interface Kept {
  readonly name: string;
  readonly slot: number;
}

/**
 * One host process in which files are looked at, loaded and run that are no models yet. Nothing is started again: what
 * ends the process is what the file is refused for.
 */
export class ModelTrial {
  private slots = 0;
  /** The file that is looked at, which is what a fault is about. */
  private what = 'model host';
  private readonly watch: NodeJS.Timeout;

  private constructor(
    private readonly connection: HostConnection,
    private readonly gone: Promise<void>,
    private readonly parameters: Parameters['models'],
    private readonly hello: HostHello,
    /** Memory of the host without a model, MB; null where the system does not tell. */
    readonly host_mb: number | null,
  ) {
    this.watch = setInterval(() => void this.endIfTooLarge(), WATCH_MS).unref();
  }

  /** @throws SageError SAGE_504, SAGE_506 where no host comes up */
  static async open(parameters: Parameters['models'], launch?: HostLaunch): Promise<ModelTrial> {
    let end = (): void => undefined;
    const gone = new Promise<void>((resolve) => {
      end = resolve;
    });
    const events = { onLine: () => undefined, onGone: () => end() };
    const connection = new HostConnection(launch ?? hostLaunch(parameters), events);
    const told = `it did not start within ${parameters.load_timeout_ms} ms`;
    try {
      const hello = await within(connection, parameters.load_timeout_ms, told, () =>
        greet(connection, parameters),
      );
      return new ModelTrial(connection, gone, parameters, hello, await residentMb(connection.pid));
    } catch (thrown) {
      connection.kill(closed());
      if (!(thrown instanceof SageError) || thrown.code !== 'SAGE_504') throw thrown;
      throw new SageError('SAGE_504', thrown.where, `${thrown.detail}; ${hostRemedy(parameters)}`, {
        cause: thrown,
      });
    }
  }

  get runtime(): string {
    return this.hello.runtime;
  }

  /** Memory of the host now, MB. */
  async memoryMb(): Promise<number> {
    const seen_mb = await residentMb(this.connection.pid);
    if (seen_mb !== null) return seen_mb;
    const { answer } = await this.ask({ op: 'stats' }, this.parameters.timeout_ms);
    return (answer.stats?.rss_bytes ?? 0) / 1e6;
  }

  /** What a graph takes and gives. @throws SageError SAGE_501, SAGE_502, SAGE_510, and what ends the host */
  async inspect({ path, sha256, bytes, data }: LoadedFile): Promise<Inspection> {
    const file = { path, sha256, bytes, ...(data === undefined ? {} : { data }) };
    const limit_ms = loadLimitMs(this.parameters, [], [file]);
    this.what = path;
    const { answer } = await this.ask({ op: 'inspect', ...file }, limit_ms);
    if (!answer.inspection) throw new SageError('SAGE_504', 'model host', 'it answered without the graph');
    return answer.inspection;
  }

  /** Loads graphs in the place of the last ones. @throws SageError SAGE_501, SAGE_502, SAGE_508, SAGE_510, SAGE_514 */
  async load(graphs: readonly GraphLoad[]): Promise<readonly LoadedGraph[]> {
    this.what = graphs[0]?.path ?? this.what;
    const limit_ms = loadLimitMs(this.parameters, this.hello.providers, graphs);
    const { answer } = await this.ask({ op: 'load', model: MODEL, graphs: [...graphs] }, limit_ms);
    const too_large = await this.endIfTooLarge();
    if (too_large) throw too_large;
    return answer.graphs ?? [];
  }

  /**
   * Runs a graph once. An output that cannot be read does not keep the others.
   * @throws SageError SAGE_505, SAGE_508, and SAGE_506 where it takes longer than models.timeout_ms
   */
  async run(
    graph: string,
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
  ): Promise<TrialRun> {
    const { keep, run_ms } = await this.keep(graph, inputs, outputs);
    const { timeout_ms } = this.parameters;
    const tensors: Record<string, Tensor> = {};
    const unread: Record<string, SageError> = {};
    for (const { name, slot } of keep) {
      try {
        tensors[name] = tensorsOf(await this.ask({ op: 'read', slot }, timeout_ms)).slot!;
      } catch (thrown) {
        if (!(thrown instanceof SageError) || thrown.code === 'SAGE_504') throw thrown;
        unread[name] = new SageError(thrown.code, `${this.what} output "${name}"`, thrown.detail);
      }
    }
    await this.free(keep);
    return { tensors, unread, run_ms };
  }

  /**
   * Runs a graph once, whatever it gives. @returns how long the model took, and how long the request, ms
   * @throws SageError as `run`
   */
  async time(
    graph: string,
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
  ): Promise<{ readonly run_ms: number; readonly round_trip_ms: number }> {
    const began_ms = performance.now();
    const { keep, run_ms } = await this.keep(graph, inputs, outputs);
    const round_trip_ms = performance.now() - began_ms;
    await this.free(keep);
    return { run_ms, round_trip_ms };
  }

  private async keep(
    graph: string,
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
  ): Promise<{ readonly keep: readonly Kept[]; readonly run_ms: number }> {
    const fed = Object.entries(inputs).map(
      ([name, { type, dims, data }]): OutgoingTensor => ({ name, dtype: type, dims, bytes: bytesOf(data) }),
    );
    const keep = outputs.map((name): Kept => {
      this.slots += 1;
      return { name, slot: this.slots };
    });
    const common = { model: MODEL, graph, inputs: [], slots: [], fetch: [], free: [] };
    const { answer } = await this.ask({ op: 'run', ...common, keep }, this.parameters.timeout_ms, fed);
    return { keep, run_ms: answer.run_ms ?? 0 };
  }

  private async free(kept: readonly Kept[]): Promise<void> {
    await this.ask({ op: 'free', slots: kept.map(({ slot }) => slot) }, this.parameters.timeout_ms);
  }

  async close(): Promise<void> {
    clearInterval(this.watch);
    this.connection.kill(closed());
    await this.gone;
  }

  /** A model that takes more than a running node would leave it is refused before the machine has no memory left. */
  private async endIfTooLarge(): Promise<SageError | null> {
    const mb = await residentMb(this.connection.pid).catch(() => null);
    const error = tooLarge(this.what, mb, this.parameters);
    if (error) this.connection.kill(error);
    return error;
  }

  private ask(ask: Ask, limit_ms: number, tensors: readonly OutgoingTensor[] = []) {
    const { timeout_ms } = this.parameters;
    const limit = limit_ms === timeout_ms ? 'models.timeout_ms' : 'models.load_timeout_ms';
    const told = `no answer within ${limit_ms} ms (${limit})`;
    return within(this.connection, limit_ms, told, () => this.connection.request(ask, tensors), this.what);
  }
}

/** Ends the host, with this error, if it takes longer than allowed. */
async function within<T>(
  connection: HostConnection,
  limit_ms: number,
  told: string,
  act: () => Promise<T>,
  what = 'model host',
): Promise<T> {
  const limit = setTimeout(() => connection.kill(new SageError('SAGE_506', what, told)), limit_ms);
  try {
    return await act();
  } finally {
    clearTimeout(limit);
  }
}
