import type { Fault, SageError } from '../contracts/errors.js';
import type { InferencePort, Slot, Tensor } from '../contracts/inference.js';
import type { Parameters } from '../contracts/parameters/index.js';
import type { HostLaunch } from './launch.js';
import type { ModelManifest } from './manifest.js';
import type { ModelHealth } from './model-state.js';
import type { HostStats } from './protocol.js';

export interface ModelHostOptions {
  readonly parameters: Parameters['models'];
  /** Only these models; by default all that have a manifest in `models.folder`. Their paths begin there. */
  readonly manifests?: readonly ModelManifest[];
  /** How the process is started; by default the host in Node. */
  readonly launch?: HostLaunch;
  readonly onEvent?: (event: ModelHostEvent) => void;
  /** Numbers the starts of hosts, where the slots of several hosts must be told apart. */
  readonly nextGeneration?: () => number;
  /**
   * Requests that may be in the host at once, default 1. With 2 it has the next one at hand when one is done; the time
   * limits then count the wait for the one before.
   */
  readonly under_way_max?: 1 | 2;
}

/** What is worth a line in the log. */
export type ModelHostEvent =
  | { readonly kind: 'ready'; readonly pid: number | null; readonly health: ModelHostHealth }
  | { readonly kind: 'fault'; readonly fault: Fault }
  | { readonly kind: 'recovered'; readonly model: string }
  | { readonly kind: 'line'; readonly text: string };

/** `waiting`: it died and is started again after a pause. */
export type ModelHostState = 'starting' | 'ready' | 'waiting' | 'closed';

export interface ModelHostHealth {
  readonly state: ModelHostState;
  readonly pid: number | null;
  /** What the host runs models with, and the execution providers it knows. */
  readonly runtime: string;
  readonly providers: readonly string[];
  /** The providers that the loaded graphs really run on; empty while none is loaded. */
  readonly provider: string;
  /** Starts after the first. */
  readonly restarts: number;
  readonly queued: number;
  readonly slots: number;
  /** What is wrong now; empty when all is well. `fault` is the first of it. */
  readonly faults: readonly Fault[];
  readonly fault: Fault | null;
  /** Why the host was last lost, null if it never was. */
  readonly last_loss: Fault | null;
  readonly models: readonly ModelHealth[];
}

/** The models of the node, in a process of their own. */
export interface ModelHost extends InferencePort {
  /** Resolves when the host is up and every model is loaded or has failed. Rejects when it is closed before. */
  ready(): Promise<void>;
  health(): ModelHostHealth;
  /** Memory and counts as the host itself sees them. */
  stats(): Promise<HostStats>;
  /** Which start of the host it is; slots of it carry this number. */
  readonly generation: number;
  /** Every slot that is alive. */
  slots(): readonly Slot[];
  /** Puts a tensor into a new slot. Rejects as `run` does. */
  put(tensor: Tensor): Promise<Slot>;
  /** Ends the process at once with this error for what is under way; it is started again as after any loss. */
  replace(reason: SageError): void;
  /**
   * Ends the host: a run under way may finish, what waits is rejected. `at_once`: nothing is under way, so the process
   * need not take itself apart; the system does that faster.
   */
  close(at_once?: boolean): Promise<void>;
}
