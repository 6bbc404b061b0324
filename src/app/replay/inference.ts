import { messageOf, type SageError } from '../../contracts/errors.js';
import type { InferencePort, Slot } from '../../contracts/inference.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import {
  createModelHost,
  discoverManifests,
  type ModelHost,
  type ModelManifest,
  modelFolder,
} from '../../models/index.js';
import { modelsInUse } from '../model-demand.js';
import { ModelRoutes } from './model-routes.js';

/** What a replay waits for a model, ms: an hour. On a machine under load it must not come to another end. */
const PATIENCE_MS = 3_600_000;

export interface ReplayInference extends InferencePort {
  /** The first failure of the host itself: the replay is then not what it would have been. */
  readonly failure: SageError | null;
  /** Requests so far. */
  readonly runs: number;
  /** From now on `to` answers for `replaced`, as where models were exchanged. */
  swap(replaced: string, to: string): void;
  /** Starts the models that this configuration uses, so that the first request need not wait for it. */
  warmUp(): void;
  close(): Promise<void>;
}

/**
 * The models for a replay. What they compute does not depend on the machine, how long they take does: their times
 * are left out, and they are waited for. The host is started by the first request, or before it: a replay
 * that runs no model needs none.
 * @param exchanged models that take the place of others in the run
 */
export function replayInference(parameters: Parameters, exchanged: readonly string[] = []): ReplayInference {
  const hosts = new ReplayHosts(parameters, exchanged);
  const routes = new ModelRoutes();
  let failure: SageError | null = null;
  let runs = 0;
  return {
    get failure() {
      return failure;
    },
    get runs() {
      return runs;
    },
    async run(request) {
      runs += 1;
      try {
        const model = routes.activeOf(request.model);
        const outputs = await hosts.of(model).run(model === request.model ? request : { ...request, model });
        const { tensors, slots, batch, runs: batch_runs } = outputs;
        return {
          tensors,
          slots,
          run_ms: 0,
          ...(batch ? { batch } : {}),
          ...(batch_runs === undefined ? {} : { runs: batch_runs }),
        };
      } catch (thrown) {
        if (isOfHost(thrown)) failure ??= thrown;
        throw thrown;
      }
    },
    swap: (replaced, to) => routes.swap(replaced, to),
    warmUp: () => hosts.warmUp(),
    read: (slot, signal) => hosts.at(slot).read(slot, signal),
    free: (slots) => hosts.free(slots),
    close: () => hosts.close(),
  };
}

/**
 * The models that the configuration uses in one process, so that a run need not wait for all others to load; and those
 * in a second one, should a plugin of the user's ask for one of them.
 */
class ReplayHosts {
  private readonly used: ReadonlySet<string>;
  /** All there are; null until one is needed. */
  private manifests: readonly ModelManifest[] | null = null;
  private readonly open = new Map<'used' | 'others', ModelHost>();
  private generation = 0;

  constructor(
    private readonly parameters: Parameters,
    exchanged: readonly string[],
  ) {
    const { plan } = parameters;
    const core = plan.implementation === 'core' ? [plan.model] : [];
    // Those that exchange state must be in one process.
    this.used = new Set([...modelsInUse(parameters), ...core, ...exchanged]);
  }

  warmUp(): void {
    this.host('used');
  }

  of(model: string): ModelHost {
    return this.host(this.used.has(model) ? 'used' : 'others');
  }

  /** Where a slot is; any host reports a slot of a host replaced since. */
  at({ generation }: Slot): ModelHost {
    return [...this.open.values()].find((host) => host.generation === generation) ?? this.host('used');
  }

  free(slots: readonly Slot[]): void {
    for (const host of this.open.values()) host.free(slots);
  }

  async close(): Promise<void> {
    await Promise.all([...this.open.values()].map((host) => host.close()));
  }

  private host(which: 'used' | 'others'): ModelHost {
    const known = this.open.get(which);
    if (known !== undefined) return known;
    const { models } = this.parameters;
    this.manifests ??= discoverManifests(modelFolder(models.folder)).manifests;
    const host = createModelHost({
      parameters: { ...models, timeout_ms: PATIENCE_MS, load_timeout_ms: PATIENCE_MS },
      // The host in Python lays what it does ahead where the answer before the last lay, so that one must have been read.
      under_way_max: models.host === 'node' ? 2 : 1,
      manifests: this.manifests.filter(({ id }) => this.used.has(id) === (which === 'used')),
      nextGeneration: () => {
        this.generation += 1;
        return this.generation;
      },
    });
    this.open.set(which, host);
    return host;
  }
}

/** True for what befell the host, and not the model: it died, did not answer, or had too much to do. */
function isOfHost(thrown: unknown): thrown is SageError {
  return /^SAGE_50(4|6|9)\b/.test(messageOf(thrown));
}
