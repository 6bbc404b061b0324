import { writevSync } from 'node:fs';

/** What one call writes: gathers pieces that lie apart, and returns how many bytes of them it took. */
export type GatheredWrite = (descriptor: number, pieces: readonly Uint8Array[]) => number;

/** Writes every byte of the pieces in order, however few a call takes. @throws Error as the file system does */
export function writeAll(
  descriptor: number,
  pieces: readonly Uint8Array[],
  write: GatheredWrite = writevSync,
): void {
  let left = pieces.filter(({ length }) => length > 0);
  while (left.length > 0) {
    const written = write(descriptor, left);
    if (written === 0) throw new Error('nothing more is taken');
    left = without(left, written);
  }
}

/** What remains of the pieces behind so many bytes. */
function without(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  return pieces.flatMap((piece) => {
    const cut = Math.min(skip, piece.length);
    skip -= cut;
    return cut === piece.length ? [] : [piece.subarray(cut)];
  });
}
