import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, rosEnvironment, rosMode, rosPaths } from '../../../scripts/env.mjs';
import { skip } from '../../skip.js';

/** Why graph tests cannot run here, or null. */
export function noRos(): string | null {
  const ready = rosMode() === 'sourced' || existsSync(join(rosPaths().ros, 'ready'));
  return ready ? null : 'ROS 2 is not set up (npm run setup)';
}

/** Skips the test, or from a `before` hook its suite, where there is no ROS. */
export function requireRos(context: Mocha.Context): void {
  const reason = noRos();
  if (reason !== null) skip(context, reason);
}

let next = 0;

/** A domain for one test file: files run one after another, other runs on this machine have other process ids. */
export function ownDomain(): number {
  next += 1;
  return 1 + ((process.pid * 7 + next) % 100);
}

/** The environment of a process of the graph in a domain. */
export function environment(domain: number): NodeJS.ProcessEnv {
  return rosEnvironment({ base: { ...process.env, ROS_DOMAIN_ID: String(domain) } });
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of `sage` as a user would, in the domain of a node. */
export function sage(domain: number, ...args: readonly string[]): Promise<Outcome> {
  const argv = ['--import', 'tsx', 'src/app/main.ts', ...args];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      argv,
      { cwd: projectRoot, env: environment(domain) },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}
