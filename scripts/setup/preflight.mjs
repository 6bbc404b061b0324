/** What has to be on the machine beforehand; each missing thing is named with what to install. */
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { answer, SetupError } from './process.mjs';
import { findPython } from './python.mjs';

const leastNode = [20, 20, 2];
const leastCmake = [3, 16, 0];

/** Compares versions part by part. */
function atLeast(version, least) {
  for (const [index, wanted] of least.entries()) {
    if (version[index] !== wanted) return version[index] > wanted;
  }
  return true;
}

/** The first x.y.z (or x.y) in a text, as numbers. */
function versionIn(text) {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text ?? '');
  return match ? [match[1], match[2], match[3] ?? '0'].map(Number) : undefined;
}

/** Node itself; cheap enough to check at every start. */
export function checkNode(version = process.versions.node) {
  if (atLeast(versionIn(version), leastNode)) return;
  throw new SetupError(
    `Node ${leastNode.join('.')} or newer is needed, this is ${version}`,
    'install a newer Node (nvm install 20, or your distribution’s nodejs package)',
  );
}

/** Whether a command is on PATH; asking it for its version would start it. */
export function onPath(command, env = process.env) {
  return (env.PATH ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && existsSync(join(folder, command)));
}

function checkCompiler(env) {
  const named = env.CXX?.split(' ')[0];
  const compilers = named ? [named] : ['c++', 'g++', 'clang++'];
  if (!compilers.some((compiler) => answer(compiler, ['--version'], env) !== undefined)) {
    throw new SetupError(
      `no C++ compiler was found (looked for ${compilers.join(', ')})`,
      'install one (Debian and Ubuntu: apt install build-essential)',
    );
  }
  if (!onPath('make', env)) {
    throw new SetupError('make was not found', 'install it (Debian and Ubuntu: apt install build-essential)');
  }
}

function checkCmake(env) {
  const version = versionIn(answer('cmake', ['--version'], env));
  if (version && atLeast(version, leastCmake)) return;
  throw new SetupError(
    version ? `CMake ${leastCmake.join('.')} is needed, this is ${version.join('.')}` : 'CMake was not found',
    'install it (Debian and Ubuntu: apt install cmake)',
  );
}

/** The tools that compile and generate split paths at blanks and colons, and fail far from the cause. */
function checkRoot(root) {
  if (!/[\s:;'"$]/.test(root)) return;
  throw new SetupError(
    `the project's folder ${JSON.stringify(root)} has a blank, a quote, a colon or a $ in its path`,
    'clone it to a path without those',
  );
}

/** Paths of this folder are written into what set-up builds: in another checkout's it would undo that one's. */
function checkOwn({ root, paths }) {
  if (!existsSync(paths.ros)) return;
  const owner = dirname(realpathSync(paths.ros));
  if (owner === realpathSync(root) || !existsSync(join(owner, 'scripts', 'setup.mjs'))) return;
  throw new SetupError(
    `${paths.ros} is that of another checkout, ${owner}: set-up would build it anew for this folder`,
    'run set-up in the other one, or remove the link',
  );
}

function checkRos({ mode, base }) {
  if (mode === 'wheels') {
    if (process.platform === 'linux' && process.arch === 'x64') return;
    throw new SetupError(
      `no ROS 2 is sourced, and the ROS 2 wheels exist for Linux on x86-64 only (this is ${process.platform} ${process.arch})`,
      'install ROS 2 Jazzy and source its setup.sh',
    );
  }
  if (base.ROS_DISTRO === 'jazzy') return;
  throw new SetupError(
    `ROS 2 Jazzy is needed, and ROS_DISTRO=${base.ROS_DISTRO} is sourced`,
    'source /opt/ros/jazzy/setup.sh instead, or start from a shell where no ROS is sourced',
  );
}

/**
 * Checks everything that set-up itself cannot bring.
 * @param {import('./context.mjs').SetupContext} context
 * @returns {{ python?: { path: string, version: number[] } }} the Python for the wheels, where they are used
 * @throws {SetupError} for the first missing thing
 */
export function preflight(context) {
  checkNode();
  checkRoot(context.root);
  checkOwn(context);
  checkRos(context);
  checkCompiler(context.base);
  checkCmake(context.base);
  return context.mode === 'wheels' ? { python: findPython(context.base) } : {};
}
