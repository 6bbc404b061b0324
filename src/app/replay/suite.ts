import { existsSync, readdirSync } from 'node:fs';
import { join, parse } from 'node:path';
import { type Fault, messageOf, SageError } from '../../contracts/errors.js';
import { makeFolder } from '../../replay/output-folder.js';
import { unpackedName } from '../../replay/unpack-file.js';
import type { ReplayRequest } from './material.js';
import { type ReplayResult, replayOffline } from './session.js';

/** Bags in one suite; more is a mistake of the path. */
const BAGS_MAX = 1000;

/** How one bag of a suite went. */
export interface SuiteEntry {
  /** Without folder and ending. */
  readonly name: string;
  readonly bag: string;
  readonly result: ReplayResult | null;
  readonly fault: Fault | null;
}

/**
 * The bags of a folder, sorted by name: files of MCAP or sqlite3, and folders with a metadata.yaml.
 * @throws SageError SAGE_902 no such folder, SAGE_1001 without a bag in it
 */
export function bagsIn(folder: string): readonly string[] {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (thrown) {
    throw new SageError('SAGE_902', folder, messageOf(thrown), { cause: thrown });
  }
  const bags = names
    .filter((name) => /\.(mcap|db3)(\.zstd?)?$/.test(name) || existsSync(join(folder, name, 'metadata.yaml')))
    .map((name) => join(folder, name));
  if (bags.length === 0) throw new SageError('SAGE_1001', folder, 'it contains no bags');
  if (bags.length > BAGS_MAX) {
    throw new SageError('SAGE_1001', folder, `it contains ${bags.length} bags; the limit is ${BAGS_MAX}`);
  }
  return bags;
}

/**
 * Replays every bag of a folder, one after the other, each with its own mind; a bag that cannot be replayed does not
 * keep the others from it. `request.log` is the folder for the logs, one per bag, null for none.
 */
export async function replaySuite(
  folder: string,
  request: Omit<ReplayRequest, 'bag'>,
  onEntry: (entry: SuiteEntry) => void | Promise<void>,
): Promise<readonly SuiteEntry[]> {
  const entries: SuiteEntry[] = [];
  if (request.log !== null) makeFolder(request.log);
  for (const bag of bagsIn(folder)) {
    const name = parse(unpackedName(bag)).name;
    const log = request.log === null ? null : join(request.log, `${name}.jsonl`);
    const entry = await entryOf(name, { ...request, bag, log });
    entries.push(entry);
    await onEntry(entry);
  }
  return entries;
}

async function entryOf(name: string, request: ReplayRequest & { readonly bag: string }): Promise<SuiteEntry> {
  try {
    return { name, bag: request.bag, result: await replayOffline(request), fault: null };
  } catch (thrown) {
    if (!(thrown instanceof SageError)) throw thrown;
    return { name, bag: request.bag, result: null, fault: thrown.toFault() };
  }
}
