/** The last steps: the compiled sources, the environment as a shell script, and proof that it all runs. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { environmentScript } from '../env.mjs';
import { filesUnder, fingerprint } from './stamp.mjs';

/**
 * `.ros/env.sh`, which bin/with-ros sources.
 * @param {import('./context.mjs').SetupContext} context
 * @returns {import('./steps.mjs').Step}
 */
export function environmentStep(context) {
  const { root, mode, paths } = context;
  return {
    id: 'environment',
    title: 'environment for bin/sage',
    after: ['ros-wheels', 'messages'],
    key: () =>
      fingerprint({ values: [root, mode, process.execPath], files: [join(root, 'scripts', 'env.mjs')] }),
    present: () => existsSync(paths.envScript),
    run: async () => {
      mkdirSync(paths.ros, { recursive: true });
      writeFileSync(paths.envScript, environmentScript({ root, mode }));
    },
  };
}

/** What tsc writes for one source: code, its map, and the types that plugin authors see. */
const OUTPUT = /(\.js(\.map)?|\.d\.ts)$/;

/** Removes what was compiled from sources that are gone; tsc leaves it, and imports would still find it. */
function pruneOutput(root) {
  const dist = join(root, 'dist');
  for (const path of filesUnder(dist)) {
    const stem = join(root, 'src', relative(dist, path).replace(OUTPUT, ''));
    if (OUTPUT.test(path) && !['.ts', '.tsx'].some((ext) => existsSync(stem + ext))) rmSync(path);
  }
}

/** The compiler itself, by path: the JavaScript edition beside it, for the linter, has a tsc of its own. */
export const compilerPath = (root) => join(root, 'node_modules', '@typescript', 'native', 'bin', 'tsc');

/**
 * `dist/.built` names the state in which this step left dist/: where tsc was run by hand since, on other sources, what
 * is there may be older than the sources, or newer.
 * @param {import('./context.mjs').SetupContext} context
 * @returns {import('./steps.mjs').Step}
 */
export function buildStep(context) {
  const { root } = context;
  const state = join(root, 'dist', '.tsbuildinfo');
  const built = join(root, 'dist', '.built');
  const current = () => fingerprint({ files: [state] });
  return {
    id: 'build',
    title: 'TypeScript to dist/',
    after: ['npm'],
    key: () => fingerprint({ files: [...filesUnder(join(root, 'src')), join(root, 'tsconfig.json')] }),
    present: () => existsSync(state) && existsSync(built) && readFileSync(built, 'utf8') === current(),
    run: async (shell) => {
      pruneOutput(root);
      await shell.run(process.execPath, [compilerPath(root), '-p', join(root, 'tsconfig.json')], {
        env: context.base,
        remedy: 'npm run lint names every type error',
      });
      writeFileSync(built, current());
    },
  };
}

/**
 * The last step but the build: it leaves `.ros/ready`, by which bin/with-ros knows that there is no need of
 * set-up, and for which kind of ROS 2.
 * @param {import('./context.mjs').SetupContext} context
 * @returns {import('./steps.mjs').Step}
 */
export function checkStep(context) {
  const probe = join(context.root, 'scripts', 'setup', 'probe.mjs');
  return {
    id: 'check',
    title: 'a ROS node comes up',
    after: ['npm', 'ros-repairs', 'rclnodejs', 'messages', 'generate', 'environment'],
    key: () => fingerprint({ values: [process.version], files: [probe] }),
    present: () => existsSync(context.paths.ready),
    run: async (shell) => {
      // A domain of its own: nothing else on the machine should see this node.
      const env = { ...context.environment(), ROS_DOMAIN_ID: '101' };
      await shell.run(process.execPath, [probe], {
        env,
        remedy: `remove ${dirname(context.paths.envScript)} and node_modules, and start again`,
      });
      writeFileSync(context.paths.ready, `${context.mode}\n`);
    },
  };
}
