import { execFile } from 'node:child_process';

/** How the thread that runs the cycle is scheduled. */
export interface Scheduling {
  /** Whether it runs before everything that is not real-time. */
  readonly real_time: boolean;
  /** In a word or two: with which priority, or why not. */
  readonly told: string;
}

/** Runs a command to its end; resolves with why it failed, empty where it did not. */
export type Attempt = (command: string, args: readonly string[]) => Promise<string>;

const PATIENCE_MS = 5000;

const attempt: Attempt = (command, args) =>
  new Promise((resolve) => {
    execFile(command, args, { timeout: PATIENCE_MS, encoding: 'utf8' }, (error, _, stderr) => {
      if (error === null) resolve('');
      else if (error.code === 'ENOENT') resolve(`${command} is not installed`);
      else resolve(stderr.trim().split('\n')[0] || error.message);
    });
  });

/**
 * Lets the thread that runs the cycle go before everything else on the machine, by SCHED_RR, where the system permits
 * it. Others of the process, those to come and child processes too, stay as they are: what they do can wait.
 * `priority` 1 to 99; 0 = leave it. Never throws: without it the cycle runs, and may be late beside busy models.
 */
export async function goFirst(
  priority: number,
  pid: number = process.pid,
  run: Attempt = attempt,
): Promise<Scheduling> {
  if (priority === 0) return { real_time: false, told: 'shared, as node.real_time_priority says' };
  // The id of a process is that of its first thread, and without --all-tasks it is that thread alone.
  const failure = await run('chrt', ['--rr', '--reset-on-fork', '--pid', String(priority), String(pid)]);
  if (failure === '') return { real_time: true, told: `real-time, priority ${priority}` };
  return { real_time: false, told: `shared: ${failure}` };
}

/** Whether {@link goFirst} would succeed here; told as it would be. */
export async function mayGoFirst(priority: number, run: Attempt = attempt): Promise<Scheduling> {
  if (priority === 0) return goFirst(0);
  const failure = await run('chrt', ['--rr', String(priority), 'true']);
  if (failure === '') return { real_time: true, told: `real-time, priority ${priority}` };
  return { real_time: false, told: `shared: ${failure}` };
}
