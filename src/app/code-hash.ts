import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const CODE = /\.(js|ts)$/;
const NO_CODE = /\.d\.ts$/;
/**
 * Files that changed less long ago than this are hashed again next time: a second change within the same tick of the
 * file system's clock would leave their times as they are, ms.
 */
const SETTLED_MS = 3000;

export interface CodeOptions {
  /** Folder with the code: `dist/`, or `src/`. */
  readonly root: string;
  /** Folders and modules (without their ending) below it. */
  readonly parts: readonly string[];
  /** Names of files go into the hash as they are seen from here. */
  readonly seenFrom: string;
  /** A file that holds the hash until something changes; null = it is worked out each time. */
  readonly kept: string | null;
  /** Default {@link SETTLED_MS}. */
  readonly settled_ms?: number;
}

/** What was hashed, and how all of it stood before: files, folders, and what was looked for and not there. */
interface Kept {
  readonly parts: string;
  readonly stands: readonly (readonly [path: string, stand: string])[];
  readonly code: string;
}

/**
 * sha256 of all code below some folders, by the names and contents of its files. A kept one counts as long as every
 * file and folder has the inode, size, and times of change that it had before it was read.
 */
export function codeHash(options: CodeOptions): string {
  const known = keptHash(options);
  if (known !== null) return known;
  const found = new Set<string>();
  const files = options.parts.flatMap((part) => codeOf(join(options.root, part), found)).sort();
  // Before they are read: what changes meanwhile is then found to be another one next time.
  const stands = [...found].map((path) => [path, standOf(path)] as const);
  const code = hashOf(files, options.seenFrom);
  if (options.kept !== null && settled(found, options.settled_ms ?? SETTLED_MS))
    keep(options.kept, { parts: partsOf(options), stands, code });
  return code;
}

/** Null where there is none, or it is of something else than what lies there now. */
function keptHash(options: CodeOptions): string | null {
  if (options.kept === null || !existsSync(options.kept)) return null;
  try {
    const { parts, stands, code } = JSON.parse(readFileSync(options.kept, 'utf8')) as Kept;
    if (parts !== partsOf(options)) return null;
    return stands.every(([path, stand]) => standOf(path) === stand) ? code : null;
  } catch {
    // Whatever is wrong with it, it is computed again.
    return null;
  }
}

/** Not where the folder is read-only, or somebody else's: then it is worked out each time. */
function keep(path: string, kept: Kept): void {
  const beside = `${path}.${process.pid}`;
  try {
    writeFileSync(beside, JSON.stringify(kept));
    renameSync(beside, path);
  } catch {
    rmSync(beside, { force: true });
  }
}

function partsOf({ root, parts, seenFrom }: CodeOptions): string {
  return [root, seenFrom, ...parts].join('\n');
}

/** What changes with a file, and with a folder when a name in it does. */
function standOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return '';
  // Times of access and the number of links say nothing of it.
  return `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`;
}

function settled(paths: ReadonlySet<string>, settled_ms: number): boolean {
  const before_ms = Date.now() - settled_ms;
  return [...paths].every((path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined || Math.max(stats.ctimeMs, stats.mtimeMs) < before_ms;
  });
}

/** The files of a part; `found` gets them and all else that decides which these are. */
function codeOf(part: string, found: Set<string>): string[] {
  found.add(part);
  if (existsSync(part)) return codeIn(part, found);
  const modules = ['.js', '.ts'].map((end) => part + end);
  for (const file of modules) found.add(file);
  return modules.filter((file) => existsSync(file));
}

function codeIn(folder: string, found: Set<string>): string[] {
  found.add(folder);
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    // An installed copy may be made of links.
    const inside = entry.isSymbolicLink() ? statSync(path).isDirectory() : entry.isDirectory();
    if (inside) return codeIn(path, found);
    if (!CODE.test(entry.name) || NO_CODE.test(entry.name)) return [];
    found.add(path);
    return [path];
  });
}

function hashOf(files: readonly string[], seenFrom: string): string {
  const hash = createHash('sha256');
  for (const file of files) {
    // As text: Node reads files so in a fraction of the time, and these are a hundred.
    hash.update(relative(seenFrom, file).split(sep).join('/')).update(readFileSync(file, 'utf8'));
  }
  return hash.digest('hex');
}
