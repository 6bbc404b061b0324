/** Runs the commands of `npm test`, and ends them when it is told to end itself. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long what is interrupted may take to end by itself. */
const patience_ms = 5_000;

/** Commands that are running, each the leader of a process group of its own. */
const running = new Set();

/** Sends a signal to a command and to what it has started. */
function tell(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // it has ended by itself
  }
}

/** Ends all that runs: asks, waits a while, and kills what is left. */
export async function endAll() {
  const children = [...running];
  for (const child of children) tell(child, 'SIGINT');
  const ended = children.map(
    (child) => new Promise((settle) => (running.has(child) ? child.once('exit', settle) : settle(0))),
  );
  const late = new AbortController();
  await Promise.race([Promise.all(ended), sleep(patience_ms, 0, { signal: late.signal })]);
  late.abort();
  for (const child of children) tell(child, 'SIGKILL');
}

/**
 * Runs a command with its output on ours, or in an open file.
 * @param {string[]} words command and arguments
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, limit_ms: number, output?: number }} options
 * @returns {Promise<string | undefined>} why it failed; undefined when it ended with 0
 */
export function execute(words, { cwd, env, limit_ms, output }) {
  const [command = '', ...args] = words;
  const to = output ?? 'inherit';
  return new Promise((settle) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', to, to], detached: true });
    running.add(child);
    const limit = setTimeout(() => {
      tell(child, 'SIGKILL');
      end(`had not ended after ${limit_ms / 60_000} minutes`);
    }, limit_ms);
    const end = (failure) => {
      clearTimeout(limit);
      running.delete(child);
      settle(failure);
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => end(code === 0 ? undefined : `exit ${code ?? signal}`));
  });
}
