import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fault, messageOf, SageError } from '../contracts/errors.js';
import {
  allFiles,
  MODEL_BYTES_MAX,
  type ModelFile,
  type ModelManifest,
  type StoredFile,
} from './manifest.js';

/** Absolute path of a model file; the manifest's schema has made sure that it lies below `folder`. */
export function pathOf(folder: string, file: Pick<ModelFile, 'path'>): string {
  return join(folder, file.path);
}

function isMissing(thrown: unknown): boolean {
  const code = (thrown as NodeJS.ErrnoException | null)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function notReadable(path: string, thrown: unknown): SageError {
  const detail = isMissing(thrown) ? 'no such file' : `cannot be read: ${messageOf(thrown)}`;
  return new SageError('SAGE_501', path, detail, { cause: thrown });
}

function altered(path: string, detail: string): SageError {
  return new SageError('SAGE_502', path, detail);
}

/**
 * Reads a file and gives back its bytes only when they are those that the manifest names: what was hashed is what
 * is used, whatever happens to the file meanwhile. Blocks; for the model host.
 * @throws SageError SAGE_501 missing or unreadable, SAGE_502 size or sha256 differ.
 */
export function readVerified(path: string, expected: Pick<ModelFile, 'sha256' | 'bytes'>): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (thrown) {
    throw notReadable(path, thrown);
  }
  try {
    const { size } = fstatSync(descriptor);
    if (size !== expected.bytes) {
      throw altered(path, `${size} bytes, the manifest says ${expected.bytes}`);
    }
    const bytes = Buffer.allocUnsafeSlow(size);
    const hash = createHash('sha256');
    let filled = 0;
    while (filled < bytes.byteLength) {
      // No more than 2 GB can be read, or hashed, at once.
      const wanted = Math.min(bytes.byteLength - filled, MODEL_BYTES_MAX >> 1);
      const got = readSync(descriptor, bytes, filled, wanted, null);
      if (got === 0) throw altered(path, `it ended after ${filled} of ${size} bytes`);
      hash.update(bytes.subarray(filled, filled + got));
      filled += got;
    }
    const sha256 = hash.digest('hex');
    if (sha256 !== expected.sha256) throw altered(path, `sha256 ${sha256}`);
    return bytes;
  } catch (thrown) {
    throw thrown instanceof SageError ? thrown : notReadable(path, thrown);
  } finally {
    closeSync(descriptor);
  }
}

/** Size and SHA-256 of a file, which is read once and not kept. Rejects as reading does. */
export async function fingerprint(
  path: string,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).byteLength;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** Why a file is not the one that is expected, or null. */
export async function verifyFile(path: string, expected: StoredFile): Promise<Fault | null> {
  try {
    const { size } = await stat(path);
    if (size !== expected.bytes) {
      return altered(path, `${size} bytes, the manifest says ${expected.bytes}`).toFault();
    }
    const { sha256 } = await fingerprint(path);
    return sha256 === expected.sha256 ? null : altered(path, `sha256 ${sha256}`).toFault();
  } catch (thrown) {
    return notReadable(path, thrown).toFault();
  }
}

/** Checks all files of a model without loading it, for `sage models verify` and `sage doctor`. Empty when good. */
export async function verifyModel(folder: string, manifest: ModelManifest): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  for (const file of allFiles(manifest)) {
    const fault = await verifyFile(pathOf(folder, file), file);
    if (fault) faults.push(fault);
  }
  return faults;
}
