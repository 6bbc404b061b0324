import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const COLLECTIONS = 3;
/** What a collection frees goes back to the system on other threads, a little later, ms. */
const GIVEN_BACK_MS = 150;

export interface HeldMemory {
  readonly rss_bytes: number;
  readonly heap_bytes: number;
}

/** A reading of what this process holds once garbage is collected: resident memory, and JavaScript's part of it. */
export function heldMemoryProbe(): () => Promise<HeldMemory> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  return async () => {
    for (let round = 0; round < COLLECTIONS; round++) {
      collect();
      await sleep(GIVEN_BACK_MS);
    }
    const { rss, heapUsed } = process.memoryUsage();
    return { rss_bytes: rss, heap_bytes: heapUsed };
  };
}
