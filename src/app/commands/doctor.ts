import { loadConfiguration } from '../config.js';
import type { Check } from '../doctor/check.js';
import { runChecks } from '../doctor/checks.js';
import { robotChecks } from '../doctor/robot.js';
import { EXIT, print, printJson } from '../output.js';

/** Checks without which the graph cannot be looked at. */
const NEEDED_TO_LOOK: readonly string[] = ['ros', 'rclnodejs', 'messages'];
const MARKS = { ok: '✓', warn: '!', fail: '✗' } as const;

export interface DoctorOptions {
  readonly json?: boolean;
  readonly config: readonly string[];
}

/** Prints every check; fails where one does. @throws SageError where a configuration file is wrong. */
export async function runDoctor({ config, ...options }: DoctorOptions): Promise<number> {
  const configuration = loadConfiguration(config);
  const checks = await runChecks(process.env, configuration.parameters);
  // Without ROS there is no robot to look for, and the checks say so already.
  const ros = checks.every(({ name, level }) => level !== 'fail' || !NEEDED_TO_LOOK.includes(name));
  if (config.length > 0 && ros) checks.push(...(await robotChecks(configuration)));
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
