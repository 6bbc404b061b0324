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

async function runCheck({ title, words }) {
  heading(title);
  const failure = await execute(words, { cwd: root, env: process.env });
  if (failure === undefined) {
    total.passed += 1;
    return;
  }
  total.failed += 1;
  failures.push(`${title}: ${failure}`);
}

/** Mocha's arguments for one part of a group. */
function mochaWords({ files, ignore }, output) {
  const reporter = [
    '--reporter',
    join(root, 'scripts', 'test', 'reporter.cjs'),
    '--reporter-option',
    `output=${output}`,
  ];
  const ignored = ignore.flatMap((pattern) => ['--ignore', pattern]);
  return [
    process.execPath,
    join(root, 'node_modules', 'mocha', 'bin', 'mocha.js'),
    ...reporter,
    ...ignored,
    ...files,
  ];
}

/** The parts of a group at the same time; of all but the first the output is shown at their end. */
async function runGroup(group) {
  heading(group.title);
  await Promise.all(group.parts.map((part, index) => runPart(group, part, index)));
}

async function runPart({ id, title, limit_ms }, part, index) {
  const output = join(scratch, `${id}-${index}.json`);
  const shown = index === 0 ? undefined : join(scratch, `${id}-${index}.txt`);
  const options = { cwd: root, env: process.env, limit_ms };
  let failure;
  if (shown === undefined) failure = await execute(mochaWords(part, output), options);
  else {
    const descriptor = openSync(shown, 'w');
    failure = await execute(mochaWords(part, output), { ...options, output: descriptor });
    closeSync(descriptor);
    process.stdout.write(readFileSync(shown));
  }
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

/** The parts asked for; without a name, all. */
function chosen(names) {
  const parts = [
    ...staticChecks(root).map((check) => ({ id: check.id, run: () => runCheck(check) })),
    ...testGroups(root).map((group) => ({ id: group.id, run: () => runGroup(group) })),
  ];
  const unknown = names.filter((name) => !parts.some(({ id }) => id === name));
  if (unknown.length > 0) {
    throw new Error(`unknown: ${unknown.join(', ')}; there are ${parts.map(({ id }) => id).join(', ')}`);
  }
  return parts.filter(({ id }) => names.length === 0 || names.includes(id));
}

try {
  const parts = chosen(process.argv.slice(2));
  if (await bringUp(process.stdout)) {
    if (parts.some(({ id }) => id === 'unit')) await preparePythonOrt(root);
    for (const part of parts) await part.run();
    process.exitCode = sum();
  } else {
    console.log('0 passed, 1 failed, 0 skipped');
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
