import { SageError } from '../../contracts/errors.js';
import type { BagFolder } from '../../replay/record/bag-folder.js';
import type { BagThread } from '../../replay/record/bag-thread.js';
import type { RecordedMessage } from '../../ros/recorded-topics.js';
import { WorkQueue } from './work-queue.js';

const MB = 1e6;

/** Where the messages of a recording go. Nothing here throws but `close`. */
export interface Sink {
  /** The bag; null for a black box, which makes one whenever something happens. */
  readonly bag: string | null;
  /** Bytes on the disk; null for a black box. */
  readonly bytes: number | null;
  /** Messages in the bag, of which files may have been deleted since; null for a black box. */
  readonly kept: number | null;
  take(messages: readonly RecordedMessage[]): void;
  /** Nothing has come for a while: what was taken is made safe. `now_ms`: the clock that messages are dated by. */
  flush(now_ms: number): void;
  /** @throws SageError SAGE_1023 what kept it from being written, and what is in it all the same */
  close(): Promise<void>;
}

export interface SinkEvents {
  /** Data of so many bytes wait no more. */
  readonly onWritten: (bytes: number) => void;
  /** It cannot be written: nothing more will be. */
  readonly onFailure: () => void;
}

/** A bag that this thread writes. */
export class FolderSink implements Sink {
  private readonly queue: WorkQueue;

  constructor(
    private readonly folder: BagFolder,
    private readonly events: SinkEvents,
  ) {
    this.queue = new WorkQueue(events.onFailure);
  }

  get bag(): string {
    return this.folder.path;
  }

  get bytes(): number {
    return this.folder.bytes;
  }

  get kept(): number {
    return this.folder.messages;
  }

  take(messages: readonly RecordedMessage[]): void {
    this.queue.add(async () => {
      for (const message of messages) {
        this.events.onWritten(message.data.length);
        await this.folder.write(message, message.latched);
      }
    });
  }

  flush(): void {
    this.queue.add(async () => this.folder.flush());
  }

  async close(): Promise<void> {
    this.queue.add(() => this.folder.close());
    await this.queue.idle();
    if (this.queue.failure !== null) throw await broken(this.folder, this.queue.failure);
  }
}

/** A bag that another thread compresses and writes: this one would not listen for 4 ms with each image. */
export class ThreadSink implements Sink {
  private failure: unknown = null;
  private readonly thread: BagThread;

  /** @param open makes the thread, which tells what becomes of the bag */
  constructor(
    open: (events: {
      readonly onWritten: SinkEvents['onWritten'];
      readonly onFailure: (thrown: unknown) => void;
    }) => BagThread,
    events: SinkEvents,
  ) {
    this.thread = open({
      onWritten: events.onWritten,
      onFailure: (thrown) => {
        this.failure ??= thrown;
        events.onFailure();
      },
    });
  }

  get bag(): string {
    return this.thread.path;
  }

  get bytes(): number {
    return this.thread.bytes;
  }

  get kept(): number {
    return this.thread.messages;
  }

  take(messages: readonly RecordedMessage[]): void {
    if (this.failure !== null) return;
    for (const message of messages) this.thread.write(message, message.latched);
  }

  flush(): void {
    if (this.failure === null) this.thread.flush();
  }

  async close(): Promise<void> {
    try {
      if (this.failure === null) await this.thread.close();
    } catch (thrown) {
      this.failure ??= thrown;
    }
    if (this.failure !== null) throw await broken(this.thread, this.failure);
  }
}

/** Closes a bag that could not be written to its end. Returns what to say of it. */
async function broken(bag: BagFolder | BagThread, failure: unknown): Promise<unknown> {
  if (!(failure instanceof SageError)) return failure;
  const { code, where, detail } = failure;
  return new SageError(code, where, `${detail}; ${await rescued(bag)}`, { cause: failure });
}

/** Closes a bag that could not be written to its end, and says what is in it. */
async function rescued(bag: BagFolder | BagThread): Promise<string> {
  try {
    await bag.closeEarly();
    return `the bag was closed there: ${bag.messages} messages, ${(bag.bytes / MB).toFixed(1)} MB`;
  } catch (thrown) {
    if (!(thrown instanceof SageError)) throw thrown;
    return 'what was written before can be read with --best-effort';
  }
}
