/** Finds a Python 3.12: the version that the ROS 2 Jazzy wheels are built for. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { SetupError } from './process.mjs';

/** What a candidate is asked; one that cannot answer this cannot carry the wheels. */
const question = [
  'import json, sys, sysconfig, importlib.util as u',
  'print(json.dumps({"version": list(sys.version_info[:3]), "include": sysconfig.get_path("include"),',
  '  "ensurepip": u.find_spec("ensurepip") is not None, "path": sys._base_executable}))',
].join('\n');

/** Places to look, most explicit first: what the user names, PATH, pyenv, uv. */
function* candidates(env) {
  if (env.SAGE_PYTHON) yield env.SAGE_PYTHON;
  yield 'python3.12';
  yield 'python3';
  // A shim on PATH tells where its pyenv lies, also when nothing else does (another user's, a bare environment).
  const shims = (env.PATH ?? '').split(delimiter).filter((folder) => basename(folder) === 'shims');
  const pyenvRoots = [env.PYENV_ROOT, ...shims.map(dirname), join(homedir(), '.pyenv')].filter(Boolean);
  for (const root of new Set(pyenvRoots)) {
    const versions = join(root, 'versions');
    if (!existsSync(versions)) continue;
    const matching = readdirSync(versions).filter((name) => /^3\.12(\.|$)/.test(name));
    for (const name of matching.sort().reverse()) yield join(versions, name, 'bin', 'python');
  }
  const uv = spawnSync('uv', ['python', 'find', '3.12'], { encoding: 'utf8', env });
  if (uv.status === 0) yield uv.stdout.trim();
}

/**
 * Asks one interpreter what it is. A pyenv shim exists for versions that are not active and fails when run,
 * so existing is not enough. A virtual environment (ours is on PATH within bin/with-ros) answers with the
 * interpreter it was made from.
 * @param {string} path
 * @param {NodeJS.ProcessEnv} env
 * @returns {{ path: string, version: number[], include: string, ensurepip: boolean } | undefined}
 */
function probe(path, env) {
  const done = spawnSync(path, ['-c', question], { encoding: 'utf8', env, timeout: 20_000 });
  if (done.status !== 0) return undefined;
  return JSON.parse(done.stdout);
}

/**
 * The first Python 3.12 that can make a virtual environment and has the headers to build messages with.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ path: string, version: number[], include: string }}
 * @throws {SetupError} naming what is missing and how to get it
 */
export function findPython(env = process.env) {
  const shortcomings = [];
  for (const path of candidates(env)) {
    const found = probe(path, env);
    if (found?.version[0] !== 3 || found.version[1] !== 12) continue;
    const lacks = [
      found.ensurepip ? '' : 'its venv module (Debian and Ubuntu: python3.12-venv)',
      existsSync(join(found.include, 'Python.h')) ? '' : 'its headers (Debian and Ubuntu: python3.12-dev)',
    ].filter((text) => text !== '');
    if (lacks.length === 0) return found;
    shortcomings.push(`${found.path} lacks ${lacks.join(' and ')}`);
  }
  const detail = shortcomings.length > 0 ? ` (${shortcomings.join('; ')})` : '';
  throw new SetupError(
    `neither a sourced ROS 2 Jazzy nor a usable Python 3.12 was found${detail}`,
    'source /opt/ros/jazzy/setup.sh, or install Python 3.12 (Ubuntu 24.04: apt install python3.12-venv ' +
      'python3.12-dev; elsewhere: uv python install 3.12, or pyenv install 3.12), and name it in SAGE_PYTHON ' +
      'if it lies in an unusual place',
  );
}
