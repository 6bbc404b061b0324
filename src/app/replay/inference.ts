import { messageOf, type SageError } from '../../contracts/errors.js';
import type { InferencePort } from '../../contracts/inference.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { createModelHost, type ModelHost } from '../../models/index.js';

/** What a replay waits for a model, ms: an hour. On a machine under load it must not come to another end. */
const PATIENCE_MS = 3_600_000;

export interface ReplayInference extends InferencePort {
  /** The first failure of the host itself: the replay is then not what it would have been. */
  readonly failure: SageError | null;
  /** Requests so far. */
  readonly runs: number;
  close(): Promise<void>;
}

/**
 * The models for a replay. What they compute does not depend on the machine, how long they take does: their times
 * are left out, and they are waited for. The host is started by the first request: a replay that runs no model
 * needs none.
 */
export function replayInference(parameters: Parameters): ReplayInference {
  let host: ModelHost | null = null;
  const opened = (): ModelHost => {
    const models = { ...parameters.models, timeout_ms: PATIENCE_MS, load_timeout_ms: PATIENCE_MS };
    host ??= createModelHost({ parameters: models });
    return host;
  };
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
        const { tensors, slots, batch } = await opened().run(request);
        return { tensors, slots, run_ms: 0, ...(batch ? { batch } : {}) };
      } catch (thrown) {
        if (isOfHost(thrown)) failure ??= thrown;
        throw thrown;
      }
    },
    read: (slot, signal) => opened().read(slot, signal),
    free: (slots) => host?.free(slots),
    close: async () => {
      await host?.close();
    },
  };
}

/** True for what befell the host, and not the model: it died, did not answer, or had too much to do. */
function isOfHost(thrown: unknown): thrown is SageError {
  return /^SAGE_50(4|6|9)\b/.test(messageOf(thrown));
}
