import type { MemoryReport } from '../contracts/salience.js';
import type { NoveltyBank } from './novelty.js';

/** Outcomes waiting to be learned; when full, the oldest is dropped. */
const EPISODES_MAX = 64;
/** Most work that can be saved up, in memories: after a pause, one cycle must not do it all at once. */
const WORK_MAX = 64;

/** Share of work for a source that never surprises, relative to 1 for one that always does. */
const SHARE_FLOOR = 0.05;

/** The outcome of a task, and what one source showed at the time. */
interface Episode {
  readonly source: string;
  /** Unit vector, length = dimension of the embedding. */
  readonly direction: Float32Array;
  readonly outcome: number;
}

interface ConsolidationParameters {
  readonly merge_below: number;
  readonly consolidation_per_s: number;
}

/**
 * Spends the memory work that the metabolism grants. Outcomes come first, oldest first; then the memories of
 * the sources, each checked for a near duplicate. A source's share of that work is its recent mean surprise
 * plus a floor: surprise is what created new memories, and no source may starve. One outcome costs as much as
 * one memory. Deterministic: equal calls give equal results.
 */
export class Consolidation {
  private readonly episodes: Episode[] = [];
  /** Work granted but not done yet, in memories. */
  private work = 0;
  /** Per source: its credit in the deficit round robin, and the row to look at next. */
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
   * @param surpriseOf mean recent surprise of a source, 0..1
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

  /** Tries to merge the next memory of the source with the most credit; false where there is none. */
  private mergeNext(
    banks: ReadonlyMap<string, NoveltyBank>,
    surpriseOf: (source: string) => number,
  ): boolean {
    const source = this.nextSource(banks, surpriseOf);
    if (source === null) return false;
    const bank = banks.get(source)!;
    const row = (this.cursors.get(source) ?? 0) % bank.length;
    const merged = bank.mergeNearest(row, this.parameters.merge_below);
    // A merged memory may have another duplicate, so it is looked at again; a row moved into its place waits
    // a round.
    this.cursors.set(source, merged ? row : row + 1);
    this.examined++;
    if (merged) this.merged++;
    return true;
  }

  /**
   * Deficit round robin: every source is credited its share of each unit of work, and the one with the most
   * credit gets it.
   */
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
