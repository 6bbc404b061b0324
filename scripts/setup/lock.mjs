/** One set-up at a time in one checkout: `npm start` and `npm test` may well be started side by side. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupError } from './process.mjs';

const longestWait_ms = 30 * 60_000;

/** Whether a process of that id exists; one of another user counts too. */
function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Takes the lock if it is free or its owner is gone. */
function tryTake(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const owner = Number(existsSync(path) ? readFileSync(path, 'utf8') : 0);
  if (owner > 0 && !alive(owner)) rmSync(path, { force: true });
  return false;
}

/**
 * Runs `work` while holding the lock.
 * @param {string} path the lock file
 * @param {(text: string) => void} say told once when another set-up has to be waited for
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 * @template T
 */
export async function withLock(path, say, work) {
  mkdirSync(dirname(path), { recursive: true });
  const start = performance.now();
  let told = false;
  while (!tryTake(path)) {
    if (performance.now() - start > longestWait_ms) {
      throw new SetupError(`another set-up holds ${path} for over 30 minutes`, 'end it, or remove that file');
    }
    if (!told && performance.now() - start > 500) {
      say(`waiting for another set-up in this folder (process ${readFileSync(path, 'utf8')})`);
      told = true;
    }
    await sleep(100);
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}
