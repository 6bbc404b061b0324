/** rclnodejs: its native part, and the JavaScript side of every message on the prefix. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { SetupError } from './process.mjs';
import { fingerprint } from './stamp.mjs';
import { interfaceFiles } from './step-messages.mjs';
import { withRos2Command } from './step-prefix.mjs';

const binaryPath = (context) => join(context.rclnodejs, 'build', 'Release', 'rclnodejs.node');

/**
 * Whether rclnodejs ships a binary for this Ubuntu and ROS 2. Its loader prefers a matching one to anything
 * compiled, so compiling would be for nothing.
 */
function hasPrebuilt(context) {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(release)?.[1]?.trim();
  const distro = context.mode === 'wheels' ? 'jazzy' : context.base.ROS_DISTRO;
  const name = `${distro}-${codename}-${process.arch}-node-rclnodejs.node`;
  return existsSync(join(context.rclnodejs, 'prebuilds', `${process.platform}-${process.arch}`, name));
}

/** Node's own headers where this Node was installed from, if they are of its version. */
function localHeaders() {
  const root = resolve(dirname(process.execPath), '..');
  const versionFile = join(root, 'include', 'node', 'node_version.h');
  if (!existsSync(versionFile)) return undefined;
  const text = readFileSync(versionFile, 'utf8');
  const part = (name) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1];
  return ['MAJOR', 'MINOR', 'PATCH'].map(part).join('.') === process.versions.node ? root : undefined;
}

/**
 * Where node-gyp finds Node's headers. Left alone it fetches them from outside the registries; the npm
 * package of the same Node holds them too.
 */
async function headersFolder(context, shell) {
  const local = localHeaders();
  if (local) return local;
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(context.paths.ros, 'node-headers', process.versions.node);
  const found = join(folder, 'node_modules', name);
  if (!existsSync(join(found, 'include', 'node', 'node_version.h'))) {
    mkdirSync(folder, { recursive: true });
    const install = [
      'install',
      '--ignore-scripts',
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--prefix',
      folder,
    ];
    await shell.run('npm', [...install, `${name}@${process.versions.node}`], {
      env: context.base,
      remedy: `install the headers of Node ${process.versions.node} (Debian: libnode-dev), then start again`,
    });
  }
  return found;
}

/** Compiles the addon. node-gyp directly: rclnodejs's own script would fetch another package for cleaning. */
async function compile(context, shell) {
  const headers = await headersFolder(context, shell);
  const gyp = join(context.nodeModules, 'node-gyp', 'bin', 'node-gyp.js');
  const args = [gyp, 'rebuild', '-j', String(context.cores), `--nodedir=${headers}`];
  if (context.mode === 'wheels') args.push(`--python=${context.paths.python}`);
  const remedy = 'the log has the compiler’s words; a ROS 2 that lacks development files is the usual cause';
  await withRos2Command(context, () =>
    shell.run(process.execPath, args, { cwd: context.rclnodejs, env: context.environment(), remedy }),
  );
}

/** What rclnodejs runs, when it cannot be loaded, in place of its own `rebuild`. */
const insteadOfRebuild =
  'echo "rclnodejs does not load here: start with bin/sage or bin/with-ros" >&2; exit 1';

const manifestPath = (context) => join(context.rclnodejs, 'package.json');

/** Whether rclnodejs is kept from rebuilding itself. */
function rebuildIsOff(context) {
  const path = manifestPath(context);
  return existsSync(path) && JSON.parse(readFileSync(path, 'utf8')).scripts.rebuild === insteadOfRebuild;
}

/**
 * rclnodejs compiles itself anew whenever it cannot be loaded. In a shell without ROS that deletes what was built
 * here, reaches outside the registries for Node's headers, and fails all the same.
 */
function turnRebuildOff(context) {
  const manifest = JSON.parse(readFileSync(manifestPath(context), 'utf8'));
  manifest.scripts.rebuild = insteadOfRebuild;
  writeFileSync(manifestPath(context), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Puts the compiled addon in place: from the copy of an earlier build where there is one. */
async function provideBinary(context, shell, key) {
  const cache = join(context.paths.ros, 'cache');
  const cached = join(cache, `rclnodejs-${key}.node`);
  if (existsSync(cached)) {
    mkdirSync(dirname(binaryPath(context)), { recursive: true });
    copyFileSync(cached, binaryPath(context));
    return;
  }
  await compile(context, shell);
  rmSync(cache, { recursive: true, force: true }); // one copy is enough
  mkdirSync(cache, { recursive: true });
  copyFileSync(binaryPath(context), cached);
}

/**
 * The compiled addon. A copy stays under .ros/cache, because `npm ci` removes node_modules with it.
 * @param {import('./context.mjs').SetupContext} context
 * @returns {import('./steps.mjs').Step}
 */
export function nativeStep(context) {
  const { mode, base, paths } = context;
  const builtFor = mode === 'sourced' ? [base.ROS_DISTRO, process.versions.modules] : paths.prefix;
  const key = () => fingerprint({ values: [context.lockedVersion('rclnodejs'), mode, builtFor] });
  const provided = () => existsSync(binaryPath(context)) || hasPrebuilt(context);
  return {
    id: 'rclnodejs',
    title: 'rclnodejs, native part',
    after: ['ros-wheels'],
    waitsFor: ['npm', 'ros-repairs'],
    key,
    present: () => provided() && rebuildIsOff(context),
    run: async (shell) => {
      if (!hasPrebuilt(context)) await provideBinary(context, shell, key());
      turnRebuildOff(context);
    },
  };
}

/**
 * JavaScript for every message on the prefix, ours included. Without it the first start would do it.
 * @param {import('./context.mjs').SetupContext} context
 * @returns {import('./steps.mjs').Step}
 */
export function generateStep(context) {
  const generated = join(context.rclnodejs, 'generated');
  return {
    id: 'generate',
    title: 'JavaScript for the messages',
    after: ['ros-wheels'],
    waitsFor: ['npm', 'messages', 'rclnodejs'],
    // The interfaces by what they say: a change in how they are built changes nothing here.
    key: () =>
      fingerprint({
        values: [context.lockedVersion('rclnodejs'), context.mode, sourcedPrefixes(context)],
        files: interfaceFiles(context.root),
      }),
    present: () => existsSync(join(generated, 'sage')),
    run: async (shell) => {
      await shell.run(process.execPath, [join(context.rclnodejs, 'scripts', 'generate_messages.cjs')]);
      // The generator reports its own failures and exits with 0 all the same.
      const missing = expectedClasses(context).filter((name) => !existsSync(join(generated, 'sage', name)));
      if (missing.length > 0) {
        throw new SetupError(
          `rclnodejs generated no ${missing.join(', ')}`,
          'the log says what its generator said',
        );
      }
    },
  };
}

/** What the user has sourced; our own prefix is in front of it when set-up is run from within bin/with-ros. */
function sourcedPrefixes({ mode, base, paths }) {
  if (mode === 'wheels') return [];
  return base.AMENT_PREFIX_PATH.split(delimiter).filter((prefix) => prefix !== paths.install);
}

/** The files that rclnodejs makes of our messages. */
function expectedClasses({ root }) {
  return readdirSync(join(root, 'msg'))
    .filter((name) => name.endsWith('.msg'))
    .map((name) => `sage__msg__${name.replace('.msg', '')}.js`);
}
