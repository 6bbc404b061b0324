/**
 * `npm test`: set-up where something is missing, then lint, types, import order, generated pages, unit tests and
 * graph tests. Ends with the plain line `N passed, N failed, N skipped`; exit code 0 only when nothing failed.
 * `npm test -- --help` says how only a part is run.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot as root } from './env.mjs';
import { bringUp } from './setup/main.mjs';
import { readArguments, UsageError, usage } from './test/arguments.mjs';
import { staticChecks, testGroups } from './test/checks.mjs';
import { compileTests } from './test/compile.mjs';
import { endAll, execute } from './test/execute.mjs';
import { readOutcome, runGroup } from './test/mocha.mjs';
import { preparePythonOrt } from './test/python-ort.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'sage-test-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** What became of everything so far. */
const total = { passed: 0, failed: 0 };
/** @type {string[]} */
const failures = [];
/** The files in which Mocha's reporter writes down what became of each test. */
const outcomes = [];

function fail(text) {
  total.failed += 1;
  failures.push(text);
}

const heading = (title) => console.log(`\n=== ${title}`);

/** Runs a check; its line, and what it says where it fails, are written at once, for tests run beside it. */
async function runCheck({ id, title, words, limit_ms }) {
  const file = join(scratch, `${id}.txt`);
  const output = openSync(file, 'w');
  const begin = performance.now();
  const failure = await execute(words, { cwd: root, env: process.env, limit_ms, output });
  const took_s = (performance.now() - begin) / 1000;
  closeSync(output);
  const said = failure === undefined ? '' : `\n\n${readFileSync(file, 'utf8').trimEnd()}\n`;
  console.log(`${checkLine(title, failure, took_s)}${said}`);
  if (failure === undefined) total.passed += 1;
  else fail(`${title}: ${failure}\n  again: npm test -- ${id}`);
}

/** As the reporter has them for files of tests. */
const checkLine = (title, failure, took_s) =>
  `check    ${failure === undefined ? 'ok    ' : 'FAILED'}  ${title.padEnd(56)}  ${took_s.toFixed(1).padStart(6)} s`;

/** Runs a group; its outcome is in a file, but for what Mocha itself failed at. */
async function runTests(group, grep) {
  const { title, files, jobs } = group;
  const count =
    files.length === 1 ? 'one file' : `${files.length} files, ${Math.min(jobs, files.length)} at a time`;
  heading(`${title}: ${count}`);
  const output = join(scratch, `${group.id}.jsonl`);
  outcomes.push(output);
  const failure = await runGroup(root, group, { output, grep });
  // A failure that no test reports is one of its own, as when Mocha falls over before its end.
  if (failure !== undefined && readOutcome(output).failed.length === 0) fail(`${title}: mocha ${failure}`);
}

/** The last lines: what was skipped, what failed and how to have it again, and the count. */
function sum(times) {
  const all = outcomes.map(readOutcome);
  const cpu = all.flatMap((each) => each.cpu).sort((a, b) => b.cpu_ms - a.cpu_ms);
  if (times) {
    heading('CPU time by file');
    for (const { file, cpu_ms } of cpu.slice(0, 30)) {
      console.log(`${(cpu_ms / 1000).toFixed(1).padStart(7)} s  ${file}`);
    }
    const sum_s = cpu.reduce((so_far, { cpu_ms }) => so_far + cpu_ms / 1000, 0);
    console.log(`${sum_s.toFixed(1).padStart(7)} s  in all ${cpu.length} files`);
  }
  console.log('');
  const skipped = all.flatMap((each) => each.skipped);
  for (const { title, reason } of skipped) console.log(`skipped: ${title} (${reason})`);
  for (const { title, file, repeat } of all.flatMap((each) => each.failed)) {
    fail(`${title}\n  in ${file || 'no file'}, again: ${repeat}`);
  }
  for (const failure of failures) console.log(`failed: ${failure}`);
  const passed = total.passed + all.reduce((so_far, each) => so_far + each.passed, 0);
  console.log(`${passed} passed, ${total.failed} failed, ${skipped.length} skipped`);
  return { passed, failed: total.failed };
}

/** Ctrl-C: ends what runs, and says how far it came. */
function onInterrupt() {
  let told = false;
  const interrupt = async () => {
    if (told) process.exit(130);
    told = true;
    console.log('\ninterrupted');
    await endAll();
    sum(false);
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, interrupt);
  return () => told;
}

async function main() {
  const all = { checks: staticChecks(root), groups: testGroups(root) };
  const { checks, groups, grep, times, help } = readArguments(root, process.argv.slice(2), all);
  if (help) {
    console.log(usage(all));
    return 0;
  }
  if (!(await bringUp(process.stdout))) {
    console.log('0 passed, 1 failed, 0 skipped');
    return 1;
  }
  const interrupted = onInterrupt();
  if (checks.length > 0)
    heading(`checks: ${checks.length} at a time${groups.length > 0 ? ', beside the tests' : ''}`);
  const checking = Promise.all(checks.map(runCheck));
  const needsPython = groups.some(({ id }) => id === 'unit');
  await Promise.all([groups.length > 0 && compileTests(root), needsPython && preparePythonOrt(root)]);
  for (const group of groups) if (!interrupted()) await runTests(group, grep);
  await checking;
  // The interrupt prints the sum and ends this process itself.
  if (interrupted()) return new Promise(() => {});
  const { passed, failed } = sum(times);
  if (passed + failed === 0) console.log('no test has such a name');
  return failed === 0 && passed > 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
