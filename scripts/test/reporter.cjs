/**
 * Mocha's reporter for `npm test`, for runs with `--parallel`. It shows one line for each file when it is done, each
 * failure with the command that repeats it, and appends what became of each file to `output`, one JSON line each, so
 * that several runs end in one sum, and one that is interrupted in a sum, too.
 *
 *   --parallel --reporter scripts/test/reporter.cjs --reporter-option output=FILE,files=COUNT
 */
const { appendFileSync } = require('node:fs');
const { join, relative, resolve } = require('node:path');
const Mocha = require('mocha');
const { originalStack } = require('./stack.cjs');

const { EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING, EVENT_SUITE_END, EVENT_RUN_END } =
  Mocha.Runner.constants;
const root = resolve(__dirname, '..', '..');

/** The file that a person edits, from the repository's root. */
const sourceOf = (path) => relative(root, path).replace(/^dist-test\/(.*)\.js$/, '$1.ts');

/** What Mocha calls the test when a file falls over before it has any. */
const unloadable = 'Uncaught error outside test suite';

/** A word for the shell. */
const quoted = (word) => (/^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** @typedef {{ title: string, file: string, repeat: string }} Failure */
/** @typedef {{ passed: number, failed: Failure[], skipped: { title: string, reason: string }[] }} Outcome */

/** @returns {Outcome} */
const nothing = () => ({ passed: 0, failed: [], skipped: [] });

/** @returns {Failure} */
function failureOf(test, error) {
  const path = test.file ?? error.file;
  const file = path ? sourceOf(path) : '';
  // A hook, or a file that could not be loaded, is had again with the whole file.
  const whole = test.type === 'hook' || test.title === unloadable;
  const only = whole ? '' : ` --grep ${quoted(test.fullTitle())}`;
  return { title: test.fullTitle(), file, repeat: `npm test -- ${quoted(file)}${only}` };
}

module.exports = class SageReporter extends Mocha.reporters.Base {
  constructor(runner, options) {
    super(runner, options);
    runner.workerReporter(join(__dirname, 'worker-reporter.cjs'));
    this.output = options.reporterOptions?.output;
    this.total = options.reporterOptions?.files;
    this.ended = 0;
    this.shown = 0;
    this.outcome = nothing();
    this.broken = [];
    runner.on(EVENT_TEST_PASS, () => {
      this.outcome.passed += 1;
    });
    runner.on(EVENT_TEST_FAIL, (test, error) => this.fail(test, error));
    runner.on(EVENT_TEST_PENDING, (test) => {
      this.outcome.skipped.push({ title: test.fullTitle(), reason: test.skipReason ?? 'no reason given' });
    });
    runner.on(EVENT_SUITE_END, (suite) => {
      if (suite.root) this.endFile(suite);
    });
    // What Mocha itself stumbled over, as a file that could not be loaded, comes after all files.
    runner.on(EVENT_RUN_END, () => {
      const [failure] = this.outcome.failed;
      if (failure) this.endFile({ file: failure.file, cpu_ms: 0, wall_ms: 0, said: '' });
    });
  }

  fail(test, error) {
    if (typeof error.stack === 'string') error.stack = originalStack(error.stack);
    test.err = error;
    const failure = failureOf(test, error);
    this.outcome.failed.push(failure);
    this.broken.push([test, failure]);
  }

  showFailures(said) {
    for (const [test, { repeat }] of this.broken) {
      // With holes before it, for Mocha numbers by the place in the list.
      const numbered = Object.assign([], { [this.shown]: test });
      this.shown += 1;
      Mocha.reporters.Base.list(numbered);
      console.log(`     again: ${repeat}\n`);
    }
    if (this.broken.length > 0 && said)
      console.log(`     it wrote:\n${said.trimEnd().replace(/^/gm, '     | ')}\n`);
  }

  endFile({ file, cpu_ms, wall_ms, said }) {
    this.ended += 1;
    const name = file ? sourceOf(file) : '(no file)';
    const { passed, failed, skipped } = this.outcome;
    const count = `${this.ended}`.padStart(`${this.total ?? ''}`.length);
    const counts = [
      [passed, 'passed'],
      [failed.length, 'failed'],
      [skipped.length, 'skipped'],
    ].filter(([number]) => number !== 0);
    const words = [
      this.total ? `${count}/${this.total}` : count,
      failed.length > 0 ? 'FAILED' : 'ok    ',
      name.padEnd(56),
      `${(wall_ms / 1000).toFixed(1).padStart(6)} s `,
      counts.map((pair) => pair.join(' ')).join(', '),
    ];
    console.log(words.join('  '));
    this.showFailures(said);
    if (this.output)
      appendFileSync(this.output, `${JSON.stringify({ file: name, cpu_ms, ...this.outcome })}\n`);
    this.outcome = nothing();
    this.broken = [];
  }
};
