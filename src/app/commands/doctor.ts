import { type Check, runChecks } from '../doctor.js';
import { EXIT, print, printJson } from '../output.js';

const MARKS = { ok: '✓', warn: '!', fail: '✗' } as const;

/** Prints every check; fails where one does. */
export async function runDoctor(options: { readonly json?: boolean }): Promise<number> {
  const checks = await runChecks(process.env);
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
