import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { messageOf, SageError } from '../contracts/errors.js';

/** As much is read at once where less is asked for: what lies behind it is asked for soon, bytes. */
const WINDOW = 4096;
/** Windows lie in pieces of memory of this size: one of its own for each keeps the garbage collector busy, bytes. */
const PIECE = 16 * WINDOW;

/** A stretch of the file that was read. */
interface Window {
  readonly at: number;
  readonly bytes: Buffer;
}

const NOTHING = Buffer.alloc(0);
const NOWHERE: Window = { at: 0, bytes: NOTHING };

/** A file of which parts are read. Synchronous: what is read lies in the page cache, or the disk is the limit. */
export class FileBytes {
  readonly size: number;
  private readonly descriptor: number;
  private open = true;
  /**
   * The last three that were read, the newest first: between the index of a chunk and what follows it, the index of the
   * next chunk and messages of this one are read.
   */
  private latest: Window = NOWHERE;
  private before: Window = NOWHERE;
  private oldest: Window = NOWHERE;
  /** What is left of the present piece of memory. */
  private free: Buffer = NOTHING;

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
    if (due > WINDOW) return this.fill(Buffer.allocUnsafeSlow(due), at);
    return (
      within(this.latest, at, due) ??
      within(this.before, at, due) ??
      within(this.oldest, at, due) ??
      this.ahead(at).subarray(0, due)
    );
  }

  /** The bytes from `at` on: at least so many, all of the window that holds these; fewer where the file ends. */
  readOn(at: number, least: number): Buffer {
    const { bytes, at: begin } = this.latest;
    const from = at - begin;
    if (from >= 0 && from + least <= bytes.length) return from === 0 ? bytes : bytes.subarray(from);
    return least > WINDOW ? this.read(at, least) : this.ahead(at);
  }

  /** The bytes from `at` on, as many as fit into a window. */
  private ahead(at: number): Buffer {
    if (this.free.length < WINDOW) this.free = Buffer.allocUnsafeSlow(PIECE);
    this.oldest = this.before;
    this.before = this.latest;
    this.latest = { at, bytes: this.fill(this.free.subarray(0, WINDOW), at) };
    this.free = this.free.subarray(WINDOW);
    return this.latest.bytes;
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

/** Bytes that a window holds; null where it does not hold all of them. */
function within(window: Window, at: number, length: number): Buffer | null {
  const from = at - window.at;
  const holds = from >= 0 && from + length <= window.bytes.length;
  return holds ? window.bytes.subarray(from, from + length) : null;
}
