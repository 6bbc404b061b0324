import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { messageOf, SageError } from '../contracts/errors.js';
import { requireFolderOf } from './output-folder.js';

/** Characters that are gathered before they are written. */
const BATCH_CHARS = 1 << 16;
/** Bytes of a character of a JavaScript string in UTF-8, at most. */
const UTF8_MOST = 3;

/** Where lines go: a file, or a list in a test. */
export interface LineSink {
  line(text: string): void;
}

/**
 * Writes lines to a file, gathered into batches; `flush` hands the rest to the operating system, so that a process
 * that is killed loses at most what came since. Any failure is SAGE_1023, once: the file takes nothing after it.
 */
export class LineFile implements LineSink {
  private readonly descriptor: number;
  private waiting: string[] = [];
  private chars = 0;
  /** Where lines become bytes: memory of before, since new memory has to be cleared first. */
  private memory = Buffer.alloc(0);
  private failed: SageError | null = null;
  private open = true;
  private readonly hash = createHash('sha256');

  /**
   * @param again whether its content can be reproduced: then closing does not wait for the disk
   * @throws SageError SAGE_1023, SAGE_1027
   */
  constructor(
    readonly path: string,
    private readonly again = false,
  ) {
    requireFolderOf(path);
    this.descriptor = this.contained(() => openSync(path, 'w'));
  }

  line(text: string): void {
    if (this.failed !== null) return;
    this.waiting.push(text, '\n');
    this.chars += text.length + 1;
    if (this.chars >= BATCH_CHARS) this.flush();
  }

  /** @throws SageError SAGE_1023 */
  flush(): void {
    if (this.chars === 0 || this.failed !== null) return;
    const text = this.waiting.join('');
    this.waiting = [];
    this.chars = 0;
    const most = UTF8_MOST * text.length;
    if (most > this.memory.length) this.memory = Buffer.allocUnsafeSlow(most);
    const bytes = this.memory.subarray(0, this.memory.write(text, 'utf8'));
    this.hash.update(bytes);
    this.contained(() => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.descriptor, bytes, at);
    });
  }

  /** sha256 of all that was written, hex; once, after it was closed. */
  sha256(): string {
    return this.hash.digest('hex');
  }

  /** Flushes, to the disk unless the content can be reproduced, and closes. @throws SageError SAGE_1023 */
  close(): void {
    if (!this.open) return;
    this.open = false;
    try {
      this.flush();
      if (this.failed === null && !this.again) this.contained(() => fsyncSync(this.descriptor));
    } finally {
      closeSync(this.descriptor);
    }
  }

  private contained<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      this.failed = new SageError('SAGE_1023', this.path, messageOf(thrown), { cause: thrown });
      throw this.failed;
    }
  }
}
