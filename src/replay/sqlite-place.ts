import { constants, copyFileSync, existsSync, statfsSync, statSync, symlinkSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { messageOf, SageError } from '../contracts/errors.js';
import type { FileBytes } from './file-bytes.js';
import { type TemporaryFolder, temporaryFolder } from './temporary.js';

/** Where the head of a database says how it is written and read; 2 stands for a log beside it (WAL). */
const FORMAT_AT = 18;
const WAL = 2;

/** A place of its own for a database that is read. */
export interface SqlitePlace {
  readonly path: string;
  /** True for a database that is written with a log beside it, whether there is one now or not. */
  readonly logged: boolean;
  readonly remove: () => void;
}

/**
 * A place where the engine can read a database. It makes a folder beside it as a lock, which cannot be made in a folder
 * that is read-only, stays behind after a kill, and keeps a second reader out; so it is given a link elsewhere. Of a
 * database with a log (`ros2 bag record --storage-preset-profile resilient`), the log is copied beside the link, for the
 * engine opens that for writing; it is small, since recorders take it into the database again and again.
 * @throws SageError SAGE_1026 without room for the log
 */
export function sqlitePlace(path: string, file: FileBytes): SqlitePlace {
  const head = file.read(FORMAT_AT, 2);
  const logged = head[0] === WAL || head[1] === WAL;
  const folder = folderFor(logged);
  if (folder === null) return { path, logged, remove: () => {} };
  const place = join(folder.path, basename(path));
  try {
    symlinkSync(resolve(path), place);
    if (logged) copy(`${path}-wal`, `${place}-wal`, folder.path);
    return { path: place, logged, remove: folder.remove };
  } catch (thrown) {
    folder.remove();
    if (thrown instanceof SageError) throw thrown;
    throw new SageError('SAGE_1026', file.path, messageOf(thrown), { cause: thrown });
  }
}

/** Null where a link cannot be made: the database is then read in place, as its engine would. */
function folderFor(logged: boolean): TemporaryFolder | null {
  try {
    return temporaryFolder();
  } catch (thrown) {
    if (logged || !(thrown instanceof SageError)) throw thrown;
    return null;
  }
}

function copy(from: string, to: string, folder: string): void {
  if (!existsSync(from)) return;
  const { size } = statSync(from);
  const { bavail, bsize } = statfsSync(folder);
  if (size > bavail * bsize) {
    const told = `${(size / 1e6).toFixed(1)} MB have to be copied to ${folder}`;
    throw new SageError(
      'SAGE_1026',
      from,
      `${told}, where ${((bavail * bsize) / 1e6).toFixed(1)} MB are free`,
    );
  }
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
}
