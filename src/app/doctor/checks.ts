import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../contracts/errors.js';
import { defaultParameters, type Parameters } from '../../contracts/parameters/index.js';
import { mayGoFirst } from '../real-time.js';
import { packageRoot } from '../root.js';
import { type Check, ok } from './check.js';
import { hostCheck, modelChecks } from './models.js';

/** Time for rclnodejs to load in a process of its own, ms. */
const LOAD_MS = 20_000;
const GIB = 1024 ** 3;
/** The node, the model host and the simulated world together take some 700 MB. */
const MEMORY_MIN = GIB;
/** Each process of the graph takes a shared-memory segment of 16 MiB (config/fastdds.xml). */
const SHARED_MEMORY_MIN = 64 * 1024 ** 2;

/** Loaded in a child: a native library that does not fit takes its process down, not the doctor. */
const PROBE = `
const rcl = require('rclnodejs');
process.stdout.write('rclnodejs\\n');
const { MetabolicState } = rcl.require('sage').msg;
new MetabolicState();
process.stdout.write('messages\\n');
`;

/**
 * Every check, in the order in which a reader should mend what fails. `env` is the process's environment; `parameters`
 * are those of the robot's configuration.
 */
export async function runChecks(
  env: NodeJS.ProcessEnv,
  parameters: Parameters = defaultParameters(),
  root = packageRoot,
): Promise<Check[]> {
  const ros = rosCheck(env, root);
  const [graph, models, host, pace] = await Promise.all([
    ros.level === 'fail' ? [] : graphChecks(env, root),
    modelChecks(parameters),
    hostCheck(parameters.models),
    paceCheck(parameters.node.real_time_priority),
  ]);
  return [
    nodeCheck(root),
    ros,
    ...graph,
    profileCheck(env),
    ...models,
    host,
    coresCheck(),
    pace,
    ...memoryChecks(),
  ];
}

/** Compares `major.minor.patch`. */
export function atLeast(version: string, wanted: string): boolean {
  const [a, b] = [version, wanted].map((text) => text.split('.').map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function nodeCheck(root: string): Check {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    engines: { node: string };
  };
  const wanted = engines.node.replace(/^>=\s*/, '');
  const found = process.versions.node;
  if (atLeast(found, wanted)) return ok('node', found);
  return { name: 'node', level: 'fail', found, remedy: `install Node ${wanted} or newer` };
}

function rosCheck(env: NodeJS.ProcessEnv, root: string): Check {
  const { ROS_DISTRO, AMENT_PREFIX_PATH, SAGE_ROS_PREFIX } = env;
  if (!ROS_DISTRO || !AMENT_PREFIX_PATH) {
    const remedy = 'start SAGE as bin/sage, which brings its own, or source ROS 2 Jazzy';
    return { name: 'ros', level: 'fail', found: 'no ROS 2 in the environment', remedy };
  }
  const whose = SAGE_ROS_PREFIX ? `the project's own, ${SAGE_ROS_PREFIX.replace(`${root}/`, '')}` : 'sourced';
  if (ROS_DISTRO === 'jazzy') return ok('ros', `${ROS_DISTRO} (${whose})`);
  return {
    name: 'ros',
    level: 'warn',
    found: `${ROS_DISTRO} (${whose})`,
    remedy: 'SAGE is tested with Jazzy only',
  };
}

/** Whether rclnodejs and our messages load. */
async function graphChecks(env: NodeJS.ProcessEnv, root: string): Promise<Check[]> {
  const { stdout, failure } = await runProbe(env, root);
  const why = failure === '' ? 'failed to load' : failure;
  const remedy = 'run npm run setup';
  const loads = stdout.includes('rclnodejs');
  return [
    loads ? ok('rclnodejs', 'loads') : { name: 'rclnodejs', level: 'fail', found: why, remedy },
    stdout.includes('messages')
      ? ok('messages', "SAGE's messages are built")
      : { name: 'messages', level: 'fail', found: loads ? why : 'not tried', remedy },
  ];
}

function runProbe(env: NodeJS.ProcessEnv, cwd: string): Promise<{ stdout: string; failure: string }> {
  return new Promise((resolve) => {
    const options = { cwd, env, timeout: LOAD_MS, killSignal: 'SIGKILL' as const };
    execFile(process.execPath, ['-e', PROBE], options, (error, stdout, stderr) => {
      const line = stderr.split('\n').find((text) => /Error|cannot|undefined symbol/.test(text)) ?? '';
      resolve({ stdout, failure: error === null ? '' : line.trim() || messageOf(error).split('\n')[0]! });
    });
  });
}

/** Large images are mostly lost without the profile, unless another middleware is used. */
function profileCheck(env: NodeJS.ProcessEnv): Check {
  const name = 'middleware';
  const middleware = env.RMW_IMPLEMENTATION ?? 'rmw_fastrtps_cpp';
  if (middleware !== 'rmw_fastrtps_cpp') return ok(name, middleware);
  const profile = env.FASTRTPS_DEFAULT_PROFILES_FILE || env.FASTDDS_DEFAULT_PROFILES_FILE;
  const remedy = 'start SAGE as bin/sage, or set FASTRTPS_DEFAULT_PROFILES_FILE to config/fastdds.xml';
  if (!profile)
    return { name, level: 'warn', found: 'no Fast DDS profile: camera images will be lost', remedy };
  if (!existsSync(profile)) return { name, level: 'fail', found: `${profile} does not exist`, remedy };
  return ok(name, `Fast DDS with ${profile}`);
}

/** Whether the cycle's thread may go before all others. */
async function paceCheck(priority: number): Promise<Check> {
  const { real_time, told } = await mayGoFirst(priority);
  if (real_time) return ok('pace', told);
  const remedy =
    'with busy models a cycle may start 5 ms late; install chrt (util-linux) and allow real-time priority: ' +
    '"@robot - rtprio 10" in /etc/security/limits.d, or --cap-add=sys_nice for a container';
  return { name: 'pace', level: 'warn', found: told, remedy };
}

function coresCheck(): Check {
  const cores = availableParallelism();
  if (cores >= 2) return ok('cores', String(cores));
  return {
    name: 'cores',
    level: 'warn',
    found: '1',
    remedy: 'with two cores, models do not compete with the cycle',
  };
}

function memoryChecks(): Check[] {
  const memory = `${(freemem() / GIB).toFixed(1)} of ${(totalmem() / GIB).toFixed(1)} GiB free`;
  const free: Check =
    freemem() >= MEMORY_MIN
      ? ok('memory', memory)
      : { name: 'memory', level: 'warn', found: memory, remedy: 'close other programs' };
  return [free, ...sharedMemoryCheck()];
}

/** Where there is /dev/shm, which containers often make small. */
function sharedMemoryCheck(): Check[] {
  if (!existsSync('/dev/shm')) return [];
  const { bavail, bsize } = statfsSync('/dev/shm');
  const free = bavail * bsize;
  const found = `${Math.round(free / 1024 ** 2)} MiB free`;
  if (free >= SHARED_MEMORY_MIN) return [ok('shared memory', found)];
  return [
    { name: 'shared memory', level: 'warn', found, remedy: 'give the container more (--shm-size=256m)' },
  ];
}
