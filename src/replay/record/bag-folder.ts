import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { messageOf, SageError } from '../../contracts/errors.js';
import { BagWriter, type WrittenTopic } from '../bag-writer.js';
import { makeFolder } from '../output-folder.js';
import { bagMetadata, type FileMetadata } from './bag-metadata.js';
import { LatchedMessages } from './latched-messages.js';
import type { ReceivedMessage } from './received-message.js';

const METADATA = 'metadata.yaml';
/** As rosbag2's own default; less where files are small. */
const CHUNK_BYTES_MAX = 768 * 1024;
/** What is lost at most when the process is killed, by the time of messages. */
const FLUSH_EVERY_MS = 1000;

export interface BagFolderOptions {
  readonly compression: 'none' | 'zstd';
  /** Takes large data of messages that are not latched, once they are in the file; by default nobody does. */
  readonly release?: (bytes: Uint8Array) => void;
  /** A new file begins beyond this size. */
  readonly file_bytes_max: number;
  /** The oldest files go when all together are larger, the one being written included; that one stays. */
  readonly total_bytes_max: number;
}

type Counting<T> = { -readonly [K in keyof T]: T[K] };
interface WrittenFile extends Counting<Omit<FileMetadata, 'counts'>> {
  bytes: number;
  readonly counts: Map<string, number>;
}

/**
 * A rosbag2 folder that is being written: files of bounded size with their index, and metadata.yaml, which is
 * brought up to date with each file. Each file begins with the newest message of every latched topic, so that it can be
 * read alone. Calls have to be awaited one after the other.
 */
export class BagFolder {
  private readonly topics = new Map<string, WrittenTopic>();
  private readonly latched = new LatchedMessages<ReceivedMessage>();
  private readonly files: WrittenFile[] = [];
  private writer: BagWriter | null = null;
  private count = 0;
  private flushed_ms = 0;

  private constructor(
    readonly path: string,
    private readonly options: BagFolderOptions,
  ) {}

  /** @throws SageError SAGE_1023 where the folder cannot be made, or holds something already; SAGE_1027 */
  static create(path: string, options: BagFolderOptions): BagFolder {
    try {
      makeFolder(path);
      if (readdirSync(path).length > 0) throw new Error('it is not empty; use another folder');
      return new BagFolder(path, options);
    } catch (thrown) {
      if (thrown instanceof SageError) throw thrown;
      throw new SageError('SAGE_1023', path, messageOf(thrown), { cause: thrown });
    }
  }

  get messages(): number {
    return this.files.reduce((sum, { messages }) => sum + messages, 0);
  }

  get bytes(): number {
    return this.files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Nobody may change the message's data afterwards: they may go to the file later.
   * @throws SageError SAGE_1023 where it cannot be written: what was written before stays readable
   */
  async write(message: ReceivedMessage, latched: boolean): Promise<void> {
    // There nearly always is one: a message is not to wait for what is there.
    const writer = this.writer ?? (await this.begin(message.time_ms));
    if (latched) this.latched.add(message);
    this.put(writer, message, !latched);
    const file = this.files.at(-1)!;
    if (Math.abs(message.time_ms - this.flushed_ms) >= FLUSH_EVERY_MS) {
      writer.flush();
      this.flushed_ms = message.time_ms;
    }
    this.grow(file, writer.bytes);
    if (writer.bytes >= this.options.file_bytes_max) await this.finish();
  }

  /** Ends the chunk that is being filled: what was written can be read whatever happens to this process. */
  flush(): void {
    this.writer?.flush();
  }

  /**
   * Closes a bag that could not be written: its last file ends with its last whole chunk, and metadata.yaml says so.
   * @throws SageError SAGE_1023 where there is no room even for that; the files can be read with best effort then
   */
  closeEarly(): void {
    const { writer } = this;
    const file = this.files.at(-1);
    if (writer === null || file === undefined) return;
    this.writer = null;
    const { counts, start_ms, end_ms } = writer.closeEarly();
    const messages = [...counts.values()].reduce((sum, count) => sum + count, 0);
    this.files.pop();
    if (messages > 0) {
      this.files.push({
        name: file.name,
        bytes: writer.bytes,
        messages,
        start_ms,
        end_ms,
        counts: new Map(counts),
      });
    } else rmSync(join(this.path, file.name), { force: true });
    if (this.files.length > 0) this.tell();
  }

  /** Ends the last file and brings metadata.yaml up to date. @throws SageError SAGE_1023 */
  async close(): Promise<void> {
    await this.finish();
  }

  private async begin(time_ms: number): Promise<BagWriter> {
    const name = `${basename(this.path)}_${this.count}.mcap`;
    this.count += 1;
    const { compression, file_bytes_max, release = () => {} } = this.options;
    const chunk_bytes = Math.min(CHUNK_BYTES_MAX, file_bytes_max / 4);
    const writer = await BagWriter.create(join(this.path, name), { compression, chunk_bytes, release });
    this.writer = writer;
    this.files.push({
      name,
      bytes: 0,
      messages: 0,
      start_ms: time_ms,
      end_ms: time_ms,
      counts: new Map(),
    });
    for (const held of this.latched.values()) {
      this.put(writer, { ...held, time_ms: Math.max(held.time_ms, time_ms) }, false);
    }
    return writer;
  }

  private put(writer: BagWriter, message: ReceivedMessage, mayLend: boolean): void {
    const { topic, time_ms, data } = message;
    writer.write(topic, time_ms, data, mayLend);
    this.topics.set(topic.topic, topic);
    const file = this.files.at(-1)!;
    file.messages += 1;
    file.start_ms = Math.min(file.start_ms, time_ms);
    file.end_ms = Math.max(file.end_ms, time_ms);
    file.counts.set(topic.topic, (file.counts.get(topic.topic) ?? 0) + 1);
  }

  private grow(file: WrittenFile, bytes: number): void {
    // The same for most messages, which wait in a chunk.
    if (bytes === file.bytes) return;
    file.bytes = bytes;
    if (this.makeRoom()) this.tell();
  }

  private async finish(): Promise<void> {
    const { writer } = this;
    if (writer === null) return;
    await writer.close(stringify(bagMetadata(this.files.slice(-1), this.topics)));
    this.writer = null;
    this.files.at(-1)!.bytes = writer.bytes;
    this.makeRoom();
    this.tell();
  }

  /** Whoever is killed in the middle leaves the one of before. */
  private tell(): void {
    const place = join(this.path, METADATA);
    try {
      const information = bagMetadata(this.files, this.topics);
      writeFileSync(`${place}.part`, stringify({ rosbag2_bagfile_information: information }));
      renameSync(`${place}.part`, place);
    } catch (thrown) {
      throw new SageError('SAGE_1023', this.path, messageOf(thrown), { cause: thrown });
    }
  }

  /** Returns whether a file had to go. */
  private makeRoom(): boolean {
    const before = this.files.length;
    while (this.files.length > 1 && this.bytes > this.options.total_bytes_max) {
      const { name } = this.files.shift()!;
      rmSync(join(this.path, name), { force: true });
    }
    return this.files.length < before;
  }
}

/** A moment as it stands in the names of folders: `20261121T142355`, UTC. */
export function folderStamp(time_ms: number): string {
  return new Date(time_ms).toISOString().replace(/[-:]/g, '').slice(0, 15);
}
