import {
  createWriteStream,
  mkdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  type WriteStream,
} from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, SageError } from '../contracts/errors.js';
import { allFiles, type ModelManifest, type StoredFile } from './manifest.js';
import { fingerprint, pathOf, verifyFile } from './verify.js';

/** A server that sends nothing for this long counts as gone, ms. */
const STALL_MS = 30_000;
const PROGRESS_EVERY_MS = 200;
const BYTES_PER_MB = 1e6;

export interface PullProgress {
  readonly file: string;
  readonly bytes: number;
  readonly bytes_max: number;
}

export interface Pulled {
  readonly path: string;
  /** `present`: it was there already. */
  readonly state: 'present' | 'fetched' | 'resumed';
  /** Bytes that came over the network now. */
  readonly fetched_bytes: number;
}

/**
 * Fetches the files of a model that are not there yet, each to `<file>.part` first. What an earlier attempt left is
 * gone on with; a file takes its place only when size and SHA-256 are those of the manifest.
 * @throws SageError SAGE_516 where it cannot be fetched or is another file than the manifest says; what came so far
 * stays for the next attempt, unless it is the wrong file.
 */
export async function pullModel(
  folder: string,
  manifest: ModelManifest,
  onProgress: (progress: PullProgress) => void = () => undefined,
): Promise<readonly Pulled[]> {
  const pulled: Pulled[] = [];
  for (const file of allFiles(manifest)) {
    const path = pathOf(folder, file);
    if ((await verifyFile(path, file)) === null) pulled.push({ path, state: 'present', fetched_bytes: 0 });
    else pulled.push(await pullFile(path, file, onProgress));
  }
  return pulled;
}

function failed(url: string, detail: string, cause?: unknown): SageError {
  return new SageError('SAGE_516', url, detail, cause === undefined ? {} : { cause });
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

async function pullFile(
  path: string,
  file: StoredFile,
  onProgress: (progress: PullProgress) => void,
): Promise<Pulled> {
  const { url, bytes, sha256 } = file;
  if (url === undefined) throw failed(path, 'it is missing or altered, and its manifest has no url');
  const part = `${path}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (sizeOf(part) > bytes) rmSync(part);
    const had = sizeOf(part);
    requireRoom(part, bytes - had);
    const fetched_bytes = had === bytes ? 0 : await fetchInto(part, file, url, had, onProgress);
    const found = await fingerprint(part);
    if (found.sha256 !== sha256) {
      rmSync(part);
      throw failed(url, `it has sha256 ${found.sha256}, the manifest says ${sha256}`);
    }
    renameSync(part, path);
    return { path, state: had > 0 ? 'resumed' : 'fetched', fetched_bytes };
  } catch (thrown) {
    if (thrown instanceof SageError) throw thrown;
    throw failed(path, `it could not be written: ${messageOf(thrown)}`, thrown);
  }
}

/** So that a disk is not filled for nothing. @throws SageError SAGE_516 where the file does not fit */
function requireRoom(part: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(dirname(part));
  const free = bavail * bsize;
  if (free >= bytes) return;
  const mb = (count: number): string => `${(count / BYTES_PER_MB).toFixed(0)} MB`;
  throw failed(part, `the download needs ${mb(bytes)}, but only ${mb(free)} are free on this disk`);
}

/** Appends what is missing, or starts over if the server cannot resume. Returns what came over the network. */
async function fetchInto(
  part: string,
  { bytes }: StoredFile,
  url: string,
  had: number,
  onProgress: (progress: PullProgress) => void,
): Promise<number> {
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(new Error('the server sent nothing')), STALL_MS);
  try {
    const headers: Record<string, string> = had > 0 ? { range: `bytes=${had}-` } : {};
    const response = await fetch(url, { headers, signal: stalled.signal });
    if (!response.ok || response.body === null) throw failed(url, `HTTP ${response.status}`);
    const goes_on = response.status === 206 && had > 0;
    let have = goes_on ? had : 0;
    let fetched = 0;
    let told_ms = 0;
    const out = createWriteStream(part, { flags: goes_on ? 'a' : 'w' });
    // Failures are reported to the writer; an unhandled error would end the process.
    out.on('error', () => undefined);
    try {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        clearTimeout(timer);
        timer = setTimeout(() => stalled.abort(new Error('the server sent nothing')), STALL_MS);
        have += chunk.byteLength;
        fetched += chunk.byteLength;
        if (have > bytes) throw failed(url, `it is larger than the ${bytes} bytes in the manifest`);
        await write(out, chunk);
        if (performance.now() - told_ms > PROGRESS_EVERY_MS || have === bytes) {
          told_ms = performance.now();
          onProgress({ file: part.replace(/\.part$/, ''), bytes: have, bytes_max: bytes });
        }
      }
    } finally {
      await close(out);
    }
    if (have < bytes) throw failed(url, `it ended after ${have} of ${bytes} bytes`);
    return fetched;
  } catch (thrown) {
    throw thrown instanceof SageError ? thrown : failed(url, reasonOf(thrown), thrown);
  } finally {
    clearTimeout(timer);
  }
}

/** fetch() says only "fetch failed"; why stands in its cause. */
function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return cause === undefined ? messageOf(thrown) : `${messageOf(thrown)}: ${messageOf(cause)}`;
}

function write(out: WriteStream, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    out.write(chunk, (thrown) => (thrown ? reject(thrown) : resolve()));
  });
}

function close(out: WriteStream): Promise<void> {
  return new Promise((resolve) => out.end(() => resolve()));
}
