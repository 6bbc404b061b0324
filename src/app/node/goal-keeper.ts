import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Fault, SageError } from '../../contracts/errors.js';
import type { StandingGoal } from '../../contracts/goal.js';
import type { ReadingSink } from '../../contracts/graph.js';
import type { GoalReading } from '../../contracts/observation.js';
import type { Parameters } from '../../contracts/parameters/index.js';
import { parseGoal } from '../../kernel/goals/parse.js';
import { GoalStore, type StoredGoal } from '../../memory/goal-store.js';

/** So many goals may wait for the disk, or for room in the buffers. */
const WAITING_MAX = 64;

/** A goal that was taken since a cycle said last which goals stand. */
interface Taken {
  readonly reading: GoalReading;
  /** It is on disk, or cannot be. */
  written: boolean;
  /** It was put into the buffers. */
  given: boolean;
}

/**
 * Keeps the goals that stand on disk, and hands those of a crashed run to the mind again. A goal is on disk before the
 * mind gets it, and so before its sender hears that it was accepted; no cycle waits for the disk meanwhile.
 */
export class GoalKeeper {
  private readonly store: GoalStore | null;
  private toRestore: StoredGoal[] = [];
  /** What the file names, without those taken since. */
  private kept: readonly StandingGoal[] = [];
  private taken: Taken[] = [];
  private current: Fault | null = null;
  private ended = false;

  constructor(parameters: Parameters['node']) {
    this.store = goalStore(parameters);
  }

  /** Why goals cannot be read or kept (SAGE_903), or null. */
  get fault(): Fault | null {
    return this.current;
  }

  /** Reads what the last run left behind, if it crashed. */
  load(): void {
    try {
      this.toRestore = [...(this.store?.load() ?? [])];
      this.kept = [...this.toRestore];
      this.current = null;
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  /**
   * Takes a goal; false when too many wait already. A stop goes to the mind at once, after all that was said before it:
   * it ends them, and must not wait for a disk.
   */
  take(reading: GoalReading, sink: Pick<ReadingSink, 'put'>): boolean {
    if (this.ended || this.taken.filter(({ given }) => !given).length >= WAITING_MAX) return false;
    const entry: Taken = { reading, written: this.store === null, given: false };
    this.taken.push(entry);
    void this.save().then(() => {
      entry.written = true;
    });
    if (stops(reading)) this.handOverAll(sink);
    return true;
  }

  /**
   * Hands over the goals of a crashed run and those that are on disk by now, as many as there is room for; to be called
   * in each cycle.
   */
  handOver(sink: Pick<ReadingSink, 'put'>, now_ms: number): void {
    for (let next = this.toRestore[0]; next !== undefined; next = this.toRestore[0]) {
      const { goal_id, text, priority, deadline_ms } = next;
      const deadline_s = deadline_ms === null ? 0 : Math.max(0.001, (deadline_ms - now_ms) / 1000);
      const reading = { stamp_ms: now_ms, received_ms: now_ms, goal_id, text, priority, deadline_s };
      if (!sink.put({ kind: 'goal', source: 'goal', ...reading })) return;
      this.toRestore.shift();
    }
    this.give(sink, ({ written }) => written);
  }

  /** Hands over all that was said so far: what comes next may end it. */
  handOverAll(sink: Pick<ReadingSink, 'put'>): void {
    this.give(sink, () => true);
  }

  /** Writes down the goals that stand after a cycle that has seen all that were handed over. */
  keep(standing: readonly StandingGoal[]): void {
    // Until all are taken up again, the file of the crashed run is the one that names them all.
    if (this.toRestore.length > 0) return;
    this.kept = standing;
    this.taken = this.taken.filter(({ given }) => !given);
    void this.save();
  }

  /** The run ends in order: nothing is taken up again, nor taken any more. */
  async clear(): Promise<void> {
    this.ended = true;
    await this.store?.clear();
  }

  /** Done when all that is known now is on disk, or cannot be. */
  async save(): Promise<void> {
    if (this.ended) return;
    const waiting = this.taken.map(({ reading }) => standingOf(reading));
    try {
      await this.store?.save([...this.kept, ...waiting]);
      this.current = null;
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  /** In order: none goes before one that was said earlier. */
  private give(sink: Pick<ReadingSink, 'put'>, ready: (one: Taken) => boolean): void {
    for (const one of this.taken) {
      if (one.given) continue;
      if (!ready(one) || !sink.put(one.reading)) return;
      one.given = true;
    }
  }

  private failed(thrown: unknown): void {
    if (!(thrown instanceof SageError)) throw thrown;
    this.current = thrown.toFault();
  }
}

function standingOf({ goal_id, text, priority, deadline_s, stamp_ms }: GoalReading): StoredGoal {
  return { goal_id, text, priority, deadline_ms: deadline_s > 0 ? stamp_ms + deadline_s * 1000 : null };
}

function stops(reading: GoalReading): boolean {
  try {
    return parseGoal(reading).verb === 'stop';
  } catch (thrown) {
    if (!(thrown instanceof SageError)) throw thrown;
    return false;
  }
}

function goalStore({ state_folder, robot_id }: Parameters['node']): GoalStore | null {
  if (state_folder === 'none') return null;
  const base = process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state');
  const folder = state_folder === '' ? join(base, 'sage') : state_folder;
  return new GoalStore(join(folder, `goals-${robot_id.replace(/[^a-zA-Z0-9_-]/g, '_')}.json`));
}
