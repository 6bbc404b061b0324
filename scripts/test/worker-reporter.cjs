/**
 * What Mocha's worker processes report to {@link file://./reporter.cjs} when files run side by side: Mocha's own events,
 * and why a test was skipped, which those leave out.
 */
const { Runner } = require('mocha');
/** @type {any} Mocha has no types for it */
const ParallelBuffered = require('mocha/lib/nodejs/reporters/parallel-buffered.cjs');

/** Why a test was skipped: said by the test or by the suite around it (test/skip.ts). */
function reasonOf(test) {
  for (let at = test; at; at = at.parent) {
    if (at.skipReason) return at.skipReason;
  }
  return undefined;
}

module.exports = class WorkerReporter extends ParallelBuffered {
  createListener(eventName) {
    const listener = super.createListener(eventName);
    if (eventName !== Runner.constants.EVENT_TEST_PENDING) return listener;
    const withReason = (test) =>
      listener({ serialize: () => ({ ...test.serialize(), skipReason: reasonOf(test) }) });
    this.listeners.set(eventName, withReason);
    return withReason;
  }
};
