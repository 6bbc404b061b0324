import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, SageError } from '../contracts/errors.js';

/** Followed by the id of the process, so that another one can tell whether its owner still runs. */
const PREFIX = 'sage-bag-';
/** Somebody else's containers may share the folder for temporary files, and not their processes, ms. */
const ORPHAN_AGE_MS = 3_600_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The folders of this process that are there now. */
const held = new Set<string>();

/** A folder for what has to lie on a disk for a while. */
export interface TemporaryFolder {
  readonly path: string;
  /** Removes it with all that is in it; may be called again. */
  remove(): void;
}

/**
 * Makes a folder where the system keeps temporary files. It goes with {@link TemporaryFolder.remove}, with the end of
 * the process, with a signal that ends it, and, after a kill that nobody hears, with the next folder that is made.
 * @throws SageError SAGE_1026
 */
export function temporaryFolder(): TemporaryFolder {
  let path: string;
  try {
    if (held.size === 0) removeOrphans(tmpdir());
    path = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  } catch (thrown) {
    throw new SageError('SAGE_1026', tmpdir(), messageOf(thrown), { cause: thrown });
  }
  if (held.size === 0) watch();
  held.add(path);
  return {
    path,
    remove: () => {
      if (!held.delete(path)) return;
      rmSync(path, { recursive: true, force: true });
      if (held.size === 0) unwatch();
    },
  };
}

function watch(): void {
  process.on('exit', removeAll);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function unwatch(): void {
  process.off('exit', removeAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function removeAll(): void {
  for (const path of held) rmSync(path, { recursive: true, force: true });
  held.clear();
}

/** Ends the process as the signal would have done, unless somebody else deals with it. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  unwatch();
  process.kill(process.pid, signal);
}

/** Folders of ours whose process is no more. One that is new may be of a process which cannot be seen from here. */
function removeOrphans(folder: string): void {
  attempt(() => {
    for (const name of readdirSync(folder)) {
      const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
      if (Number.isInteger(pid) && pid > 0 && !runs(pid)) attempt(() => removeOld(join(folder, name)));
    }
  });
}

/** What cannot be looked at or removed now is in nobody's way, and must not keep a bag from being read. */
function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // The next one tries again.
  }
}

function removeOld(path: string): void {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined || status.uid !== process.getuid?.()) return;
  // Since something was made in it or taken from it.
  if (Date.now() - status.mtimeMs > ORPHAN_AGE_MS) rmSync(path, { recursive: true, force: true });
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // Somebody else's process may not be signalled, and is there all the same.
    return (thrown as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
