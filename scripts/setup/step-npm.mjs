/** The npm packages, exactly as package-lock.json fixes them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint } from './stamp.mjs';

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/**
 * Whether node_modules already holds what the lock names: npm writes down what it installed, and packages
 * missing from that must be optional ones of other platforms. Then there is nothing to do for `npm ci`.
 */
function installedAsLocked(root, nodeModules) {
  const record = join(nodeModules, '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = readJson(join(root, 'package-lock.json')).packages;
  const present = readJson(record).packages;
  const names = Object.keys(wanted).filter((name) => name !== '');
  return (
    Object.keys(present).every((name) => wanted[name]?.version === present[name].version) &&
    names.every((name) => present[name] !== undefined || wanted[name].optional === true)
  );
}

/**
 * @param {import('./context.mjs').SetupContext} context
 * @returns {import('./steps.mjs').Step}
 */
export function npmStep(context) {
  const { root, nodeModules } = context;
  return {
    id: 'npm',
    title: 'npm packages',
    key: () =>
      fingerprint({
        values: [process.platform, process.arch],
        files: [join(root, 'package-lock.json'), join(root, '.npmrc')],
      }),
    present: () => existsSync(join(nodeModules, '.package-lock.json')),
    run: async (shell) => {
      if (installedAsLocked(root, nodeModules)) return;
      // No install scripts: rclnodejs wants a ROS environment that is not there yet and is built in a step of
      // its own, onnxruntime-node would fetch CUDA from outside the registry, the others ship ready to use.
      await shell.run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
        env: { ...context.base, ONNXRUNTIME_NODE_INSTALL: 'skip' },
        remedy: 'check that the npm registry can be reached (npm ping), then start again',
      });
    },
  };
}
