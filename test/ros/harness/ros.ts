import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
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

/** The domains that need no port above 32767, without 0, the user's, and 101, in which set-up tries its node. */
const DOMAINS = 100;
/** A test file has three at most: the oldest of more than these belongs to a file that has ended. */
const CLAIMS_MAX = 12;
const claims: Server[] = [];
let last = process.pid % DOMAINS;

/** Claims a domain by the name of a socket, which the kernel frees with its owner. */
function claim(domain: number): boolean {
  const server = createServer();
  // That it is taken is told by `listening`, at once.
  server.on('error', () => {});
  server.listen({ path: `\0sage-test-domain-${domain}` });
  server.unref();
  if (!server.listening) return false;
  claims.push(server);
  if (claims.length > CLAIMS_MAX) claims.shift()?.close();
  return true;
}

/** A domain that no other test has, of this run or another one on this machine. */
export function ownDomain(): number {
  for (let tries = 0; tries < DOMAINS; tries++) {
    last = (last % DOMAINS) + 1;
    if (claim(last)) return last;
  }
  throw new Error(`all ${DOMAINS} domains are taken by tests that run on this machine`);
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

/** Runs a command of the built `sage` as a user would, in the domain of a node. */
export function sage(domain: number, ...args: readonly string[]): Promise<Outcome> {
  const argv = [join('dist', 'app', 'main.js'), ...args];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      argv,
      { cwd: projectRoot, env: environment(domain) },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}
