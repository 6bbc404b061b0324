/** Our own messages, services and actions, built the way a ROS 2 workspace builds any package. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { basename, delimiter, join, relative } from 'node:path';
import { onPath } from './preflight.mjs';
import { filesUnder, fingerprint } from './stamp.mjs';

/** The interface files, which are what other processes have to agree on. */
export function interfaceFiles(root) {
  return ['msg', 'srv', 'action'].flatMap((folder) => filesUnder(join(root, folder)));
}

/**
 * Whether a sourced workspace already provides our messages, the same as in this folder. Then a second copy
 * would only be one more thing to get out of step.
 */
function providedByWorkspace({ root, mode, base, paths }) {
  if (mode !== 'sourced') return false;
  return base.AMENT_PREFIX_PATH.split(delimiter)
    .filter((prefix) => prefix !== '' && prefix !== paths.install)
    .some((prefix) =>
      interfaceFiles(root).every((file) => {
        const installed = join(prefix, 'share', 'sage', relative(root, file));
        return existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(file, 'utf8');
      }),
    );
}

/**
 * A source folder for CMake that holds the package and nothing else. CMake refuses to export a target whose
 * include folders lie inside the source folder, and our prefix lies inside the repository.
 */
function stagePackage({ root, paths }) {
  const folder = join(paths.ros, 'package');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of ['CMakeLists.txt', 'package.xml', 'msg', 'srv', 'action']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(root, 'scripts'), join(folder, 'scripts'));
  return folder;
}

/** The arguments for CMake. Node's part is this set-up's own business; tests of the package are ours too. */
function cmakeArguments({ root, mode, paths }) {
  return [
    `-DSAGE_HOME=${root}`,
    '-DSAGE_INTERFACES_ONLY=ON',
    '-DBUILD_TESTING=OFF',
    '-DCMAKE_BUILD_TYPE=Release',
    ...(mode === 'wheels' ? [`-DPython3_EXECUTABLE=${paths.python}`] : []),
  ];
}

async function buildWithColcon(context, shell, { source, build }) {
  const { paths } = context;
  const env = { ...context.environment(), COLCON_LOG_PATH: join(paths.ros, 'log') };
  const what = ['build', '--base-paths', source, '--merge-install'];
  const where = ['--build-base', build, '--install-base', paths.install];
  await shell.run('colcon', [...what, ...where, '--cmake-args', ...cmakeArguments(context)], { env });
}

/** A sourced ROS 2 need not have colcon; CMake alone builds one package just as well. */
async function buildWithCmake(context, shell, { source, build }) {
  const { paths, cores } = context;
  const prefix = `-DCMAKE_INSTALL_PREFIX=${paths.install}`;
  await shell.run('cmake', ['-S', source, '-B', build, prefix, ...cmakeArguments(context)]);
  await shell.run('cmake', ['--build', build, '--parallel', String(cores)]);
  await shell.run('cmake', ['--install', build]);
}

/**
 * Puts launch files, configuration and models on the prefix as links, so that an edit needs no second build.
 * The launch folder itself is a real one: `ros2 launch` does not look into linked folders.
 */
function linkData({ root, paths }) {
  const share = join(paths.install, 'share', 'sage');
  for (const name of ['config', 'models']) symlinkSync(join(root, name), join(share, name));
  mkdirSync(join(share, 'launch'), { recursive: true });
  for (const file of launchFiles(root)) symlinkSync(file, join(share, 'launch', basename(file)));
}

const launchFiles = (root) => filesUnder(join(root, 'launch'));

/**
 * @param {import('./context.mjs').SetupContext} context
 * @returns {import('./steps.mjs').Step}
 */
export function messagesStep(context) {
  const { root, mode, paths } = context;
  const build = join(paths.ros, mode === 'wheels' ? 'build' : 'build-sourced');
  const installed = join(paths.install, 'share', 'sage', 'package.xml');
  return {
    id: 'messages',
    title: 'SAGE’s messages, services and actions',
    after: ['ros-wheels', 'ros-repairs'],
    key: () =>
      fingerprint({
        values: [mode, paths.install, mode === 'sourced' && context.base.ROS_DISTRO, launchFiles(root)],
        files: [...interfaceFiles(root), join(root, 'package.xml'), join(root, 'CMakeLists.txt')],
      }),
    present: () => existsSync(installed) || providedByWorkspace(context),
    run: async (shell) => {
      if (providedByWorkspace(context)) {
        rmSync(paths.install, { recursive: true, force: true });
        return;
      }
      // What is installed is written over, so that a node that is running keeps its libraries; the interface
      // files go first, for one that was renamed would stay and be generated from.
      rmSync(join(paths.install, 'share', 'sage'), { recursive: true, force: true });
      const env = context.environment();
      const colcon = onPath('colcon', env);
      // A build folder remembers the paths it was made for; one of another prefix would be used half.
      rmSync(build, { recursive: true, force: true });
      await (colcon ? buildWithColcon : buildWithCmake)(context, shell, {
        source: stagePackage(context),
        build,
      });
      linkData(context);
    },
  };
}
