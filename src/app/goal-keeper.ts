import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Fault, SageError } from '../contracts/errors.js';
import type { StandingGoal } from '../contracts/goal.js';
import type { ReadingSink } from '../contracts/graph.js';
import type { GoalReading } from '../contracts/observation.js';
import type { Parameters } from '../contracts/parameters/index.js';
import { GoalStore, type StoredGoal } from '../memory/goal-store.js';

/**
 * Keeps the goals that stand on disk, and hands those of a crashed run to the mind again. A goal is written down when it
 * is taken, before its sender hears of it, and not only when a cycle has seen it.
 */
export class GoalKeeper {
  private readonly store: GoalStore | null;
  private toRestore: StoredGoal[] = [];
  /** What the file names, without those taken since. */
  private kept: readonly StandingGoal[] = [];
  /** Taken since a cycle said last which goals stand. */
  private taken: StoredGoal[] = [];
  private current: Fault | null = null;

  constructor(parameters: Parameters['node']) {
    this.store = goalStore(parameters);
  }

  /** Why goals cannot be read or kept (SAGE_903), or null. */
  get fault(): Fault | null {
    return this.current;
  }

  /** Reads what the last run left behind, if it crashed. */
  load(): void {
    this.contained(() => {
      this.toRestore = [...(this.store?.load() ?? [])];
      this.kept = [...this.toRestore];
    });
  }

  /** Hands over as many of the goals of a crashed run as there is room for; to be called in each cycle. */
  restore(sink: Pick<ReadingSink, 'put'>, now_ms: number): void {
    for (let next = this.toRestore[0]; next !== undefined; next = this.toRestore[0]) {
      const { goal_id, text, priority, deadline_ms } = next;
      const deadline_s = deadline_ms === null ? 0 : Math.max(0.001, (deadline_ms - now_ms) / 1000);
      const reading = { stamp_ms: now_ms, received_ms: now_ms, goal_id, text, priority, deadline_s };
      if (!sink.put({ kind: 'goal', source: 'goal', ...reading })) return;
      this.toRestore.shift();
    }
  }

  /** Writes down a goal that was put into the buffers and that no cycle has seen yet. */
  took({ goal_id, text, priority, deadline_s, stamp_ms }: GoalReading): void {
    const deadline_ms = deadline_s > 0 ? stamp_ms + deadline_s * 1000 : null;
    this.taken.push({ goal_id, text, priority, deadline_ms });
    this.contained(() => this.store?.save([...this.kept, ...this.taken]));
  }

  /** Writes down the goals that stand after a cycle that has seen all that were taken. */
  keep(standing: readonly StandingGoal[]): void {
    // Until all are taken up again, the file of the crashed run is the one that names them all.
    if (this.toRestore.length > 0) return;
    this.kept = standing;
    this.taken = [];
    this.contained(() => this.store?.save(standing));
  }

  /** The run ends in order: nothing is taken up again. */
  clear(): void {
    this.store?.clear();
  }

  private contained(work: () => void): void {
    try {
      work();
      this.current = null;
    } catch (thrown) {
      if (!(thrown instanceof SageError)) throw thrown;
      this.current = thrown.toFault();
    }
  }
}

function goalStore({ state_folder, robot_id }: Parameters['node']): GoalStore | null {
  if (state_folder === 'none') return null;
  const base = process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state');
  const folder = state_folder === '' ? join(base, 'sage') : state_folder;
  return new GoalStore(join(folder, `goals-${robot_id.replace(/[^a-zA-Z0-9_-]/g, '_')}.json`));
}
