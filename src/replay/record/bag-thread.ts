import type { Worker } from 'node:worker_threads';
import { type ErrorCode, messageOf, SageError } from '../../contracts/errors.js';
import { startWorker } from '../../threads/start-worker.js';
import type { WrittenTopic } from '../bag-writer.js';
import { BagFolder, type BagFolderOptions } from './bag-folder.js';
import type { ReceivedMessage } from './received-message.js';

/** One message on its way to the thread; its topic by number, since a definition is larger than most messages. */
export interface PostedMessage {
  readonly topic: number;
  readonly time_ms: number;
  readonly latched: boolean;
  readonly data: Uint8Array;
}

export type BagTask =
  | {
      readonly kind: 'write';
      readonly topics: readonly WrittenTopic[];
      readonly messages: readonly PostedMessage[];
    }
  | { readonly kind: 'flush' }
  | { readonly kind: 'close' };

/** After each task. `written_bytes`: data of messages that wait no more, whatever became of them. */
export interface BagAnswer {
  readonly written_bytes: number;
  readonly bag_bytes: number;
  readonly messages: number;
  readonly closed: boolean;
  /** False where a bag that could not be written could not be closed early either. */
  readonly whole: boolean;
  readonly failure: { readonly code: ErrorCode; readonly where: string; readonly detail: string } | null;
}

export interface BagThreadSetup {
  readonly path: string;
  readonly options: Omit<BagFolderOptions, 'release'>;
}

export interface BagThreadEvents {
  /** Data of so many bytes wait no more. */
  readonly onWritten: (bytes: number) => void;
  /** It cannot be written; nothing more is from then on. What was written before stays readable. */
  readonly onFailure: (failure: unknown) => void;
}

const NOTHING: BagAnswer = {
  written_bytes: 0,
  bag_bytes: 0,
  messages: 0,
  closed: false,
  whole: true,
  failure: null,
};
/** Data from here on are handed over to the thread; less is copied, which costs less. */
const HANDED_BYTES_MIN = 16 * 1024;

/**
 * A bag that another thread compresses and writes, so that the one that listens does not stand still meanwhile. What
 * waits for the thread is the caller's to bound, by what it is told of.
 */
export class BagThread {
  private readonly worker: Worker;
  private readonly topics = new Map<string, number>();
  private fresh: WrittenTopic[] = [];
  private batch: PostedMessage[] = [];
  private last = NOTHING;
  private failure: SageError | null = null;
  private closing = false;
  private readonly ended: Promise<void>;

  private constructor(
    readonly path: string,
    options: BagThreadSetup['options'],
    private readonly events: BagThreadEvents,
  ) {
    this.worker = startWorker<BagThreadSetup>(import.meta.url, 'bag-worker', { path, options });
    this.worker.on('message', (answer: BagAnswer) => this.hear(answer));
    this.worker.on('error', (thrown) => this.fail(new SageError('SAGE_1023', path, messageOf(thrown))));
    this.ended = new Promise((resolve) => this.worker.once('exit', () => resolve()));
  }

  /** @throws SageError SAGE_1023 where the folder cannot be made, or holds something already; SAGE_1027 */
  static create(path: string, options: BagThreadSetup['options'], events: BagThreadEvents): BagThread {
    // Here, so that it is said before anything begins; the thread finds the empty folder.
    BagFolder.create(path, options);
    return new BagThread(path, options, events);
  }

  get messages(): number {
    return this.last.messages;
  }

  get bytes(): number {
    return this.last.bag_bytes;
  }

  /** Nobody may read or change large data of it afterwards: they change hands. */
  write({ topic, time_ms, data }: ReceivedMessage, latched: boolean): void {
    if (this.batch.length === 0) setImmediate(() => this.post());
    this.batch.push({ topic: this.numberOf(topic), time_ms, latched, data });
  }

  flush(): void {
    this.post();
    this.tell({ kind: 'flush' });
  }

  /** Writes what waits and ends the bag. @throws SageError SAGE_1023 */
  async close(): Promise<void> {
    await this.end();
    if (this.failure !== null) throw this.failure;
  }

  /**
   * Ends the thread of a bag that could not be written: its last file ends with its last whole chunk.
   * @throws SageError SAGE_1023 where there was no room even for that; the files can be read with best effort then
   */
  async closeEarly(): Promise<void> {
    await this.end();
    if (!this.last.whole) throw this.failure ?? new SageError('SAGE_1023', this.path, 'it is not whole');
  }

  private async end(): Promise<void> {
    if (!this.closing) {
      this.closing = true;
      this.post();
      this.tell({ kind: 'close' });
    }
    await this.ended;
    if (this.last.closed) return;
    this.last = { ...this.last, whole: false };
    this.fail(new SageError('SAGE_1023', this.path, 'the thread that writes it ended'));
  }

  private numberOf(topic: WrittenTopic): number {
    const known = this.topics.get(topic.topic);
    if (known !== undefined) return known;
    const number = this.topics.size;
    this.topics.set(topic.topic, number);
    this.fresh.push(topic);
    return number;
  }

  private post(): void {
    const { batch: messages, fresh: topics } = this;
    if (messages.length === 0) return;
    this.batch = [];
    this.fresh = [];
    const handed = new Set<ArrayBuffer>();
    for (const { data } of messages) {
      const { buffer } = data;
      const own = buffer instanceof ArrayBuffer && buffer.byteLength === data.byteLength;
      if (own && data.byteLength >= HANDED_BYTES_MIN) handed.add(buffer);
    }
    this.tell({ kind: 'write', topics, messages }, [...handed]);
  }

  private tell(task: BagTask, handed: readonly ArrayBuffer[] = []): void {
    this.worker.postMessage(task, handed);
  }

  private hear(answer: BagAnswer): void {
    this.last = answer;
    if (answer.written_bytes > 0) this.events.onWritten(answer.written_bytes);
    if (answer.failure === null) return;
    const { code, where, detail } = answer.failure;
    this.fail(new SageError(code, where, detail));
  }

  private fail(failure: SageError): void {
    if (this.failure !== null) return;
    this.failure = failure;
    this.events.onFailure(failure);
  }
}
