import { SageError } from '../../contracts/errors.js';

/** Length of the text header of a binary file, which the triangle count follows, bytes. */
const HEAD_BYTES = 80;
const TRIANGLE_BYTES = 50;

/**
 * Triangles of an STL file, binary or ASCII: nine numbers each, in the unit of the file. A file whose length
 * matches its triangle count is binary, whatever its first word: many binary files start with `solid`.
 * @param most largest number of triangles accepted
 * @throws SageError SAGE_306
 */
export function readStl(bytes: Uint8Array, where: string, most: number): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length >= HEAD_BYTES + 4 ? view.getUint32(HEAD_BYTES, true) : 0;
  const needed = HEAD_BYTES + 4 + TRIANGLE_BYTES * count;
  if (needed === bytes.length || !startsAsText(bytes)) {
    if (needed > bytes.length || bytes.length < HEAD_BYTES + 4)
      throw unreadable(where, `cut off: ${bytes.length} bytes of ${needed}`);
    return finite(readBinary(view, bounded(count, where, most)), where);
  }
  return finite(readText(new TextDecoder('latin1').decode(bytes), where, most), where);
}

export function unreadable(where: string, detail: string, cause?: unknown): SageError {
  return new SageError('SAGE_306', where, detail, cause === undefined ? undefined : { cause });
}

/** @throws SageError SAGE_306 for too many triangles */
export function bounded(count: number, where: string, most: number): number {
  if (count > most) throw unreadable(where, `has ${count} triangles, at most ${most} are read`);
  return count;
}

/** @throws SageError SAGE_306 without triangles, or for a number that is not finite */
export function finite(triangles: Float64Array, where: string): Float64Array {
  if (triangles.length === 0) throw unreadable(where, 'has no triangles');
  if (!triangles.every(Number.isFinite)) throw unreadable(where, 'has corners that are not finite');
  return triangles;
}

function startsAsText(bytes: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(bytes.subarray(0, 200)).trimStart().startsWith('solid');
}

function readBinary(view: DataView, count: number): Float64Array {
  const triangles = new Float64Array(9 * count);
  for (let triangle = 0; triangle < count; triangle++) {
    // Skips the normal, which comes first.
    const at = HEAD_BYTES + 4 + TRIANGLE_BYTES * triangle + 12;
    for (let k = 0; k < 9; k++) triangles[9 * triangle + k] = view.getFloat32(at + 4 * k, true);
  }
  return triangles;
}

function readText(text: string, where: string, most: number): Float64Array {
  const numbers: number[] = [];
  for (const [, x, y, z] of text.matchAll(/^\s*vertex\s+(\S+)\s+(\S+)\s+(\S+)\s*$/gim)) {
    numbers.push(Number(x), Number(y), Number(z));
    bounded(numbers.length / 9, where, most);
  }
  if (numbers.length % 9 !== 0) throw unreadable(where, 'cut off within a triangle');
  return Float64Array.from(numbers);
}
