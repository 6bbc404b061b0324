import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LogBuild } from '../contracts/log.js';
import { codeHash } from './code-hash.js';
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
const COMMIT = /^[0-9a-f]{40}$/;

let own: LogBuild | null = null;

/** What this process runs: read once. @param plugins modules of the user (`node.plugins`) */
export function buildOf(plugins: readonly string[] = []): LogBuild {
  own ??= { commit: commitOf(packageRoot), code: ownCode() };
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

/** Of the compiled code, where this is compiled, else of the sources. */
function ownCode(): string {
  const root = resolve(fileURLToPath(import.meta.url), '..', '..');
  const compiled = fileURLToPath(import.meta.url).endsWith('.js');
  const kept = compiled ? join(root, '.code-hash.json') : null;
  return codeHash({ root, parts: DECIDING, seenFrom: packageRoot, kept });
}
