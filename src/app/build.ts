import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LogBuild } from '../contracts/log.js';
import { packageRoot } from './root.js';

/** The modules that decide, below src/ or dist/: two builds in which these are the same decide the same. */
const DECIDING = [
  'contracts',
  'robot',
  'kernel',
  'salience',
  'metabolism',
  'irp',
  'hrm',
  'plugins',
  'ros/blocks',
  'ros/camera',
  'app/adapters',
  'app/compose',
  'app/declared-costs',
  'app/perception',
];
const CODE = /\.(js|ts)$/;
const NO_CODE = /\.d\.ts$/;
const COMMIT = /^[0-9a-f]{40}$/;

let own: LogBuild | null = null;

/** What this process runs: read once. @param plugins modules of the user (`node.plugins`) */
export function buildOf(plugins: readonly string[] = []): LogBuild {
  own ??= { commit: commitOf(packageRoot), code: hashOf(decidingFiles()) };
  const files = plugins.map((path) => resolve(path)).filter((path) => existsSync(path));
  if (files.length === 0) return own;
  const { commit, code } = own;
  const hash = createHash('sha256').update(code);
  for (const file of files) hash.update(basename(file)).update(readFileSync(file));
  return { commit, code: hash.digest('hex') };
}

/**
 * The commit that is checked out in a folder: of its `.git`, without git itself. Null where it is no repository, as an
 * installed copy.
 */
export function commitOf(folder: string): string | null {
  const git = join(folder, '.git');
  const head = textOf(join(git, 'HEAD'));
  if (head === null) return null;
  if (COMMIT.test(head)) return head;
  const ref = head.replace(/^ref: /, '');
  const loose = textOf(join(git, ref));
  if (loose !== null && COMMIT.test(loose)) return loose;
  const packed = textOf(join(git, 'packed-refs')) ?? '';
  const line = packed.split('\n').find((each) => each.endsWith(` ${ref}`));
  return line === undefined ? null : line.slice(0, 40);
}

function textOf(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}

/** Sorted; the compiled ones where this is compiled, else the sources. */
function decidingFiles(): string[] {
  const root = resolve(fileURLToPath(import.meta.url), '..', '..');
  return DECIDING.flatMap((part) => {
    const folder = join(root, part);
    if (!existsSync(folder))
      return ['.js', '.ts'].map((end) => folder + end).filter((file) => existsSync(file));
    return codeIn(folder);
  }).sort();
}

function codeIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    // An installed copy may be made of links.
    const inside = entry.isSymbolicLink() ? statSync(path).isDirectory() : entry.isDirectory();
    if (inside) return codeIn(path);
    return CODE.test(entry.name) && !NO_CODE.test(entry.name) ? [path] : [];
  });
}

function hashOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) {
    // As text: Node reads files so in a fraction of the time, and these are a hundred.
    hash.update(relative(packageRoot, file).split(sep).join('/')).update(readFileSync(file, 'utf8'));
  }
  return hash.digest('hex');
}
