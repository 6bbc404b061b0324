/** What every set-up step knows: where things are, which ROS 2 it is for, and how to run a command. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { projectRoot, rosEnvironment, rosMode, rosPaths } from '../env.mjs';
import { run } from './process.mjs';

/**
 * @param {{ root?: string, base?: NodeJS.ProcessEnv }} [options]
 */
export function setupContext({ root = projectRoot, base = process.env } = {}) {
  const mode = rosMode(base);
  const paths = rosPaths(root, mode);
  const logs = join(paths.ros, 'setup-logs');
  return {
    root,
    base,
    mode,
    paths,
    logs,
    cores: availableParallelism(),
    nodeModules: join(root, 'node_modules'),
    rclnodejs: join(root, 'node_modules', 'rclnodejs'),
    /** The environment of set-up's own commands; computed late, because the prefix grows as steps finish. */
    environment: () => rosEnvironment({ root, base, mode }),
    lockedVersion: (name) => lockedVersion(root, name),
  };
}

/** @typedef {ReturnType<typeof setupContext>} SetupContext */

/** The version of an npm package that package-lock.json fixes. */
function lockedVersion(root, name) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return lock.packages[`node_modules/${name}`]?.version ?? 'none';
}

/**
 * How one step runs its commands: into a log of its own.
 * @param {SetupContext} context
 * @param {string} id the step's id
 */
export function stepShell(context, id) {
  mkdirSync(context.logs, { recursive: true });
  const log = join(context.logs, `${id}.log`);
  rmSync(log, { force: true });
  return {
    log,
    run: (command, args, options = {}) =>
      run(command, args, { cwd: context.root, env: context.environment(), log, ...options }),
  };
}

/** @typedef {ReturnType<typeof stepShell>} StepShell */
