import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { SageError } from '../contracts/errors.js';

/**
 * Makes sure that a file or folder which a user names can be made where it is to stand. Commands make what is named and
 * nothing above it: a slip in a path would otherwise become a folder that nobody looks into.
 * @throws SageError SAGE_1027 naming the folder that is missing
 */
export function requireFolderOf(path: string): void {
  const folder = dirname(path);
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat?.isDirectory() === true) return;
  const told = stat === undefined ? `there is no folder ${folder}` : `${folder} is no folder`;
  throw new SageError('SAGE_1027', path, told);
}

/** A folder that a command writes into: it is made where it is missing, nothing above it. @throws SageError SAGE_1027 */
export function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  requireFolderOf(path);
  mkdirSync(path);
}
