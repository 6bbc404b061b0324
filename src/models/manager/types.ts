import type { Fault } from '../../contracts/errors.js';
import type { InferencePort } from '../../contracts/inference.js';
import type { MODEL_EVENT_KINDS } from '../../contracts/log.js';
import type { MetabolicStateName } from '../../contracts/metabolism.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import type { ModelHostEvent, ModelHostHealth } from '../api.js';
import type { HostLaunch } from '../launch.js';
import type { ModelManifest } from '../manifest.js';
import type { Probe } from '../probe.js';

/** How hard a task is, and what makes it so. */
export interface Complexity {
  /** 0..1. */
  readonly value: number;
  /** In words, for the history: `4 things`. */
  readonly why: string;
}

/** What the mind wants of models now. */
export interface Demand {
  readonly now_ms: number;
  readonly state: MetabolicStateName;
  /** True while a goal is active or waits. */
  readonly goal: boolean;
  /** Combined salience of each source, 0..1. */
  readonly salience: ReadonlyMap<string, number>;
  /** How hard the task is for each capability (`vision`, `language`, …); what is absent is not known. */
  readonly complexity: ReadonlyMap<string, Complexity>;
}

/** What was done with a model, as it stands in the history. */
export interface ModelEvent {
  /** Unix time, ms. */
  readonly at_ms: number;
  readonly kind: (typeof MODEL_EVENT_KINDS)[number];
  /** The model in use after it. */
  readonly model: string;
  /** The model in use before it; empty for load and unload. */
  readonly replaced: string;
  readonly mode: 'overlap' | 'gap' | '';
  readonly reason: string;
  /** Why it failed; null when it was done. */
  readonly fault: Fault | null;
  /** From starting the host to its first run being done; 0 where nothing was loaded. */
  readonly load_ms: number;
  /** How long requests were held back. */
  readonly gap_ms: number;
  /** Tensors handed over. */
  readonly carried: number;
}

/** How one model stands. */
export interface ModelStanding {
  readonly id: string;
  readonly version: string;
  readonly task: string;
  readonly family: string;
  readonly state: 'unloaded' | 'loading' | 'ready' | 'failed';
  /** A plugin asks for it or for its family. */
  readonly used: boolean;
  readonly pinned: boolean;
  readonly provider: string;
  readonly memory_mb: number;
  readonly memory_measured: boolean;
  readonly load_ms: number;
  readonly run_p50_ms: number | null;
  readonly run_p99_ms: number | null;
  readonly runs: number;
  /** 0..1. */
  readonly value: number;
  readonly reason: string;
  /** How long it has been loading, or which providers refused it and why; empty where there is nothing to tell. */
  readonly note: string;
  readonly fault: Fault | null;
}

export interface Budget {
  readonly ram_mb_max: number;
  readonly ram_mb: number;
  readonly gpu_mb_max: number;
  readonly gpu_mb: number;
}

export interface ModelManagerOptions {
  readonly parameters: Parameters['models'];
  /** Models that plugins ask for; they are loaded while the robot is awake. */
  readonly used: readonly string[];
  /** How hosts are started; by default as the parameters say. */
  readonly launch?: HostLaunch;
  readonly onEvent?: (event: ModelHostEvent) => void;
  /** Told of everything that was done with a model; `manifest` is that of the one in use after it, where it has one. */
  readonly onModel?: (event: ModelEvent, manifest: ModelManifest | undefined) => void;
}

/**
 * The models of the node: each loaded one in a host process of its own, within a budget. A run of a model that is not
 * loaded loads it first.
 */
export interface ModelManager extends InferencePort {
  /** Resolves when the models that plugins use are loaded or have failed. Rejects when it is closed before. */
  ready(): Promise<void>;
  /** All hosts taken together, as `ModelHost.health` tells one. */
  health(): ModelHostHealth;
  list(): readonly ModelStanding[];
  history(): readonly ModelEvent[];
  budget(): Budget;
  /** Rejects with SAGE_512 unknown, SAGE_513 no room, and what a load can fail with. */
  load(id: string, reason?: string): Promise<ModelEvent>;
  /** Rejects with SAGE_512. A model that is not loaded is unloaded already. */
  unload(id: string, reason?: string): Promise<ModelEvent>;
  /**
   * From now on requests for `id` go to `to`. Rejects with SAGE_515 where their inputs and outputs differ, and with
   * what a load can fail with; the old model then stays in use.
   */
  swap(id: string, to: string, reason?: string): Promise<ModelEvent>;
  /** What is wrong with its files. Rejects with SAGE_512. */
  verify(id: string): Promise<readonly Fault[]>;
  /** Measures it in a host of its own, and keeps the figures. Rejects with SAGE_512 and what a load can fail with. */
  probe(id: string): Promise<Probe>;
  /** Loads, unloads and swaps as the mind's state asks; to be called a few times a second. Returns at once. */
  govern(demand: Demand): void;
  close(): Promise<void>;
}
