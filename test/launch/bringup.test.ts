import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot, rosEnvironment } from '../../scripts/env.mjs';
import { readDescription, resolveProcesses } from '../../src/app/bringup/description.js';
import { skip } from '../skip.js';

const launchFile = join(projectRoot, 'launch', 'bringup.launch.py');
const description = readDescription(join(projectRoot, 'launch', 'bringup.yaml'));
/** How long a step may take on a loaded machine, ms. */
const PATIENCE_MS = 60_000;

interface Launched {
  readonly executable: string;
  readonly namespace: string;
  readonly arguments: readonly string[];
  readonly ros_arguments: readonly string[];
  readonly parameters: Record<string, boolean | number | string>;
  readonly remappings: readonly (readonly [string, string])[];
  readonly ends_all: boolean;
}

interface Evaluated {
  readonly arguments: readonly { name: string; default_value: string; description: string }[];
  readonly processes: readonly Launched[];
}

/** What the launch file would start with these arguments. */
function evaluate(values: Readonly<Record<string, string>>): Evaluated {
  const script = join(projectRoot, 'test', 'launch', 'evaluate.py');
  const given = Object.entries(values).map(([name, value]) => `${name}:=${value}`);
  const done = spawnSync('python3', [script, launchFile, ...given], {
    encoding: 'utf8',
    env: { ...rosEnvironment(), PYTHONDONTWRITEBYTECODE: '1' },
  });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout) as Evaluated;
}

/** A launched process as one command line, in the words of `sage up`. */
function asCommandLine({ arguments: own, ros_arguments, parameters, remappings, namespace }: Launched) {
  // Both leave out `--config` with an empty name; `sage up` before the start, the process itself after it.
  const kept = own.filter((word, at) => word !== '' && !(word === '--config' && own[at + 1] === ''));
  return {
    arguments: kept,
    rosArguments: [
      '--ros-args',
      ...ros_arguments,
      ...Object.entries(parameters).flatMap(([name, value]) => ['-p', `${name}:=${value}`]),
      ...remappings.flatMap(([from, to]) => ['-r', `${from}:=${to}`]),
      ...(namespace === '' ? [] : ['-r', `__ns:=/${namespace}`]),
    ],
  };
}

/** Why `ros2 launch` cannot be used here, or null. */
function noLaunch(env: NodeJS.ProcessEnv): string | null {
  if (spawnSync('ros2', ['launch', '--help'], { env }).status !== 0) return 'ros2 launch is not installed';
  const found = spawnSync('ros2', ['pkg', 'prefix', 'sage'], { env });
  return found.status === 0 ? null : 'ros2 does not find the package sage (npm run setup)';
}

describe('the launch file', function () {
  this.timeout(PATIENCE_MS);

  for (const values of [
    {},
    { sim: 'false' },
    { namespace: 'robot1', use_sim_time: 'true', log_level: 'debug' },
    { config: '/tmp/my robot.yaml' },
    { config: '/tmp/my robot.yaml', sim: 'false', namespace: 'a/b' },
  ] as Record<string, string>[]) {
    it(`starts with ${JSON.stringify(values)} just what sage up starts`, () => {
      const { config, ...rest } = values;
      const configs = config === undefined ? [] : [config];
      const ours = resolveProcesses(description, { values: rest, configs, rosArguments: [] }, projectRoot);
      const theirs = evaluate(values).processes;
      expect(theirs.map(({ executable }) => executable)).to.deep.equal(ours.map((p) => `sage_${p.command}`));
      expect(theirs.map(asCommandLine)).to.deep.equal(
        ours.map(({ arguments: own, rosArguments }) => ({ arguments: own, rosArguments })),
      );
    });
  }

  it('declares every argument with its default and a description', () => {
    const declared = evaluate({}).arguments;
    expect(declared.map(({ name }) => name)).to.include.members([
      'sim',
      'urdf',
      'config',
      'namespace',
      'use_sim_time',
      'log_level',
    ]);
    expect(declared.map(({ name, default_value }) => [name, default_value])).to.deep.equal(
      description.arguments.map((argument) => [argument.name, argument.default]),
    );
    for (const argument of declared) expect(argument.description, argument.name).to.have.length.above(10);
  });

  it('gives parameters their types, and ends everything when one process ends', () => {
    for (const { parameters, ends_all } of evaluate({ use_sim_time: 'true' }).processes) {
      expect(parameters.use_sim_time).to.equal(true);
      expect(ends_all).to.equal(true);
    }
  });
});

describe('ros2 launch', function () {
  this.timeout(3 * PATIENCE_MS);
  const env = { ...rosEnvironment(), ROS_DOMAIN_ID: String(1 + (process.pid % 100)) };

  before(function () {
    const reason = noLaunch(env);
    if (reason !== null) skip(this, reason);
  });

  it('shows the arguments', () => {
    const { stdout } = spawnSync('ros2', ['launch', 'sage', 'bringup.launch.py', '--show-args'], {
      env,
      encoding: 'utf8',
    });
    for (const { name, default: value } of description.arguments) {
      expect(stdout).to.include(`'${name}':`).and.to.include(`(default: '${value}')`);
    }
  });

  it('brings the node up under a namespace, and takes it down without a trace of an error', async () => {
    const words = ['launch', 'sage', 'bringup.launch.py', 'namespace:=launched', 'log_level:=warn'];
    const child = spawn('ros2', words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-10_000);
      });
    }
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    try {
      const topic = '/launched/sage/cycle';
      const echo = spawn('ros2', ['topic', 'echo', '--once', topic, 'sage/msg/CycleReport'], { env });
      const limit = setTimeout(() => echo.kill(), PATIENCE_MS);
      const heard = await new Promise<number | null>((resolve) => echo.once('exit', (code) => resolve(code)));
      clearTimeout(limit);
      expect(heard, output).to.equal(0);
    } finally {
      child.kill('SIGINT');
    }
    expect(await ended, output).to.equal(0);
    expect(output).not.to.match(/has died/);
  });
});
