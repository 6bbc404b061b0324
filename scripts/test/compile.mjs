/**
 * The tests as JavaScript, compiled once for all the processes that run them: `dist-test/test/…` for `test/…`. They
 * import the sources as `dist/`, which set-up has compiled: what is tested is what runs.
 */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { filesUnder } from '../setup/stamp.mjs';

/** What is compiled: some tests try what a benchmark measures with. */
const folders = ['test', 'bench'];

/** What they import besides, by the path that leads there. */
const links = { src: '../dist', scripts: '../scripts' };

/** Where the compiled file of a test is. */
export const compiledPath = (file) => join('dist-test', file.replace(/\.ts$/, '.js'));

/** The test that a compiled file is of, for people to find. */
export const sourcePath = (file) => file.replace(/^(.*\/)?dist-test\//, '$1').replace(/\.js$/, '.ts');

/** Puts a link in place, unless it is there. */
function link(path, target) {
  if (existsSync(path) && readlinkSync(path) === target) return;
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

/**
 * esbuild as tsx has it: the same that compiles where tests run uncompiled. It checks no types; `types` does.
 * @returns {typeof import('esbuild')}
 */
function compiler(root) {
  const ours = createRequire(join(root, 'package.json'));
  return createRequire(ours.resolve('tsx'))('esbuild');
}

/**
 * Compiles what is below test/, and removes what was compiled from files that are gone. Only what changed is written,
 * for another run may be reading.
 * @param {string} root the repository
 */
export async function compileTests(root) {
  const out = join(root, 'dist-test');
  mkdirSync(out, { recursive: true });
  for (const [name, target] of Object.entries(links)) link(join(out, name), target);
  const sources = folders
    .flatMap((folder) => filesUnder(join(root, folder)))
    .filter((path) => path.endsWith('.ts'));
  const { outputFiles } = await compiler(root).build({
    entryPoints: sources,
    outbase: root,
    outdir: out,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    sourcemap: 'linked',
    sourcesContent: false,
    write: false,
    tsconfig: join(root, 'tsconfig.json'),
  });
  const made = new Set(outputFiles.map(({ path }) => path));
  const old = folders.flatMap((folder) => filesUnder(join(out, folder))).filter((path) => !made.has(path));
  for (const path of old) rmSync(path);
  for (const { path, contents } of outputFiles) {
    if (existsSync(path) && readFileSync(path).equals(contents)) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
}

/** A path as people name it: from the repository's root. */
export const fromRoot = (root, path) => relative(root, path);
