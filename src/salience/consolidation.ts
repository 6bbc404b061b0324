import type { MemoryReport } from '../contracts/salience.js';
import type { NoveltyBank } from './novelty.js';

/** Outcomes that may wait; beyond this the oldest is forgotten. */
const EPISODES_MAX = 64;
/** Work that may be saved up, in memories: what a pause left undone is not made up for in one cycle. */
const WORK_MAX = 64;

/** What a source that never surprises gets of the work, beside one that always does with 1. */
const SHARE_FLOOR = 0.05;

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
 * sources, each looked at for one that is nearly the same. A source's share of that work is as its mean surprise of
 * late plus a floor: what surprised has brought new memories, and no source waits for ever. One outcome costs as much
 * as one memory. Equal calls have equal results.
 */
export class Consolidation {
  private readonly episodes: Episode[] = [];
  /** Work granted and not yet done, in memories. */
  private work = 0;
  /** Per source: what it is owed of the work, and which of its memories is next. */
  private readonly deficits = new Map<string, number>();
  private readonly cursors = new Map<string, number>();
  private examined = 0;
  private merged = 0;
  private learned = 0;

  constructor(private readonly parameters: ConsolidationParameters) {}

  note(source: string, direction: Float32Array, outcome: number): void {
    this.episodes.push({ source, direction, outcome });
    if (this.episodes.length > EPISODES_MAX) this.episodes.shift();
  }

  /**
   * @param banks by source, in a stable order
   * @param surpriseOf mean surprise of the last readings of a source, 0..1
   */
  advance(
    work_s: number,
    banks: ReadonlyMap<string, NoveltyBank>,
    surpriseOf: (source: string) => number,
  ): MemoryReport {
    const granted = this.parameters.consolidation_per_s * (Number.isFinite(work_s) ? Math.max(0, work_s) : 0);
    this.work = Math.min(WORK_MAX, this.work + granted);
    for (; this.work >= 1; this.work--)
      if (!this.learnNextOutcome(banks) && !this.mergeNext(banks, surpriseOf)) break;
    let remembered = 0;
    for (const bank of banks.values()) remembered += bank.length;
    const { examined, merged, learned } = this;
    return { remembered, waiting: this.episodes.length, examined, merged, learned };
  }

  private learnNextOutcome(banks: ReadonlyMap<string, NoveltyBank>): boolean {
    const episode = this.episodes.shift();
    if (episode === undefined) return false;
    const bank = banks.get(episode.source);
    if (bank?.dimension === episode.direction.length) {
      bank.learn(episode.direction, episode.outcome);
      this.learned++;
    }
    return true;
  }

  /** Looks at the next memory of the source that is owed most; false where there is none. */
  private mergeNext(
    banks: ReadonlyMap<string, NoveltyBank>,
    surpriseOf: (source: string) => number,
  ): boolean {
    const source = this.nextSource(banks, surpriseOf);
    if (source === null) return false;
    const bank = banks.get(source)!;
    const row = (this.cursors.get(source) ?? 0) % bank.length;
    const merged = bank.mergeNearest(row, this.parameters.merge_below);
    // A merged memory may have a further like; a row that took another's place is looked at in the next round.
    this.cursors.set(source, merged ? row : row + 1);
    this.examined++;
    if (merged) this.merged++;
    return true;
  }

  /** Each source is owed its share of every piece of work; the one that is owed most gets it. */
  private nextSource(
    banks: ReadonlyMap<string, NoveltyBank>,
    surpriseOf: (source: string) => number,
  ): string | null {
    for (const name of this.deficits.keys()) if (!banks.has(name)) this.forget(name);
    let chosen: string | null = null;
    let most = Number.NEGATIVE_INFINITY;
    let together = 0;
    for (const [source, bank] of banks) {
      if (bank.length < 2) continue;
      const share = SHARE_FLOOR + surpriseOf(source);
      const owed = (this.deficits.get(source) ?? 0) + share;
      this.deficits.set(source, owed);
      together += share;
      if (owed <= most) continue;
      most = owed;
      chosen = source;
    }
    if (chosen !== null) this.deficits.set(chosen, most - together);
    return chosen;
  }

  private forget(source: string): void {
    this.deficits.delete(source);
    this.cursors.delete(source);
  }
}
