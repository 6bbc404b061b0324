/**
 * The environment a SAGE process needs, in one place: set-up writes it to `.ros/env.sh` for `bin/with-ros`,
 * and scripts compute it with {@link rosEnvironment}. Plain Node, because it runs before node_modules exists.
 *
 * Two cases. `sourced`: the user has sourced a ROS 2; ours is laid on top of it. `wheels`: the project's own
 * ROS 2 under `.ros/venv`.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder, absolute. */
export const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Marks an environment as made by this file, so that a child is not taken for a shell with ROS sourced. */
const marker = 'SAGE_ROS_PREFIX';

/** The values of ROS_AUTOMATIC_DISCOVERY_RANGE with which a user asks for more than this machine. */
const networkRanges = ['SUBNET', 'SYSTEM_DEFAULT'];

/**
 * Which ROS 2 to use.
 * @param {NodeJS.ProcessEnv} base the environment the user started us with
 * @returns {'sourced' | 'wheels'}
 */
export function rosMode(base = process.env) {
  return base.ROS_DISTRO && base.AMENT_PREFIX_PATH && !base[marker] ? 'sourced' : 'wheels';
}

/**
 * Where things lie below the project's root.
 * @param {string} root
 * @param {'sourced' | 'wheels'} mode
 */
export function rosPaths(root = projectRoot, mode = rosMode()) {
  const ros = join(root, '.ros');
  const prefix = join(ros, 'venv');
  return {
    ros,
    prefix,
    /** Our own messages; those of one ROS 2 are of no use to another. */
    install: join(ros, mode === 'wheels' ? 'install' : 'install-sourced'),
    ready: join(ros, 'ready'),
    envScript: join(ros, 'env.sh'),
    python: join(prefix, 'bin', 'python'),
    sitePackages: join(prefix, 'lib', 'python3.12', 'site-packages'),
  };
}

/** The folders of shared libraries that the wheels bundle; Python finds them by itself, Node does not. */
function bundledLibraryFolders(sitePackages) {
  if (!existsSync(sitePackages)) return [];
  return readdirSync(sitePackages)
    .filter((name) => name.startsWith('ros_') && name.endsWith('.libs'))
    .sort()
    .map((name) => join(sitePackages, name));
}

/**
 * The changes to make to an environment, in order, as data, so that JavaScript and the shell apply the same.
 * `prepend` puts folders in front of a path list, `set` replaces, `fallback` keeps what the user has set.
 * @param {'sourced' | 'wheels'} mode
 * @param {string} root
 * @returns {{ op: 'prepend' | 'set' | 'fallback', name: string, value: string }[]}
 */
function changes(mode, root) {
  const { prefix, install, sitePackages } = rosPaths(root, mode);
  const wheels = mode === 'wheels';
  const python = pythonSiteFolders(install, wheels);
  const list = (...folders) => folders.filter(Boolean).join(':');
  /** @type {(false | { op: 'prepend' | 'set' | 'fallback', name: string, value: string })[]} */
  const all = [
    wheels && { op: 'prepend', name: 'PATH', value: join(prefix, 'bin') },
    { op: 'prepend', name: 'AMENT_PREFIX_PATH', value: list(install, wheels && prefix) },
    { op: 'prepend', name: 'CMAKE_PREFIX_PATH', value: list(install, wheels && prefix) },
    {
      op: 'prepend',
      name: 'LD_LIBRARY_PATH',
      value: list(
        join(install, 'lib'),
        ...(wheels ? [join(prefix, 'lib'), ...bundledLibraryFolders(sitePackages)] : []),
      ),
    },
    python.length > 0 && { op: 'prepend', name: 'PYTHONPATH', value: list(...python) },
    wheels && { op: 'set', name: 'ROS_DISTRO', value: 'jazzy' },
    wheels && { op: 'set', name: 'ROS_VERSION', value: '2' },
    wheels && { op: 'set', name: 'ROS_PYTHON_VERSION', value: '3' },
    wheels && { op: 'set', name: marker, value: prefix },
    // The wheels' own start-up hook would restart every Python once to set what is set here already.
    wheels && { op: 'set', name: '_ROS_WHEELS_BOOTSTRAP_COMPLETE', value: '1' },
    // The wheels bring one middleware only.
    { op: wheels ? 'set' : 'fallback', name: 'RMW_IMPLEMENTATION', value: 'rmw_fastrtps_cpp' },
    { op: 'fallback', name: 'ROS_AUTOMATIC_DISCOVERY_RANGE', value: 'LOCALHOST' },
  ];
  return all.filter((change) => change !== false);
}

