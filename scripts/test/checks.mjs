/** What `npm test` runs: checks, each of which counts as one test, and the groups of tests. */
import { readdirSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { compilerPath } from '../setup/step-build.mjs';

/** A command that never ends fails the run instead of holding it up. */
const longest_ms = { check: 5 * 60_000, tests: 40 * 60_000 };

/** A program from node_modules, run by this very Node. */
const local = (root, ...path) => [process.execPath, join(root, 'node_modules', ...path)];

/**
 * @param {string} root the repository
 * @returns {import('./arguments.mjs').Check[]}
 */
export function staticChecks(root) {
  const cruiser = local(root, 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const checks = [
    {
      id: 'lint',
      title: 'format and lint (biome)',
      words: [...local(root, '@biomejs', 'biome', 'bin', 'biome'), 'check', '--error-on-warnings', '.'],
    },
    {
      id: 'types',
      title: 'types, tests included (tsc)',
      words: [process.execPath, compilerPath(root), '--noEmit', '-p', 'tsconfig.test.json'],
    },
    {
      id: 'script-types',
      title: 'types of the scripts (tsc)',
      words: [process.execPath, compilerPath(root), '-p', 'tsconfig.scripts.json'],
    },
    {
      id: 'order',
      title: 'import order (dependency-cruiser)',
      words: [...cruiser, 'src', '--config', '.dependency-cruiser.cjs'],
    },
    {
      id: 'docs',
      title: 'generated pages are up to date',
      words: [join(root, 'bin', 'sage'), 'docs', '--check'],
    },
  ];
  return checks.map((check) => ({ ...check, limit_ms: longest_ms.check }));
}

/** What takes longest begins first, so that none of it is left alone at the end. */
const first = [
  'test/system/',
  'test/training/',
  'test/app/',
  'test/models/',
  'test/ros/foreign-robot',
  'test/ros/node',
  'test/ros/graph-inputs',
  'test/ros/graph-claim',
  'test/ros/system',
  'test/ros/graph-up',
  'test/ros/graph-sim',
  'test/ros/graph-re',
];

/** The test files below a folder, the long ones first. */
function testFiles(root, folder) {
  const rank = (file) => {
    const at = first.findIndex((prefix) => file.startsWith(prefix));
    return at === -1 ? first.length : at;
  };
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => `${folder}/${path}`)
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** What a file of graph tests needs at most with all the processes that it starts, bytes. */
const graphFile_bytes = 1.5 * 2 ** 30;

/**
 * The groups of tests, one after the other; of a group as many files at a time as `jobs` says. They run in the user's
 * environment as it is: graph tests give theirs to what they start. Most files wait for processes much of the time, so
 * one more runs than there are cores; of graph tests, which start three or four processes each, no more than fit into
 * memory.
 * @param {string} root
 * @returns {import('./arguments.mjs').Group[]}
 */
export function testGroups(root) {
  const all = testFiles(root, 'test');
  const needsRos = (file) => ['test/ros/', 'test/launch/'].some((prefix) => file.startsWith(prefix));
  const jobs = Math.max(2, availableParallelism()) + 1;
  const fitting = Math.max(2, Math.floor(totalmem() / graphFile_bytes));
  const limit_ms = longest_ms.tests;
  const rest = all.filter((file) => !needsRos(file));
  return [
    { id: 'unit', title: 'unit tests', limit_ms, files: rest, jobs },
    {
      id: 'graph',
      title: 'graph tests',
      limit_ms,
      files: all.filter(needsRos),
      jobs: Math.min(jobs, fitting),
    },
  ];
}
