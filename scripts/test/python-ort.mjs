/** A Python with onnxruntime for the tests of the model host in Python. Where it cannot be had they are skipped. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rosPaths } from '../env.mjs';
import { execute } from './execute.mjs';

const limit_ms = 2 * 60_000;

/**
 * Makes `.ros/ort` from the Python of the local ROS 2, once: about 40 s and 120 MB.
 * @param {string} root the repository
 */
export async function preparePythonOrt(root) {
  const { ros, python } = rosPaths(root);
  const folder = join(ros, 'ort');
  const made = join(folder, 'made');
  if (existsSync(made) || process.env.SAGE_PYTHON_ORT || !existsSync(python)) return;
  const options = { cwd: root, env: process.env, limit_ms };
  const lock = join(root, 'scripts', 'test', 'python-ort.lock');
  const own = join(folder, 'bin', 'python');
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--no-compile', // Python does it for the few modules that are used
    '--require-hashes',
  ];
  const failure =
    (await execute([python, '-m', 'venv', folder], options)) ??
    (await execute([own, ...pip, '-r', lock], options)) ??
    (await execute([own, '-c', `import onnxruntime; open(${JSON.stringify(made)}, 'w').close()`], options));
  if (failure === undefined) return;
  rmSync(folder, { recursive: true, force: true });
  console.log(`no onnxruntime for Python (${failure}): the tests of that model host will be skipped`);
}
