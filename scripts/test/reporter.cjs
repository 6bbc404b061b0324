/**
 * Mocha's reporter for `npm test`: shows a run as Mocha's own `spec` does, and writes what became of each test to
 * a file, so that several runs end in one sum. For runs with `--parallel`.
 *
 *   --parallel --reporter scripts/test/reporter.cjs --reporter-option output=FILE
 */
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const Mocha = require('mocha');

module.exports = class SageReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.workerReporter(join(__dirname, 'worker-reporter.cjs'));
    /** @type {{ passed: number, failed: number, skipped: { title: string, reason: string }[] }} */
    const outcome = { passed: 0, failed: 0, skipped: [] };
    runner.on(Mocha.Runner.constants.EVENT_TEST_PASS, () => {
      outcome.passed += 1;
    });
    runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, () => {
      outcome.failed += 1;
    });
    runner.on(Mocha.Runner.constants.EVENT_TEST_PENDING, (test) => {
      outcome.skipped.push({ title: test.fullTitle(), reason: test.skipReason ?? 'no reason given' });
    });
    runner.on(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const file = options.reporterOptions?.output;
      if (file) writeFileSync(file, JSON.stringify(outcome));
    });
  }
};
