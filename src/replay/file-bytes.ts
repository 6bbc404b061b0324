import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { messageOf, SageError } from '../contracts/errors.js';

/** Half of what Node shares among small buffers, bytes. */
const SMALL = 4096;

/** A file of which parts are read. Synchronous: what is read lies in the page cache, or the disk is the limit. */
export class FileBytes {
  readonly size: number;
  private readonly descriptor: number;
  private open = true;

  /** `path` is what it is called where something is said of it. @throws SageError SAGE_902, SAGE_1001 */
  constructor(
    place: string,
    readonly path = place,
  ) {
    try {
      this.descriptor = openSync(place, 'r');
    } catch (thrown) {
      throw new SageError('SAGE_902', path, messageOf(thrown), { cause: thrown });
    }
    const status = fstatSync(this.descriptor);
    if (!status.isFile()) {
      this.close();
      throw new SageError('SAGE_1001', path, 'it is not a file');
    }
    this.size = status.size;
  }

  /** The bytes from `at` on, fewer than asked for where the file ends; nothing else is ever written to them. */
  read(at: number, length: number): Buffer {
    const due = Math.max(0, Math.min(length, this.size - at));
    // Small ones share a piece of memory: one of its own for each keeps the garbage collector busy.
    return this.fill(due < SMALL ? Buffer.allocUnsafe(due) : Buffer.allocUnsafeSlow(due), at);
  }

  /** Fills memory with the bytes from `at` on; the filled part, shorter where the file ends. */
  fill(bytes: Buffer, at: number): Buffer {
    let done = 0;
    while (done < bytes.length) {
      const got = readSync(this.descriptor, bytes, done, bytes.length - done, at + done);
      if (got === 0) break;
      done += got;
    }
    return done === bytes.length ? bytes : bytes.subarray(0, done);
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    closeSync(this.descriptor);
  }
}
