import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Fault, messageOf, SageError } from '../contracts/errors.js';
import { type ModelManifest, parseManifest } from './manifest.js';

const MANIFEST_BYTES_MAX = 1 << 20;
const MANIFESTS_MAX = 256;

/** The package's own folder, from `src/models` as well as from `dist/models`. */
const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

/** `models.folder` as an absolute path: relative ones begin at the package. */
export function modelFolder(folder: string): string {
  return resolve(PACKAGE, folder);
}

/**
 * Reads and checks one manifest.
 * @throws SageError SAGE_501 missing, SAGE_503 not JSON or not a manifest.
 */
export function readManifest(path: string): ModelManifest {
  let text: string;
  try {
    const { size } = statSync(path);
    if (size > MANIFEST_BYTES_MAX) {
      throw new SageError('SAGE_503', path, `${size} bytes; a manifest has at most ${MANIFEST_BYTES_MAX}`);
    }
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof SageError) throw thrown;
    throw new SageError('SAGE_501', path, messageOf(thrown), { cause: thrown });
  }
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (thrown) {
    throw new SageError('SAGE_503', path, messageOf(thrown), { cause: thrown });
  }
  return parseManifest(raw, path);
}

export interface Discovery {
  /** Sorted by id. */
  readonly manifests: readonly ModelManifest[];
  /** One per file that is not a good manifest; the good ones are used all the same. */
  readonly faults: readonly Fault[];
}

/** Reads every `*.json` of a folder. A missing folder, a broken manifest or a second one of an id is a fault. */
export function discoverManifests(folder: string): Discovery {
  const faults: Fault[] = [];
  const found = new Map<string, ModelManifest>();
  let names: string[] = [];
  try {
    names = readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort();
  } catch (thrown) {
    faults.push(new SageError('SAGE_501', folder, messageOf(thrown), { cause: thrown }).toFault());
  }
  if (names.length > MANIFESTS_MAX) {
    const told = `${names.length} manifests; the first ${MANIFESTS_MAX} are used`;
    faults.push(new SageError('SAGE_503', folder, told).toFault());
  }
  for (const name of names.slice(0, MANIFESTS_MAX)) {
    const path = join(folder, name);
    try {
      const manifest = readManifest(path);
      if (found.has(manifest.id)) {
        throw new SageError('SAGE_503', path, `the id "${manifest.id}" is taken by another manifest`);
      }
      found.set(manifest.id, manifest);
    } catch (thrown) {
      if (!(thrown instanceof SageError)) throw thrown;
      faults.push(thrown.toFault());
    }
  }
  const manifests = [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { manifests, faults };
}
