/** The steps of set-up in order, and what of them is still to be done. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stepShell } from './context.mjs';
import { withLock } from './lock.mjs';
import { preflight } from './preflight.mjs';
import { SetupError, stopChildren } from './process.mjs';
import { progress } from './progress.mjs';
import { fingerprint, stampStore } from './stamp.mjs';
import { buildStep, checkStep, environmentStep } from './step-build.mjs';
import { messagesStep } from './step-messages.mjs';
import { npmStep } from './step-npm.mjs';
import { repairStep, wheelsStep } from './step-prefix.mjs';
import { generateStep, nativeStep } from './step-rclnodejs.mjs';

/**
 * A step: `key` is a fingerprint of what it is made from, `present` says whether its result is still there,
 * `after` names the steps it builds on (it is done again when one of them was), `waitsFor` those that it only has to
 * wait for, `run` does it.
 * @typedef {{ id: string, title: string, after?: string[], waitsFor?: string[], key: () => string, present: () => boolean,
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
  try {
    await show(step.title, () => step.run(shell, found));
    if (!step.present()) throw new SetupError(`"${step.title}" ended well and left no result`);
  } catch (error) {
    if (error instanceof SetupError) error.log = existsSync(shell.log) ? shell.log : undefined;
    throw error;
  }
  stamps.write(step.id, key);
}

/** The steps of `pending` that can begin: what they build on or wait for is done, and they have not begun. */
function ready(pending, running) {
  const open = new Set(pending.map(({ id }) => id));
  const waits = ({ after = [], waitsFor = [] }) => [...after, ...waitsFor].some((id) => open.has(id));
  return pending.filter((step) => !running.has(step.id) && !waits(step));
}

/**
 * Runs what is pending, side by side where nothing speaks against it, and looks anew after each step: one may undo the
 * result of another (`npm ci` removes what was compiled in node_modules). Stamps are cleared before anything starts, so
 * that after an interruption all that builds on the interrupted step is done again, too.
 * @param {Step[]} steps
 * @param {{ context: import('./context.mjs').SetupContext, stamps: ReturnType<typeof stampStore>,
 *   found: object, show: ReturnType<typeof progress> }} tools
 * @returns {Promise<number>} how many steps were done
 * @throws {SetupError} of the first step that failed; those beside it are stopped
 */
export async function runPending(steps, tools) {
  const { context, stamps, show } = tools;
  /** @type {Map<string, Promise<string>>} what runs, with the id that it ends with */
  const running = new Map();
  let begun = 0;
  try {
    for (let done = 0; ; done += 1) {
      const { pending, keys } = pendingSteps(steps, stamps);
      const [next] = pending;
      if (!next) return done;
      if (begun > 3 * steps.length)
        throw new SetupError(`"${next.title}" is undone again and again by another step`);
      for (const step of pending) stamps.clear(step.id);
      if (pending.some((step) => step.id === 'check')) rmSync(context.paths.ready, { force: true });
      const total = done + pending.length;
      for (const step of ready(pending, running)) {
        begun += 1;
        const number = begun;
        const told = { ...tools, show: (title, work) => show(`${number}/${total}  ${title}`, work) };
        running.set(
          step.id,
          runStep(step, keys.get(step.id), told).then(() => step.id),
        );
      }
      running.delete(await Promise.race(running.values()));
    }
  } catch (error) {
    stopChildren();
    await Promise.allSettled(running.values());
    throw error;
  }
}

/**
 * Does what is missing of the set-up, and nothing twice.
 * @param {import('./context.mjs').SetupContext} context
 * @param {NodeJS.WriteStream} stream where progress is shown; silent when there is nothing to do
 * @returns {Promise<number>} how many steps were done
 * @throws {SetupError} what failed, where, and what to do
 */
export async function setUp(context, stream) {
  const { ros } = context.paths;
  const stamps = stampStore(join(ros, 'stamps'));
  const steps = setupSteps(context);
  const complete = () => pendingSteps(steps, stamps).pending.length === 0;
  if (complete()) return 0;
  return withLock(
    join(ros, 'setup.lock'),
    (text) => stream.write(`${text}\n`),
    async () => {
      if (complete()) return 0; // another set-up, waited for, has done it
      const found = preflight(context);
      return runPending(steps, { context, stamps, found, show: progress(stream) });
    },
  );
}
