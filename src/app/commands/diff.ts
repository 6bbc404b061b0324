import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { messageOf, SageError } from '../../contracts/errors.js';
import { compareLogs, type LogComparison } from '../../replay/compare/compare-logs.js';
import { junitReport, type TestCase } from '../../replay/compare/junit.js';
import { headlineOf, tellComparison } from '../../replay/compare/tell.js';
import { requireApart, requireFolderOf } from '../../replay/output-folder.js';
import { EXIT, print, printJson } from '../output.js';

export interface DiffOptions {
  readonly tolerance?: number;
  readonly bestEffort?: boolean;
  /** File for a report in the form that CI systems read. */
  readonly junit?: string;
  readonly json?: boolean;
}

/**
 * `sage diff A B`: where two logs of runs part, and what led there. Exit code 0 where they are the same, 1 where not.
 * @throws SageError SAGE_902, SAGE_1021, SAGE_1022 of a log, SAGE_1023 where the report cannot be written
 */
export async function runDiff(a: string, b: string, options: DiffOptions): Promise<number> {
  if (options.junit !== undefined) {
    requireFolderOf(options.junit);
    requireApart({ option: '--junit', path: options.junit }, [a, b]);
  }
  const comparison = await compareLogs(a, b, {
    tolerance: options.tolerance ?? 0,
    best_effort: options.bestEffort === true,
    onFault: ({ code, where, text }) => process.stderr.write(`${code} ${where}: ${text}\n`),
  });
  if (options.junit !== undefined) writeJunit(options.junit, 'sage diff', [caseOf(comparison)]);
  if (options.json === true) printJson(comparison);
  else print(tellComparison(comparison));
  return comparison.equal ? EXIT.done : EXIT.failed;
}

function caseOf(comparison: LogComparison): TestCase {
  const failure = comparison.equal ? null : tellComparison(comparison);
  return { name: basename(comparison.b), time_s: 0, failure, headline: headlineOf(comparison) };
}

/** @throws SageError SAGE_1023 */
export function writeJunit(file: string, suite: string, cases: readonly TestCase[]): void {
  try {
    writeFileSync(file, junitReport(suite, cases));
  } catch (thrown) {
    throw new SageError('SAGE_1023', file, messageOf(thrown), { cause: thrown });
  }
}
