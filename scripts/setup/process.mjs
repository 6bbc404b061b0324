/** Runs the commands of a set-up step: output into the step's log, one clear line when it fails. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';

/** A failure that set-up reports as one line: what, where, and what to do. */
export class SetupError extends Error {
  /**
   * @param {string} what
   * @param {string} [remedy] what the user can do about it
   */
  constructor(what, remedy) {
    super(what);
    this.remedy = remedy;
    /** @type {string | undefined} the step's log, where there is one */
    this.log = undefined;
  }
}

/** Lines that name an error and say nothing about it: npm's codes and epilogue, warnings. */
const untelling = /^npm (warn|notice)|^npm error( (code|errno|syscall|path)\b.*)?$|complete log|\bwarning\b/i;

/** The line of a log that says most about a failure: the first that names an error, else the last at all. */
export function tellingLine(logPath) {
  if (!existsSync(logPath)) return '';
  const lines = readFileSync(logPath, 'utf8')
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '' && !line.startsWith('$ ') && !untelling.test(line));
  const naming = lines.find((line) => /\b(error|fatal|failed|not found|cannot)\b/i.test(line));
  return (naming ?? lines.at(-1) ?? '').trim().slice(0, 300);
}

/** Children still running, ended when set-up itself is asked to stop. */
const children = new Set();

/** Ends what set-up has started, each with its own children (a compiler run by make run by cmake). */
export function stopChildren() {
  for (const child of children) {
    try {
      process.kill(-child.pid, 'SIGTERM');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error; // it has ended by itself
    }
  }
}

/**
 * Runs one command to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, log: string, remedy?: string }} options
 * @throws {SetupError} when it cannot start or exits with anything but 0
 */
export async function run(command, args, { cwd, env, log, remedy }) {
  const shown = [command, ...args].join(' ');
  const file = openSync(log, 'a');
  writeSync(file, `$ ${shown}\n`);
  try {
    // A process group of its own, so that stopChildren reaches grandchildren too.
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', file, file], detached: true });
    children.add(child);
    const outcome = await new Promise((settle) => {
      child.once('error', (error) => settle(error.message));
      child.once('exit', (code, signal) => settle(code === 0 ? undefined : `exit ${code ?? signal}`));
    });
    children.delete(child);
    if (outcome === undefined) return;
    const brief = shown.length > 100 ? `${shown.slice(0, 100)}…` : shown;
    throw new SetupError(`"${brief}" failed (${outcome}): ${tellingLine(log)}`, remedy);
  } finally {
    closeSync(file);
  }
}

/** Whether a command exists and answers, for a quick look at what a machine has. */
export function answer(command, args, env = process.env) {
  const done = spawnSync(command, args, { encoding: 'utf8', env, timeout: 20_000 });
  return done.status === 0 ? done.stdout : undefined;
}
