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
      throw new SageError(
        'SAGE_503',
        path,
        `${size} bytes; the limit for a manifest is ${MANIFEST_BYTES_MAX}`,
      );
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

/**
 * Reads every `*.json` of a folder. A missing folder, a broken manifest or a second one of an id is a fault. Of several
 * of an id that one is used that is named by it (`<id>.json`), so that a copy beside it changes nothing; else the first.
 */
export function discoverManifests(folder: string): Discovery {
  const faults: Fault[] = [];
  const found = new Map<string, { readonly manifest: ModelManifest; readonly name: string }>();
  for (const name of namesIn(folder, faults)) {
    const path = join(folder, name);
    try {
      const manifest = readManifest(path);
      const other = found.get(manifest.id);
      const [used, left] =
        other && name !== `${manifest.id}.json` ? [other.name, name] : [name, other?.name ?? null];
      if (used === name) found.set(manifest.id, { manifest, name });
      if (left !== null) {
        const told = `the id "${manifest.id}" is already used by ${used}; change one of them`;
        throw new SageError('SAGE_503', join(folder, left), told);
      }
    } catch (thrown) {
      if (!(thrown instanceof SageError)) throw thrown;
      faults.push(thrown.toFault());
    }
  }
  const manifests = [...found.values()].map(({ manifest }) => manifest);
  return { manifests: manifests.sort((a, b) => (a.id < b.id ? -1 : 1)), faults };
}

/**
 * Why a model cannot be had: its manifest is broken (SAGE_503), the folder cannot be read (SAGE_501), or there is no
 * manifest of its id (SAGE_512).
 */
export function noManifest(folder: string, id: string, { manifests, faults }: Discovery): SageError {
  const own = [folder, join(folder, `${id}.json`)];
  const broken = faults.find(({ where }) => own.includes(where));
  if (broken) return SageError.of(broken);
  const names = manifests.map((manifest) => manifest.id).join(', ') || 'none';
  return new SageError('SAGE_512', id, `no manifest in ${folder} has this id; available: ${names}`);
}

/** The names of the manifests in a folder, sorted, as many as are used. */
function namesIn(folder: string, faults: Fault[]): readonly string[] {
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
  return names.slice(0, MANIFESTS_MAX);
}
