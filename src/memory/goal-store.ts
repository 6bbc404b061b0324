import { readFileSync, renameSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { messageOf, SageError } from '../contracts/errors.js';
import type { StandingGoal } from '../contracts/goal.js';

const FILE_VERSION = 1;
const GOALS_MAX = 1024;

const stored = z.strictObject({
  version: z.literal(FILE_VERSION),
  goals: z
    .array(
      z.object({
        goal_id: z.string().max(256),
        text: z.string().max(500),
        priority: z.number(),
        deadline_ms: z.number().nullable(),
      }),
    )
    .max(GOALS_MAX),
});

/** A goal as it comes back after a crash. */
export type StoredGoal = z.infer<typeof stored>['goals'][number];

/**
 * Keeps the goals that stand on disk, so that a crash of the node loses none that it accepted. Written whole to a
 * second file that then takes the first one's place: a reader never sees half of it. Writing waits for the disk beside
 * the cycle; of several writes that wait, the newest alone is done.
 */
export class GoalStore {
  /** What the file is to hold; empty = no file. */
  private wanted = '';
  private written = '';
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly file: string) {}

  /**
   * Writes the goals that stand now, at most GOALS_MAX of them; nothing when they are what was written last. When it is
   * done, they survive the end of the process. @throws SageError SAGE_903
   */
  save(goals: readonly StandingGoal[]): Promise<void> {
    const kept = goals.slice(0, GOALS_MAX).map(({ goal_id, text, priority, deadline_ms }) => ({
      goal_id,
      text,
      priority,
      deadline_ms,
    }));
    this.wanted = JSON.stringify({ version: FILE_VERSION, goals: kept });
    return this.afterwards(() => this.write());
  }

  /** One after the other; each caller hears of its own failure alone. */
  private afterwards(work: () => Promise<void>): Promise<void> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }

  private async write(): Promise<void> {
    const content = this.wanted;
    if (content === this.written || content === '') return;
    try {
      await mkdir(dirname(this.file), { recursive: true });
      await writeFile(`${this.file}.new`, content, { flush: true });
      await rename(`${this.file}.new`, this.file);
    } catch (thrown) {
      throw new SageError('SAGE_903', this.file, messageOf(thrown), { cause: thrown });
    }
    this.written = content;
  }

  /**
   * The goals that stood when the last run ended without saying so; empty where there is no file. A file that cannot be
   * understood is moved aside, so that somebody can look at it, and named. @throws SageError SAGE_903
   */
  load(): readonly StoredGoal[] {
    let content: string;
    try {
      content = readFileSync(this.file, 'utf8');
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw new SageError('SAGE_903', this.file, messageOf(thrown), { cause: thrown });
    }
    try {
      return stored.parse(JSON.parse(content)).goals;
    } catch (thrown) {
      const why = `not a goal file of version ${FILE_VERSION}, ${this.setAside()}: ${messageOf(thrown)}`;
      throw new SageError('SAGE_903', this.file, why, { cause: thrown });
    }
  }

  /** Keeps a file that cannot be understood from being written over. Says in words what became of it. */
  private setAside(): string {
    try {
      renameSync(this.file, `${this.file}.unreadable`);
      return `moved to ${this.file}.unreadable`;
    } catch (thrown) {
      return `and it could not be moved aside (${messageOf(thrown)})`;
    }
  }

  /** A run that ends in order leaves nothing behind that would move the robot at the next start. */
  clear(): Promise<void> {
    this.wanted = '';
    return this.afterwards(async () => {
      await rm(this.file, { force: true });
      this.written = '';
    });
  }
}
