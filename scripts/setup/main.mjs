/** Set-up as `npm start`, `npm test` and CMake call it: it does what is missing and says in one line what failed. */
import { setupContext } from './context.mjs';
import { checkNode } from './preflight.mjs';
import { SetupError, stopChildren } from './process.mjs';
import { setUp } from './steps.mjs';

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** One line for people: what failed, what to do, where the whole story is. */
function describe(error) {
  const text = [`set-up stopped: ${error.message}`];
  if (error.remedy) text.push(`to do: ${error.remedy}`);
  if (error.log) text.push(`log: ${error.log}`);
  return text.join('; ');
}

/** Ends what set-up has started when it is told to end itself; the step in progress is done again next time. */
function interrupted(signal) {
  stopChildren();
  process.exit(exitCodes[signal]);
}

/**
 * Does whatever is missing.
 * @param {NodeJS.WriteStream} stream where progress is shown
 * @returns {Promise<boolean>} whether everything is in place
 */
export async function bringUp(stream) {
  const signals = Object.keys(exitCodes);
  for (const signal of signals) process.on(signal, interrupted);
  try {
    checkNode();
    await setUp(setupContext(), stream);
    return true;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${describe(error)}\n`);
    return false;
  } finally {
    for (const signal of signals) process.removeListener(signal, interrupted);
  }
}