/** Where the Python side of our messages was installed; distributions differ in the folder's name. */
function pythonSiteFolders(install, wheels) {
  if (wheels) return [join(install, 'lib', 'python3.12', 'site-packages')];
  const roots = [join(install, 'lib'), join(install, 'local', 'lib')];
  return roots.flatMap((root) =>
    existsSync(root)
      ? readdirSync(root)
          .filter((name) => /^python3\.\d+$/.test(name))
          .flatMap((name) => ['site-packages', 'dist-packages'].map((leaf) => join(root, name, leaf)))
          .filter((folder) => existsSync(folder))
      : [],
  );
}

/** The Fast DDS profile for a discovery range: loopback only, unless the user asks for the network. */
function profilePath(root, range) {
  const file = networkRanges.includes(range) ? 'fastdds-network.xml' : 'fastdds.xml';
  return join(root, 'config', file);
}

/**
 * The environment for a SAGE process.
 * @param {{ root?: string, base?: NodeJS.ProcessEnv, mode?: 'sourced' | 'wheels' }} [options]
 * @returns {NodeJS.ProcessEnv} a new object; `base` stays as it is
 */
export function rosEnvironment({ root = projectRoot, base = process.env, mode = rosMode(base) } = {}) {
  const env = { ...base };
  for (const { op, name, value } of changes(mode, root)) {
    const old = env[name];
    if (op === 'prepend') {
      const added = value.split(':');
      const kept = (old ?? '').split(':').filter((part) => part !== '' && !added.includes(part));
      env[name] = [...added, ...kept].join(':');
    } else if (op === 'set' || old === undefined || old === '') {
      env[name] = value;
    }
  }
  if (!env.FASTRTPS_DEFAULT_PROFILES_FILE && !env.FASTDDS_DEFAULT_PROFILES_FILE) {
    env.FASTRTPS_DEFAULT_PROFILES_FILE = profilePath(root, env.ROS_AUTOMATIC_DISCOVERY_RANGE);
  }
  return env;
}

/** A word for /bin/sh, quoted so that any path is safe. */
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The choice of the Fast DDS profile, for /bin/sh; made at every start, because the range may be the user's. */
const profileScript = (root) => `
if [ -z "\${FASTRTPS_DEFAULT_PROFILES_FILE-}\${FASTDDS_DEFAULT_PROFILES_FILE-}" ]; then
  case "$ROS_AUTOMATIC_DISCOVERY_RANGE" in
    ${networkRanges.join('|')}) FASTRTPS_DEFAULT_PROFILES_FILE=${quote(profilePath(root, networkRanges[0]))} ;;
    *) FASTRTPS_DEFAULT_PROFILES_FILE=${quote(profilePath(root, 'LOCALHOST'))} ;;
  esac
  export FASTRTPS_DEFAULT_PROFILES_FILE
fi
`;

/**
 * The same as {@link rosEnvironment}, as text for /bin/sh. Sourcing it costs well under a millisecond, where
 * computing it in Node would cost every start of `bin/sage` some 40.
 * @param {{ root?: string, mode: 'sourced' | 'wheels' }} options
 */
export function environmentScript({ root = projectRoot, mode }) {
  const lines = [
    '# Written by scripts/setup.mjs from scripts/env.mjs; do not edit. Sourced by bin/with-ros.',
    `SAGE_SETUP_NODE=${quote(process.execPath)}`,
  ];
  for (const { op, name, value } of changes(mode, root)) {
    const word = quote(value);
    if (op === 'prepend') {
      // A nested start finds its own folders in front already and leaves the list alone.
      lines.push(
        `case "\${${name}-}" in ${word}|${word}:*) ;; *) export ${name}=${word}"\${${name}:+:$${name}}" ;; esac`,
      );
    } else if (op === 'set') {
      lines.push(`export ${name}=${word}`);
    } else {
      lines.push(`[ -n "\${${name}-}" ] || export ${name}=${word}`);
    }
  }
  lines.push(profileScript(root));
  return lines.join('\n');
}
