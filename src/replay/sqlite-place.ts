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
  /** True for a copy: its log has to be taken in before it can be read. */
  readonly copied: boolean;
  readonly remove: () => void;
}

/**
 * A place where the engine can read a database. It makes a folder beside it as a lock, which cannot be made in a folder
 * that is read-only, stays behind after a kill, and keeps a second reader out; so it is given a link elsewhere. A
 * database with a log beside it (`ros2 bag record --storage-preset-profile resilient`, or a recorder that was killed)
 * cannot be read without writing to it: that one is copied.
 * @throws SageError SAGE_1026 without room for a copy
 */
export function sqlitePlace(path: string, file: FileBytes): SqlitePlace {
  const head = file.read(FORMAT_AT, 2);
  const copied = head[0] === WAL || head[1] === WAL;
  const folder = folderFor(copied);
  if (folder === null) return { path, copied, remove: () => {} };
  const place = join(folder.path, basename(path));
  try {
    if (!copied) symlinkSync(resolve(path), place);
    else for (const ending of ['', '-wal']) copy(`${path}${ending}`, `${place}${ending}`, folder.path);
    return { path: place, copied, remove: folder.remove };
  } catch (thrown) {
    folder.remove();
    if (thrown instanceof SageError) throw thrown;
    throw new SageError('SAGE_1026', file.path, messageOf(thrown), { cause: thrown });
  }
}

/** Null where a link cannot be made: the database is read where it lies then, as its engine would. */
function folderFor(copied: boolean): TemporaryFolder | null {
  try {
    return temporaryFolder();
  } catch (thrown) {
    if (copied || !(thrown instanceof SageError)) throw thrown;
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
