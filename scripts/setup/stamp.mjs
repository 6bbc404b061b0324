/** Fingerprints of what a step is made from, and the record of what was done with which. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Every file below a path (or the path itself), sorted, so that the order of the disk does not matter. */
export function filesUnder(path) {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * A sha256 over values and file contents. Contents rather than times: a fresh clone or a branch change
 * touches every file and changes none.
 * @param {{ values?: unknown[], files?: string[] }} inputs
 * @returns {string} 64 hex digits
 */
export function fingerprint({ values = [], files = [] }) {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(values));
  for (const file of files) {
    hash.update(`\0${file}\0`);
    hash.update(existsSync(file) ? readFileSync(file) : 'absent');
  }
  return hash.digest('hex');
}

/** The stamps of finished steps, one small file each. */
export function stampStore(folder) {
  const path = (id) => join(folder, id);
  return {
    read: (id) => (existsSync(path(id)) ? readFileSync(path(id), 'utf8') : undefined),
    /** Removed before a step starts, so that one that is interrupted is done again. */
    clear: (id) => rmSync(path(id), { force: true }),
    write: (id, key) => {
      mkdirSync(dirname(path(id)), { recursive: true });
      writeFileSync(path(id), key);
    },
  };
}
