import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { SageError } from '../contracts/errors.js';
import { lookOf } from './mistaken.js';

/**
 * Makes sure that a file or folder which a user names can be made where it is to stand. Commands make what is named and
 * nothing above it: a slip in a path would otherwise become a folder that nobody looks into.
 * @throws SageError SAGE_1027 naming the folder that is missing
 */
export function requireFolderOf(path: string): void {
  const folder = dirname(path);
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat?.isDirectory() === true) return;
  const told = stat === undefined ? `no folder ${folder}` : `${folder} is not a folder`;
  throw new SageError('SAGE_1027', path, told);
}

/** A folder that a command writes into: it is made where it is missing, nothing above it. @throws SageError SAGE_1027 */
export function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  requireFolderOf(path);
  mkdirSync(path);
}

/** A file, or a folder of logs, that a command writes. */
export interface Output {
  /** How it is asked for: `--log`. */
  readonly option: string;
  readonly path: string;
  /** Whether it is a log, which may take the place of an older one. */
  readonly log?: boolean;
}

/**
 * Makes sure that an output overwrites neither what the command reads nor any recording: one wrong word on the command
 * line would cost what cannot be recorded again. @throws SageError SAGE_901
 */
export function requireApart({ option, path, log }: Output, inputs: readonly (string | undefined)[]): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  const isSame = (input: string | undefined): boolean => {
    const read = input === undefined ? undefined : statSync(input, { throwIfNoEntry: false });
    return read !== undefined && read.dev === there.dev && read.ino === there.ino;
  };
  const refused = (told: string): SageError => new SageError('SAGE_901', `${option} ${path}`, told);
  if (inputs.some(isSame)) throw refused('it is also an input, and would be overwritten');
  const look = there.isDirectory() ? null : lookOf(path);
  if (look === 'bag') throw refused('it is a bag, and would be overwritten');
  if (look === 'log' && log !== true) throw refused('it is the log of a run, and would be overwritten');
}
