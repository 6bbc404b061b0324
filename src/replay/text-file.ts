import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import { SageError } from '../contracts/errors.js';

const READ_BYTES = 1 << 18;
/** A file packed with gzip begins so (RFC 1952 §2.3.1). */
const GZIP = [0x1f, 0x8b] as const;

function isGzip(head: Uint8Array): boolean {
  return head[0] === GZIP[0] && head[1] === GZIP[1];
}

/** The first bytes of a file as they lie, at most so many. Throws what the file system says. */
function headOf(path: string, bytes: number): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    const head = Buffer.alloc(bytes);
    return head.subarray(0, readSync(descriptor, head));
  } finally {
    closeSync(descriptor);
  }
}

/** The first bytes of what a file holds, unpacked where it is packed with gzip. Throws what the file system says. */
export function unpackedHead(path: string, bytes: number): Buffer {
  const head = headOf(path, bytes);
  // It ends in the middle of the packed data, which is no mistake here.
  return isGzip(head) ? gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }) : head;
}

/**
 * The lines of a text, one at a time, unpacked where the file is packed with gzip: logs pack to a tenth. As editors leave
 * them: with or without carriage returns and a byte order mark. Packed data that are cut off or damaged end the text, as
 * a crash does. @throws SageError SAGE_1022 for a line of more than `line_max` characters; else what the file system says
 */
export async function* textLines(path: string, line_max: number): AsyncGenerator<string> {
  const stream = streamOf(path);
  let rest = '';
  let line = 1;
  try {
    for await (const piece of stream) {
      const parts = String(piece).split('\n');
      // Only what is new is searched: a long line comes in many pieces.
      parts[0] = rest + parts[0];
      rest = parts.pop() ?? '';
      for (const part of parts) yield clean(part, line++);
      if (rest.length > line_max) throw new SageError('SAGE_1022', `${path}:${line}`, 'the line is too long');
    }
  } catch (thrown) {
    if (!isOfGzip(thrown)) throw thrown;
  } finally {
    stream.destroy();
  }
  if (rest !== '') yield clean(rest, line);
}

function streamOf(path: string): Readable {
  const packed = isGzip(headOf(path, GZIP.length));
  const file = createReadStream(path, { highWaterMark: READ_BYTES });
  if (!packed) return file.setEncoding('utf8');
  // What goes wrong with either ends the text, and is thrown where that is read.
  return pipeline(file, createGunzip({ chunkSize: READ_BYTES }), () => {}).setEncoding('utf8');
}

function clean(line: string, number: number): string {
  const text = number === 1 && line.startsWith('\ufeff') ? line.slice(1) : line;
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

function isOfGzip(thrown: unknown): boolean {
  return (thrown as NodeJS.ErrnoException).code?.startsWith('Z_') ?? false;
}
