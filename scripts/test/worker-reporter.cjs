/**
 * What Mocha's worker processes report to {@link file://./reporter.cjs} when files run side by side: Mocha's own events,
 * with what those leave out: why a test was skipped, and with the end of a file which one it was, what it took and what it
 * wrote.
 */
const { readFileSync } = require('node:fs');
const { Runner } = require('mocha');
/** @type {any} Mocha has no types for it */
const ParallelBuffered = require('mocha/lib/nodejs/reporters/parallel-buffered.cjs');

const { EVENT_TEST_PENDING, EVENT_SUITE_END } = Runner.constants;

/** Why a test was skipped: said by the test or by the suite around it (test/skip.ts). */
function reasonOf(test) {
  for (let at = test; at; at = at.parent) {
    if (at.skipReason) return at.skipReason;
  }
  return undefined;
}

/** Linux counts a process's time in hundredths of a second. */
const tick_ms = 10;

/** CPU time of this process and of the children that it has seen end, ms. */
function cpuTime_ms() {
  if (process.platform !== 'linux') return process.cpuUsage().user / 1000;
  const line = readFileSync('/proc/self/stat', 'utf8');
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  // Of itself in user and kernel mode, then of its children.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return tick_ms * ticks;
}

/** No more of what a file writes is kept, characters. */
const said_max = 20_000;
let said = '';

// What tests and what they test write is shown only where one fails (reporter.cjs).
for (const stream of [process.stdout, process.stderr]) {
  /** @type {any} it has several forms */
  const keep = (chunk, encoding, callback) => {
    said = `${said}${Buffer.from(chunk)}`.slice(-said_max);
    const done = typeof encoding === 'function' ? encoding : callback;
    if (done) process.nextTick(done);
    return true;
  };
  stream.write = keep;
}

/** When the file before this one ended: a worker runs one after the other, and loading one counts as its time. */
let before_ms = 0;

module.exports = class WorkerReporter extends ParallelBuffered {
  constructor(runner, options) {
    super(runner, options);
    this.begin = performance.now();
  }

  /** What is added to an event's data. */
  addition(eventName, runnable) {
    if (eventName === EVENT_TEST_PENDING) return { skipReason: reasonOf(runnable) };
    if (eventName !== EVENT_SUITE_END || !runnable.root) return undefined;
    const now_ms = cpuTime_ms();
    const cpu_ms = now_ms - before_ms;
    before_ms = now_ms;
    const file = runnable.suites[0]?.file ?? runnable.tests[0]?.file;
    const told = said;
    said = '';
    return { file, cpu_ms, wall_ms: performance.now() - this.begin, said: told };
  }

  createListener(eventName) {
    const listener = super.createListener(eventName);
    const withMore = (runnable, error) => {
      const added = runnable && this.addition(eventName, runnable);
      if (added === undefined) listener(runnable, error);
      else listener({ serialize: () => ({ ...runnable.serialize(), ...added }) }, error);
    };
    this.listeners.set(eventName, withMore);
    return withMore;
  }
};
