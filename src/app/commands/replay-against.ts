import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { SageError } from '../../contracts/errors.js';
import { compareLogs, type LogComparison } from '../../replay/compare/compare-logs.js';
import type { TestCase } from '../../replay/compare/junit.js';
import { headlineOf, tellComparison } from '../../replay/compare/tell.js';
import { openRun } from '../../replay/open-run.js';
import { requireFolderOf } from '../../replay/output-folder.js';
import { EXIT, print, printJson } from '../output.js';
import type { ReplayRequest } from '../replay/material.js';
import { type ReplayResult, replayOffline } from '../replay/session.js';
import { replaySuite, type SuiteEntry } from '../replay/suite.js';
import { writeJunit } from './diff.js';

export interface AgainstOptions {
  /** Log to compare with; of a suite the folder with one log per bag. */
  readonly against: string;
  readonly junit?: string;
  readonly json?: boolean;
}

/**
 * Replays a bag and compares what came out with a log of before: exit code 0 where every decision and command is the
 * same. @throws SageError of the replay and of the logs
 */
export async function replayAgainst(request: ReplayRequest, options: AgainstOptions): Promise<number> {
  if (options.junit !== undefined) requireFolderOf(options.junit);
  // First of all: nobody waits for a replay to hear that there is nothing to compare it with.
  await (await openRun(options.against)).close();
  return withLogs(request.log, async (folder) => {
    const log = request.log ?? join(folder, 'run.jsonl');
    const result = await replayOffline({ ...request, log });
    const comparison = await compareLogs(options.against, log);
    const told = { ...comparison, b: request.log ?? `this replay of ${request.bag ?? 'the log'}` };
    if (options.junit !== undefined)
      writeJunit(options.junit, 'sage replay', [caseOf(result.bag ?? 'log', result, told)]);
    if (options.json === true) printJson({ ...result, log: request.log, comparison: told });
    else print([tellComparison(told), ...toldBeside(result)].join('\n'));
    return comparison.same_outcome ? EXIT.done : EXIT.failed;
  });
}

/**
 * Replays every bag of a folder and compares each with the log of its name: a regression suite. Exit code 0 where all
 * could be replayed and decided the same. @throws SageError SAGE_902, SAGE_1001 of the folder
 */
export async function suiteAgainst(
  suite: string,
  request: Omit<ReplayRequest, 'bag'>,
  options: AgainstOptions,
): Promise<number> {
  if (options.junit !== undefined) requireFolderOf(options.junit);
  return withLogs(request.log, async (folder) => {
    const cases: TestCase[] = [];
    const entries = await replaySuite(suite, { ...request, log: request.log ?? folder }, async (entry) => {
      const found = await compared(entry, options.against, request.log !== null);
      cases.push(found);
      if (options.json !== true) print(toldCase(entry, found));
    });
    for (const found of withoutBag(options.against, entries)) {
      cases.push(found);
      if (options.json !== true) print(`${found.name}: ${found.failure}`);
    }
    if (options.junit !== undefined) writeJunit(options.junit, 'sage replay', cases);
    const failed = cases.filter(({ failure }) => failure !== null).length;
    if (options.json === true) printJson({ suite, ok: failed === 0, bags: cases });
    else print(`${cases.length - failed} of ${cases.length} bags decided the same`);
    return failed === 0 ? EXIT.done : EXIT.failed;
  });
}

/** `kept`: the log of the replay stays; else it is called by its bag, since nobody can open it afterwards. */
async function compared(
  { name, bag, result, fault }: SuiteEntry,
  folder: string,
  kept: boolean,
): Promise<TestCase> {
  if (result === null || result.log === null)
    return { name, time_s: 0, failure: `${fault?.code} ${fault?.where}: ${fault?.text}` };
  try {
    const before = join(folder, `${name}.jsonl`);
    if (!existsSync(before)) {
      const told = 'there is no log of this bag yet; sage replay --suite … --log FOLDER makes it';
      throw new SageError('SAGE_902', before, told);
    }
    const comparison = await compareLogs(before, result.log);
    return caseOf(name, result, kept ? comparison : { ...comparison, b: `this replay of ${bag}` });
  } catch (thrown) {
    if (!(thrown instanceof SageError)) throw thrown;
    return { name, time_s: result.wall_s, failure: thrown.message };
  }
}

/** What one bag of a suite came to, for people. */
function toldCase({ result }: SuiteEntry, { name, failure }: TestCase): string {
  if (result === null) return `${name}: cannot be replayed\n${indented(failure ?? '')}`;
  if (failure !== null) return `${name}: differs\n${indented(failure)}`;
  return [`${name}: the same`, ...toldBeside(result).map(indented)].join('\n');
}

/** Logs whose bag is gone: a bag that is lost must not pass. */
function withoutBag(folder: string, entries: readonly SuiteEntry[]): TestCase[] {
  if (!existsSync(folder)) return [];
  const bags = new Set(entries.map(({ name }) => `${name}.jsonl`));
  return readdirSync(folder)
    .filter((file) => file.endsWith('.jsonl') && !bags.has(file))
    .sort()
    .map((file) => {
      const failure = `there is no bag of this name any more; remove ${join(folder, file)} where that is meant`;
      return { name: parse(file).name, time_s: 0, failure };
    });
}

function caseOf(name: string, result: ReplayResult, comparison: LogComparison): TestCase {
  const time_s = result.wall_s;
  if (comparison.same_outcome) return { name, time_s, failure: null };
  const failure = [tellComparison(comparison), ...toldBeside(result)].join('\n');
  return { name, time_s, failure, headline: headlineOf(comparison) };
}

/** What a reader of the comparison should know of the replay itself. */
function toldBeside({ warnings, parted, skipped }: ReplayResult): string[] {
  const told = parted === null ? warnings : [...warnings, parted];
  const left = skipped.map(({ code, where, text }) => `left out: ${code} ${where}: ${text}`);
  return [...told.map(({ code, where, text }) => `${code} ${where}: ${text}`), ...left];
}

/** Logs that nobody asked for go to a folder that is removed afterwards. */
async function withLogs<T>(log: string | null, work: (folder: string) => Promise<T>): Promise<T> {
  if (log !== null) return work(log);
  const folder = mkdtempSync(join(tmpdir(), 'sage-replay-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
