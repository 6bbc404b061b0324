import type { MemoryReport } from '../contracts/salience.js';
import type { NoveltyBank } from './novelty.js';

/** Outcomes that may wait; beyond this the oldest is forgotten. */
const EPISODES_MAX = 64;
/** Work that may be saved up, in memories: what a pause left undone is not made up for in one cycle. */
const WORK_MAX = 64;

/** How a task ended, and what one source showed then. */
interface Episode {
  readonly source: string;
  /** Unit vector. */
  readonly direction: Float32Array;
  readonly outcome: number;
}

export interface ConsolidationParameters {
  readonly merge_below: number;
  readonly consolidation_per_s: number;
}

/**
 * The memory work that the metabolism grants time for. Outcomes come first, the oldest first; then the memories of the
 * sources in turn, each looked at for one that is nearly the same. One outcome costs as much as one memory.
 * Equal calls have equal results.
 */
export class Consolidation {
  private readonly episodes: Episode[] = [];
  /** Work granted and not yet done, in memories. */
  private work = 0;
  /** Which source is next, and which of its memories. */
  private turn = 0;
  private readonly places = new Map<string, number>();
  private examined = 0;
  private merged = 0;
  private learned = 0;

  constructor(private readonly parameters: ConsolidationParameters) {}

  note(source: string, direction: Float32Array, outcome: number): void {
    this.episodes.push({ source, direction, outcome });
    if (this.episodes.length > EPISODES_MAX) this.episodes.shift();
  }

  /** @param banks by source, in a stable order */
  advance(work_s: number, banks: ReadonlyMap<string, NoveltyBank>): MemoryReport {
    const granted = this.parameters.consolidation_per_s * (Number.isFinite(work_s) ? Math.max(0, work_s) : 0);
    this.work = Math.min(WORK_MAX, this.work + granted);
    for (; this.work >= 1; this.work--) if (!this.learnNext(banks) && !this.settleNext(banks)) break;
    let remembered = 0;
    for (const bank of banks.values()) remembered += bank.length;
    const { examined, merged, learned } = this;
    return { remembered, waiting: this.episodes.length, examined, merged, learned };
  }

  private learnNext(banks: ReadonlyMap<string, NoveltyBank>): boolean {
    const episode = this.episodes.shift();
    if (episode === undefined) return false;
    const bank = banks.get(episode.source);
    if (bank?.dimension === episode.direction.length) {
      bank.learn(episode.direction, episode.outcome);
      this.learned++;
    }
    return true;
  }

  /** Looks at the next memory of the next source; false where there is none. */
  private settleNext(banks: ReadonlyMap<string, NoveltyBank>): boolean {
    const sources = [...banks.keys()];
    for (const name of this.places.keys()) if (!banks.has(name)) this.places.delete(name);
    for (let tried = 0; tried < sources.length; tried++) {
      const source = sources[this.turn++ % sources.length]!;
      const bank = banks.get(source)!;
      if (bank.length < 2) continue;
      const row = (this.places.get(source) ?? 0) % bank.length;
      const merged = bank.settle(row, this.parameters.merge_below);
      // A merged memory may have a further like; a row that took another's place is looked at in the next round.
      this.places.set(source, merged ? row : row + 1);
      this.examined++;
      if (merged) this.merged++;
      return true;
    }
    return false;
  }
}
