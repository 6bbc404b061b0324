import type { Check } from '../check.js';
import { loadParameters } from '../config.js';
import { runChecks } from '../doctor.js';
import { EXIT, print, printJson } from '../output.js';

const MARKS = { ok: '✓', warn: '!', fail: '✗' } as const;

export interface DoctorOptions {
  readonly json?: boolean;
  readonly config: readonly string[];
}

/** Prints every check; fails where one does. @throws SageError where a configuration file is wrong. */
export async function runDoctor({ config, ...options }: DoctorOptions): Promise<number> {
  const checks = await runChecks(process.env, loadParameters(config));
  const healthy = checks.every(({ level }) => level !== 'fail');
  if (options.json) printJson({ ok: healthy, checks });
  else print(doctorText(checks));
  return healthy ? EXIT.done : EXIT.failed;
}

/** One line per check, and what to do below those that need something. */
export function doctorText(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .flatMap(({ name, level, found, remedy }) => [
      `${MARKS[level]} ${name.padEnd(width)}  ${found}`,
      ...(remedy === '' ? [] : [`  ${' '.repeat(width)}  → ${remedy}`]),
    ])
    .join('\n');
}
