import { closeSync, openSync, readSync, statfsSync, statSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { ZstdError } from 'fzstd';
import { messageOf, SageError } from '../contracts/errors.js';
import { type BagOptions, complainer } from './bag.js';
import { temporaryFolder } from './temporary.js';

/** What is read at one go, bytes. */
const INPUT_BYTES = 64 << 10;
/** How often the free disk is looked at, bytes written. */
const LOOK_EVERY_BYTES = 32 << 20;
/** Stays free on the disk: the robot needs it for other things, bytes. */
const RESERVE_BYTES = 128 << 20;

type Zstd = typeof import('fzstd');
/** Loaded with the first file that is packed: few are. */
let fzstd: Zstd | null = null;

export interface UnpackOptions extends Pick<BagOptions, 'best_effort' | 'onFault' | 'onUnpacking'> {
  /** Free bytes on the disk of a folder; by default asked of the system. */
  readonly free_bytes?: (folder: string) => number;
}

/** A file that was unpacked for a while. */
export interface UnpackedFile {
  readonly path: string;
  readonly bytes: number;
  readonly remove: () => void;
}

/**
 * Unpacks a file that is zstd as a whole, as rosbag2 leaves it with `--compression-mode file`, into a temporary one.
 * It is streamed: memory holds the window of the format (32 MB at most), whatever the file unpacks to.
 * @throws SageError SAGE_1002 cut off and SAGE_1003 damaged (best effort goes on with what was unpacked until there),
 * SAGE_1004 a window that is too large, SAGE_1026 no room on the disk.
 */
export async function unpackFile(path: string, options: UnpackOptions = {}): Promise<UnpackedFile> {
  fzstd ??= await import('fzstd');
  const folder = temporaryFolder();
  const target = join(folder.path, unpackedName(path));
  try {
    const unpacking = new Unpacking(fzstd, path, target, folder.path, options);
    // A turn for signals and timers after each piece: a large file takes minutes.
    for (const _piece of unpacking.run()) await turn();
    return { path: target, bytes: unpacking.written, remove: folder.remove };
  } catch (thrown) {
    folder.remove();
    throw thrown;
  }
}

/**
 * The same at one go, of a file that was unpacked before: faults are not reported again.
 * @throws SageError SAGE_1026 no room on the disk any more
 */
export function unpackAgain(path: string, options: UnpackOptions = {}): UnpackedFile {
  if (fzstd === null) throw new Error(`${path} has not been decompressed before`);
  const folder = temporaryFolder();
  const target = join(folder.path, unpackedName(path));
  try {
    const unpacking = new Unpacking(fzstd, path, target, folder.path, { ...options, onFault: () => {} });
    for (const _piece of unpacking.run());
    return { path: target, bytes: unpacking.written, remove: folder.remove };
  } catch (thrown) {
    folder.remove();
    throw thrown;
  }
}

/** The name of what a packed file holds: `x.mcap` for `x.mcap.zstd`. */
export function unpackedName(path: string): string {
  return basename(path).replace(/\.zstd?$/, '');
}

class Unpacking {
  written = 0;
  private looked_at = 0;
  private output = -1;

  constructor(
    private readonly zstd: Zstd,
    private readonly path: string,
    private readonly target: string,
    private readonly folder: string,
    private readonly options: UnpackOptions,
  ) {}

  /** Yields after each piece. */
  *run(): Generator<void> {
    const input = openSync(this.path, 'r');
    try {
      this.output = openSync(this.target, 'wx');
      this.look();
      yield* this.stream(input);
    } catch (thrown) {
      const error = this.coded(thrown);
      if (error.code === 'SAGE_1026' || error.code === 'SAGE_1004' || this.written === 0) throw error;
      complainer(this.options)(error);
    } finally {
      closeSync(input);
      if (this.output >= 0) closeSync(this.output);
    }
  }

  private *stream(input: number): Generator<void> {
    const name = basename(this.path);
    const { size } = statSync(this.path);
    const stream = new this.zstd.Decompress((bytes) => this.write(bytes));
    for (let read = 0; ; ) {
      // The decompressor keeps what it is given, so each piece has memory of its own.
      const piece = new Uint8Array(INPUT_BYTES);
      const got = readSync(input, piece);
      if (got === 0) break;
      read += got;
      stream.push(piece.subarray(0, got));
      this.options.onUnpacking?.(name, read / size);
      yield;
    }
    stream.push(new Uint8Array(0), true);
  }

  private write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.output, bytes, done);
    this.written += bytes.length;
    if (this.written - this.looked_at >= LOOK_EVERY_BYTES) this.look();
  }

  /** @throws SageError SAGE_1026 before the disk is full, not after: what else runs here needs it too. */
  private look(): void {
    this.looked_at = this.written;
    const { free_bytes = freeBytes } = this.options;
    const free = free_bytes(this.folder);
    if (free < RESERVE_BYTES)
      throw this.full(`only ${mb(free)} are free there, and ${mb(RESERVE_BYTES)} are kept free`);
  }

  private coded(thrown: unknown): SageError {
    if (thrown instanceof SageError) return thrown;
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') return this.full(messageOf(thrown));
    const upTo = `it could be decompressed up to ${mb(this.written)}`;
    const kind = (thrown as Partial<ZstdError>).code;
    if (kind === this.zstd.ZstdErrorCode.UnexpectedEOF) {
      return new SageError('SAGE_1002', this.path, `the compressed file is truncated; ${upTo}`);
    }
    if (kind === this.zstd.ZstdErrorCode.WindowSizeTooLarge) {
      const told = 'its zstd window is larger than 32 MB; decompress it with zstd -d --long=31';
      return new SageError('SAGE_1004', this.path, told);
    }
    return new SageError('SAGE_1003', this.path, `${messageOf(thrown)}; ${upTo}`, { cause: thrown });
  }

  private full(detail: string): SageError {
    const told = `${mb(statSync(this.path).size)} decompress to more than ${mb(this.written)} in ${this.folder}`;
    return new SageError('SAGE_1026', this.path, `${told}: ${detail}`);
  }
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
