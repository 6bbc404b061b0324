import type { ReplayRequest } from './material.js';
import { type ReplayResult, runOn } from './run.js';
import { replayWith } from './staged.js';

export type { ReplayResult } from './run.js';

/**
 * Replays one bag, or the inputs of a log, offline, and writes the log of the run.
 * @throws SageError of the command line (901), the configuration (1xx), the bag or log (10xx) or the models (5xx).
 */
export function replayOffline(request: ReplayRequest): Promise<ReplayResult> {
  return replayWith(request, async () => runOn);
}
