import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf, SageError } from '../../contracts/errors.js';
import { BagFolder, folderStamp } from './bag-folder.js';
import { MessageRing } from './message-ring.js';
import type { ReceivedMessage } from './received-message.js';

export interface BlackBoxOptions {
  /** Folder that the boxes go to, each a bag of its own. */
  readonly folder: string;
  /** How much before the moment is kept, s. */
  readonly seconds: number;
  /** How much after it, s. */
  readonly after_s: number;
  readonly bytes_max: number;
  /** The oldest boxes go when there are more. */
  readonly boxes_max: number;
  readonly compression: 'none' | 'zstd';
  /** The system's time, which names the boxes: that of messages may be a simulation's. */
  readonly wall_ms: () => number;
  readonly onSaved: (path: string, messages: number) => void;
}

/** What is written in one go: what comes in meanwhile has to be taken too, bytes. */
const TURN_BYTES = 4e6;
/** What happens while a box is being filled makes it longer, up to so many times `after_s` and the ring. */
const LONGER_MAX = 3;
const NAME = /^blackbox_\d{8}T\d{6}_/;

/** A clock that jumps back further than this behind the start of a box, as when a simulation restarts, ends the box, ms. */
const JUMP_MS = 1000;

/** The box that is being filled. */
interface Filling {
  readonly bag: BagFolder;
  until_ms: number;
  /** Nothing in it is older. */
  readonly first_ms: number;
  /** As far as `until_ms` may be moved. */
  readonly last_ms: number;
}

function isOver({ first_ms, until_ms }: Filling, time_ms: number): boolean {
  return time_ms > until_ms || time_ms < first_ms;
}

/**
 * Keeps the last seconds in memory and saves them, with a little of what follows, when something happens. What happens
 * while a box is being filled goes into the same one. Calls have to be awaited one after the other.
 */
export class BlackBox {
  private readonly ring: MessageRing;
  private filling: Filling | null = null;

  constructor(private readonly options: BlackBoxOptions) {
    this.ring = new MessageRing(options);
  }

  /** Whether something has happened and the box is being filled. */
  get open(): boolean {
    return this.filling !== null;
  }

  /** @throws SageError SAGE_1023 */
  async add(message: ReceivedMessage, latched: boolean): Promise<void> {
    this.ring.add(message, latched);
    if (this.filling === null) return;
    if (isOver(this.filling, message.time_ms)) await this.finish();
    else await this.filling.bag.write(message, latched);
  }

  /** Saves what is held, and goes on for a while. @throws SageError SAGE_1023 */
  async save(reason: string, now_ms: number): Promise<void> {
    const until_ms = now_ms + this.options.after_s * 1000;
    if (this.filling !== null) {
      this.filling.until_ms = Math.min(until_ms, this.filling.last_ms);
      return;
    }
    const { folder, compression, bytes_max, seconds, after_s, wall_ms } = this.options;
    const word = reason.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 40);
    this.makeRoom();
    const bag = BagFolder.create(unused(join(folder, `blackbox_${folderStamp(wall_ms())}_${word}`)), {
      compression,
      file_bytes_max: Math.max(bytes_max, 1) * 2,
      total_bytes_max: Number.POSITIVE_INFINITY,
    });
    this.filling = {
      bag,
      until_ms,
      first_ms: now_ms - seconds * 1000 - JUMP_MS,
      last_ms: now_ms + LONGER_MAX * (seconds + after_s) * 1000,
    };
    let bytes = 0;
    for (const message of this.ring.contents()) {
      await bag.write(message, this.ring.isLatched(message));
      bytes += message.data.length;
      if (bytes < TURN_BYTES) continue;
      bytes = 0;
      await nextTurn();
    }
  }

  /** Nothing has come for a while, as after a crash: what is in the box is made safe. @throws SageError SAGE_1023 */
  async rest(now_ms: number): Promise<void> {
    if (this.filling === null) return;
    if (isOver(this.filling, now_ms)) await this.finish();
    else this.filling.bag.flush();
  }

  /** Ends the box that is being filled, if there is one. @throws SageError SAGE_1023 */
  async finish(): Promise<void> {
    const { filling } = this;
    if (filling === null) return;
    await filling.bag.close();
    this.filling = null;
    this.options.onSaved(filling.bag.path, filling.bag.messages);
  }

  /** Gives up the box that is being filled, as on a disk that is full: what is in it stays readable. */
  giveUp(): void {
    const { filling } = this;
    this.filling = null;
    try {
      filling?.bag.closeEarly();
    } catch (thrown) {
      // Without room for its end either; best effort reads it.
      if (!(thrown instanceof SageError)) throw thrown;
    }
  }

  private makeRoom(): void {
    const { folder, boxes_max } = this.options;
    try {
      const boxes = readdirSync(folder)
        .filter((name) => NAME.test(name))
        .sort();
      for (const name of boxes.slice(0, Math.max(0, boxes.length - boxes_max + 1)))
        rmSync(join(folder, name), { recursive: true, force: true });
    } catch (thrown) {
      throw new SageError('SAGE_1023', folder, messageOf(thrown), { cause: thrown });
    }
  }
}

/** The same thing may happen again within a second. */
function unused(path: string): string {
  for (let count = 1; ; count++) {
    const numbered = count === 1 ? path : `${path}_${count}`;
    if (!existsSync(numbered)) return numbered;
  }
}
