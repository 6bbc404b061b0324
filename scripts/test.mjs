/**
 * `npm test`: set-up where something is missing, then lint, types, import order, generated pages, unit tests and
 * graph tests. Ends with the plain line `N passed, N failed, N skipped`; exit code 0 only when nothing failed.
 *
 *   node scripts/test.mjs [lint|types|order|docs|unit|graph]...     only these
 */
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot as root } from './env.mjs';
import { bringUp } from './setup/main.mjs';
import { execute, staticChecks, testGroups } from './test/checks.mjs';
import { preparePythonOrt } from './test/python-ort.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'sage-test-'));
/** @type {{ passed: number, failed: number, skipped: { title: string, reason: string }[] }} */
const total = { passed: 0, failed: 0, skipped: [] };
const failures = [];

/** Where a part begins, so that its output can be told from the next one's. */
const heading = (title) => console.log(`\n=== ${title}`);

/** All checks at the same time; what one says is shown as a whole, in their order. */
async function runChecks(checks) {
  const runs = checks.map(async (check) => {
    const file = join(scratch, `${check.id}.txt`);
    const descriptor = openSync(file, 'w');
    const failure = await execute(check.words, { cwd: root, env: process.env, output: descriptor });
    closeSync(descriptor);
    return { title: check.title, failure, said: readFileSync(file) };
  });
  for (const run of runs) {
    const { title, failure, said } = await run;
    heading(title);
    process.stdout.write(said);
    if (failure === undefined) total.passed += 1;
    else {
      total.failed += 1;
      failures.push(`${title}: ${failure}`);
    }
  }
}

/** Mocha's arguments for a group: its files side by side, each shown as a whole when it is done. */
function mochaWords({ files, jobs }, output) {
  return [
    process.execPath,
    join(root, 'node_modules', 'mocha', 'bin', 'mocha.js'),
    '--parallel',
    '--jobs',
    String(jobs),
    '--reporter',
    join(root, 'scripts', 'test', 'reporter.cjs'),
    '--reporter-option',
    `output=${output}`,
    ...files,
  ];
}

async function runGroup(group) {
  const { id, title, limit_ms } = group;
  heading(title);
  const output = join(scratch, `${id}.json`);
  const failure = await execute(mochaWords(group, output), { cwd: root, env: process.env, limit_ms });
  // Without a file Mocha fell over before its end, which is a failure of its own.
  const outcome = existsSync(output)
    ? JSON.parse(readFileSync(output, 'utf8'))
    : { passed: 0, failed: 0, skipped: [] };
  if (failure !== undefined && outcome.failed === 0) {
    outcome.failed = 1;
    failures.push(`${title}: mocha ${failure}`);
  } else if (outcome.failed > 0) failures.push(`${title}: ${outcome.failed} failed, named above`);
  total.passed += outcome.passed;
  total.failed += outcome.failed;
  total.skipped.push(...outcome.skipped);
}

function sum() {
  console.log('');
  for (const { title, reason } of total.skipped) console.log(`skipped: ${title} (${reason})`);
  for (const failure of failures) console.log(`failed: ${failure}`);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
  return total.failed === 0 ? 0 : 1;
}

/** The checks and groups asked for; without a name, all. */
function chosen(names) {
  const checks = staticChecks(root);
  const groups = testGroups(root);
  const known = [...checks, ...groups].map(({ id }) => id);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}; there are ${known.join(', ')}`);
  const asked = ({ id }) => names.length === 0 || names.includes(id);
  return { checks: checks.filter(asked), groups: groups.filter(asked) };
}

try {
  const { checks, groups } = chosen(process.argv.slice(2));
  if (await bringUp(process.stdout)) {
    const needsPython = groups.some(({ id }) => id === 'unit');
    await Promise.all([runChecks(checks), needsPython && preparePythonOrt(root)]);
    for (const group of groups) await runGroup(group);
    process.exitCode = sum();
  } else {
    console.log('0 passed, 1 failed, 0 skipped');
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
