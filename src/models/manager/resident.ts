import type { Fault } from '../../contracts/errors.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import type { ModelHost, ModelHostEvent } from '../api.js';
import type { LatencySummary } from '../latency.js';
import { buildsEngines } from '../launch.js';
import type { ModelManifest } from '../manifest.js';
import { createModelHost } from '../model-host.js';
import { residentMb, runsMb, weightsMb } from './memory.js';
import type { ModelManagerOptions } from './types.js';

/** Providers whose models lie in GPU memory too. */
const GPU_PROVIDERS = new Set(['cuda', 'tensorrt', 'rocm', 'migraphx', 'dml', 'webgpu']);

/** GPU memory that a model takes with these providers, by estimate, MB: the runtimes do not tell. */
export function expectedGpuMb(manifest: ModelManifest, providers: readonly string[]): number {
  return providers.some((provider) => GPU_PROVIDERS.has(provider))
    ? weightsMb(manifest) + runsMb(manifest)
    : 0;
}

/** What of the wanted providers this machine has, as far as loads have shown. */
export class Providers {
  private readonly working = new Set<string>();
  private readonly refused = new Set<string>();

  /** Takes note of where the graphs of a loaded model run, and which providers would not have them. */
  learn({ host }: Pick<Resident, 'host'>): void {
    for (const graph of host.health().models.flatMap(({ graphs }) => graphs)) {
      if (graph.provider !== null) this.working.add(graph.provider);
      for (const { provider } of graph.refused) this.refused.add(provider);
    }
  }

  /** Those that may work: a provider that has refused every graph so far is not there. */
  among(wanted: readonly string[]): readonly string[] {
    return wanted.filter((provider) => this.working.has(provider) || !this.refused.has(provider));
  }
}

/** One loaded model: a host process that has it alone. */
export class Resident {
  readonly host: ModelHost;
  /** On performance.now(). */
  readonly started_ms = performance.now();
  /** From starting the host to its first run being done; 0 until then. */
  load_ms = 0;
  last_used_ms: number;
  /** Resident memory of the host as last looked at, MB; null before the first look. */
  rss_mb: number | null = null;
  private readonly parameters: Parameters['models'];
  private failing_since_ms: number | null = null;
  private under_way = 0;
  private waiting: (() => void)[] = [];

  constructor(
    readonly manifest: ModelManifest,
    readonly reason: string,
    options: ModelManagerOptions,
    nextGeneration: () => number,
    onEvent: (event: ModelHostEvent) => void,
    /** There is no room for it on the GPU. */
    readonly on_cpu = false,
  ) {
    this.parameters = on_cpu ? { ...options.parameters, providers: ['cpu'] } : options.parameters;
    this.last_used_ms = this.started_ms;
    this.host = createModelHost({
      parameters: this.parameters,
      manifests: [manifest],
      nextGeneration,
      onEvent,
      ...(options.launch ? { launch: options.launch } : {}),
    });
  }

  get id(): string {
    return this.manifest.id;
  }

  /** Whether its load may mean that TensorRT builds an engine. */
  get builds(): boolean {
    return buildsEngines(this.parameters, this.host.health().providers);
  }

  /** What keeps it from being used now, or null. */
  get fault(): Fault | null {
    return this.host.health().fault;
  }

  /** How long it has been so that it cannot be used, as often as this is asked, ms; 0 while it can. */
  failing_ms(): number {
    if (this.fault === null) this.failing_since_ms = null;
    else this.failing_since_ms ??= performance.now();
    return this.failing_since_ms === null ? 0 : performance.now() - this.failing_since_ms;
  }

  /** GPU memory that it takes, by estimate, MB; 0 on the CPU. Null while it does not show where it runs. */
  get gpu_mb(): number | null {
    if (this.on_cpu) return 0;
    const { provider } = this.host.health();
    return provider === '' ? null : expectedGpuMb(this.manifest, provider.split(', '));
  }

  /** Waits until the model is loaded and warm, or has failed: see `fault`. Rejects when it is closed before. */
  async up(): Promise<void> {
    await this.host.ready();
    if (this.load_ms === 0) this.load_ms = performance.now() - this.started_ms;
    await this.look();
  }

  /** Looks at the memory of the process. */
  async look(): Promise<void> {
    this.rss_mb = await residentMb(this.host.health().pid);
  }

  /** Counts as under way until it has settled. */
  async use<T>(act: () => Promise<T>): Promise<T> {
    this.under_way += 1;
    this.last_used_ms = performance.now();
    try {
      return await act();
    } finally {
      this.under_way -= 1;
      if (this.under_way === 0) for (const resolve of this.waiting.splice(0)) resolve();
    }
  }

  /** Resolves when nothing is under way. */
  drained(): Promise<void> {
    if (this.under_way === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Runs of all graphs together: the slowest graph's percentiles, and how many there were. */
  runs(): { readonly count: number; readonly p50_ms: number | null; readonly p99_ms: number | null } {
    const all = this.host.health().models.flatMap(({ graphs }) => graphs.map(({ run }) => run));
    const most = (of: (run: LatencySummary) => number | null): number | null =>
      all.reduce<number | null>((worst, run) => {
        const value = of(run);
        return value === null ? worst : Math.max(worst ?? 0, value);
      }, null);
    return {
      count: all.reduce((sum, { count }) => sum + count, 0),
      p50_ms: most(({ p50_ms }) => p50_ms),
      p99_ms: most(({ p99_ms }) => p99_ms),
    };
  }
}
