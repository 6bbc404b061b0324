/** The steps of set-up in order, and what of them is still to be done. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stepShell } from './context.mjs';
import { withLock } from './lock.mjs';
import { preflight } from './preflight.mjs';
import { SetupError } from './process.mjs';
import { progress } from './progress.mjs';
import { fingerprint, stampStore } from './stamp.mjs';
import { buildStep, checkStep, environmentStep } from './step-build.mjs';
import { messagesStep } from './step-messages.mjs';
import { npmStep } from './step-npm.mjs';
import { repairStep, wheelsStep } from './step-prefix.mjs';
import { generateStep, nativeStep } from './step-rclnodejs.mjs';

/**
 * A step: `key` is a fingerprint of what it is made from, `present` says whether its result is still there,
 * `after` names the steps it builds on (it is done again when one of them was), `run` does it.
 * @typedef {{ id: string, title: string, after?: string[], key: () => string, present: () => boolean,
 *   run: (shell: import('./context.mjs').StepShell, found: { python?: { path: string } }) => Promise<void> }} Step
 */

/**
 * @param {import('./context.mjs').SetupContext} context
 * @returns {Step[]}
 */
export function setupSteps(context) {
  const wheels = context.mode === 'wheels' ? [wheelsStep(context), repairStep(context)] : [];
  return [
    npmStep(context),
    ...wheels,
    messagesStep(context),
    environmentStep(context),
    nativeStep(context),
    generateStep(context),
    checkStep(context),
    buildStep(context),
  ];
}

/** The steps' full keys: their own inputs and the keys of what they build on. */
function fullKeys(steps) {
  const keys = new Map();
  for (const step of steps) {
    const below = (step.after ?? []).map((id) => keys.get(id));
    keys.set(step.id, fingerprint({ values: [step.key(), below] }));
  }
  return keys;
}

/**
 * What still has to be done: changed, missing or interrupted steps, and all that build on them.
 * @param {Step[]} steps in an order in which each comes after those it builds on
 * @param {ReturnType<typeof stampStore>} stamps
 */
export function pendingSteps(steps, stamps) {
  const keys = fullKeys(steps);
  const pending = [];
  for (const step of steps) {
    const onPending = (step.after ?? []).some((id) => pending.some((other) => other.id === id));
    if (onPending || stamps.read(step.id) !== keys.get(step.id) || !step.present()) pending.push(step);
  }
  return { pending, keys };
}

/**
 * Runs one step and stamps it; a failure says where the whole story is.
 * @param {Step} step
 * @param {string} key its full key
 */
async function runStep(step, key, { context, stamps, found, show }) {
  const shell = stepShell(context, step.id);
  stamps.clear(step.id);
  try {
    await show.step(step.title, () => step.run(shell, found));
  } catch (error) {
    if (error instanceof SetupError) error.log = existsSync(shell.log) ? shell.log : undefined;
    throw error;
  }
  stamps.write(step.id, key);
}

/**
 * Does what is missing of the set-up, and nothing twice.
 * @param {import('./context.mjs').SetupContext} context
 * @param {NodeJS.WriteStream} stream where progress is shown; silent when there is nothing to do
 * @returns {Promise<number>} how many steps were done
 * @throws {SetupError} what failed, where, and what to do
 */
export async function setUp(context, stream) {
  const { ros, ready } = context.paths;
  const stamps = stampStore(join(ros, 'stamps'));
  const steps = setupSteps(context);
  if (pendingSteps(steps, stamps).pending.length === 0) return 0;
  return withLock(
    join(ros, 'setup.lock'),
    (text) => stream.write(`${text}\n`),
    async () => {
      const { pending, keys } = pendingSteps(steps, stamps);
      const found = pending.length > 0 ? preflight(context) : {};
      const show = progress(stream, pending.length);
      if (pending.some((step) => step.id === 'check')) rmSync(ready, { force: true });
      for (const step of pending) {
        await runStep(step, keys.get(step.id), { context, stamps, found, show });
      }
      return pending.length;
    },
  );
}
