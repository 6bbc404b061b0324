import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../scripts/env.mjs';

const run = promisify(execFile);

/** Where a Python for training may be: what `training/get-torch` made, the ROS 2 of this folder, the machine's. */
const PLACES = [
  join(projectRoot, 'training/.venv/bin/python'),
  join(projectRoot, '.ros/venv/bin/python'),
  '/usr/bin/python3',
] as const;

/** The first Python that has all these modules; null where none has. */
export async function pythonWith(...modules: readonly string[]): Promise<string | null> {
  for (const python of PLACES) {
    if (!existsSync(python)) continue;
    const has = await run(python, ['-c', `import ${modules.join(', ')}`]).then(
      () => true,
      () => false,
    );
    if (has) return python;
  }
  return null;
}

/** Why a test is skipped that found no such Python. */
export function noPython(...modules: readonly string[]): string {
  return `no Python with ${modules.join(' and ')} (training/get-torch makes one)`;
}
