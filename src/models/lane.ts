import { closeSync, ftruncateSync, openSync, readSync, unlinkSync, writevSync } from 'node:fs';

/** Where Linux keeps files in memory. Elsewhere bodies go through the stream. */
const FOLDER = '/dev/shm';
/** The descriptor under which a host finds the file. */
export const LANE_DESCRIPTOR = 3;
/** Room of each part, bytes. Larger bodies go through the stream; memory is taken only as far as it is used. */
export const LANE_BYTES = 8 * 1024 * 1024;
/** Two parts for requests, two for answers, taken in turns: one may be read while the next is written. */
const PARTS = 4;
/** Smaller bodies stay in the stream: two more calls of the system cost more than the copies. */
export const LANE_LEAST_BYTES = 4096;

/** Where in the file a body lies. */
export interface LanePlace {
  readonly offset: number;
  readonly bytes: number;
}

/** The part of the file for the body of a request, or of its answer. */
export function lanePart(kind: 'request' | 'answer', id: number): number {
  return (id & 1) + (kind === 'request' ? 0 : 2);
}

/**
 * Puts a body into a part of the file. Null where it belongs into the stream: it is small, too large for the part, or
 * there is no memory left for the file.
 */
export function putIntoLane(
  descriptor: number,
  part: number,
  lane_bytes: number,
  pieces: readonly Uint8Array[],
  bytes: number,
): LanePlace | null {
  if (bytes < LANE_LEAST_BYTES || bytes > lane_bytes) return null;
  const offset = part * lane_bytes;
  let written = 0;
  while (written < bytes) {
    const took = writeAt(descriptor, piecesFrom(pieces, written), offset + written);
    if (took === 0) return null;
    written += took;
  }
  return { offset, bytes };
}

/** What is left of the pieces after so many bytes. */
function piecesFrom(pieces: readonly Uint8Array[], begin: number): readonly Uint8Array[] {
  if (begin === 0) return pieces;
  let before = 0;
  return pieces.flatMap((piece) => {
    const skipped = Math.min(piece.byteLength, Math.max(0, begin - before));
    before += piece.byteLength;
    return skipped === piece.byteLength ? [] : [piece.subarray(skipped)];
  });
}

/** @throws Error where the file ends before the body does. */
export function takeFromLane(descriptor: number, { offset, bytes }: LanePlace, target: Uint8Array): void {
  let filled = 0;
  while (filled < bytes) {
    const got = readSync(descriptor, target, filled, bytes - filled, offset + filled);
    if (got === 0) throw new Error(`the shared file ends ${bytes - filled} bytes before a body does`);
    filled += got;
  }
}

/** All pieces in one call of the system; 0 where there is no memory left for the file. */
function writeAt(descriptor: number, pieces: readonly Uint8Array[], at: number): number {
  try {
    return writevSync(descriptor, [...pieces], at);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOSPC') return 0;
    throw thrown;
  }
}

let opened = 0;

/**
 * A file in memory that the node shares with one host, so that frames and masks do not go through a socket piece by
 * piece. It has no name any more once it is open: it goes with the last process that holds it.
 */
export class Lane {
  private constructor(readonly descriptor: number) {}

  /** Null where this system has no such files. */
  static open(): Lane | null {
    opened += 1;
    const path = `${FOLDER}/sage-${process.pid}-${opened}-${performance.now().toString(36)}`;
    let descriptor: number;
    try {
      descriptor = openSync(path, 'wx+', 0o600);
    } catch {
      // No such folder, or none to write to: the stream does as well, only slower.
      return null;
    }
    try {
      unlinkSync(path);
      ftruncateSync(descriptor, PARTS * LANE_BYTES);
    } catch {
      // A limit on the size of files, say: the stream does as well here too. Nothing of the file may stay open.
      closeSync(descriptor);
      return null;
    }
    return new Lane(descriptor);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
