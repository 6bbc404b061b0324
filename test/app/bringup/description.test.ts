import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readDescription, resolveProcesses } from '../../../src/app/bringup/description.js';
import { planProcesses } from '../../../src/app/bringup/plan.js';
import { packageRoot } from '../../../src/app/root.js';
import { SageError } from '../../../src/contracts/errors.js';

const shipped = readDescription(join(packageRoot, 'launch', 'bringup.yaml'));
const nothing = { values: {}, configs: [], rosArguments: [] };

describe('the description of the bring-up', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sage-bringup-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('has the arguments that the launch file must have, each with a description', () => {
    const names = shipped.arguments.map(({ name }) => name);
    expect(names).to.include.members(['sim', 'config', 'namespace', 'use_sim_time', 'log_level']);
  });

  it('starts world and node by default, the node for the simulated arm', () => {
    const [world, node, ...others] = resolveProcesses(shipped, nothing, '/share');
    expect(others).to.deep.equal([]);
    expect(world).to.deep.include({ command: 'sim', role: 'world' });
    expect(node).to.deep.include({
      command: 'node',
      role: 'node',
      arguments: ['--config', '/share/config/robots/tabletop.yaml'],
      rosArguments: ['--ros-args', '--log-level', 'info', '-p', 'use_sim_time:=false'],
    });
  });

  it('starts the node alone for a robot that is there, with its files in order', () => {
    const request = { ...nothing, values: { sim: 'false' }, configs: ['a.yaml', 'b.yaml'] };
    const processes = resolveProcesses(shipped, request, '/share');
    expect(processes.map(({ command, arguments: own }) => [command, own])).to.deep.equal([
      ['node', ['--config', 'a.yaml', '--config', 'b.yaml']],
    ]);
  });

  it("puts the user's ROS arguments where they win: remaps before ours, parameters after", () => {
    const request = {
      values: { namespace: '/left', log_level: 'warn', use_sim_time: 'true' },
      configs: [],
      rosArguments: ['--ros-args', '-r', 'a:=b', '-p', 'use_sim_time:=false'],
    };
    expect(resolveProcesses(shipped, request, '/share')[1]?.rosArguments).to.deep.equal([
      '--ros-args',
      ...['--log-level', 'warn'],
      ...['-p', 'use_sim_time:=true'],
      ...['-r', 'a:=b', '-p', 'use_sim_time:=false'],
      ...['-r', '__ns:=/left'],
    ]);
  });

  it('refuses a value that is no choice', () => {
    const request = { ...nothing, values: { log_level: 'loud' } };
    expect(() => resolveProcesses(shipped, request, '/share')).to.throw(
      SageError,
      /^SAGE_901 .*log_level: "loud" is not one of debug, info/,
    );
  });

  it('names the field that is wrong in a file', () => {
    const path = join(folder, 'bringup.yaml');
    writeFileSync(
      path,
      'arguments: []\ncommon: {namespace: "", log_level: "", parameters: {}}\nprocesses: []\n',
    );
    expect(() => readDescription(path)).to.throw(SageError, /^SAGE_906 .*processes/);
    writeFileSync(path, 'arguments: [');
    expect(() => readDescription(path)).to.throw(SageError, /^SAGE_906/);
    expect(() => readDescription(join(folder, 'none.yaml'))).to.throw(
      SageError,
      /^SAGE_906 .*none\.yaml: no such file or directory\. /,
    );
  });

  it('refuses a name that no argument has', () => {
    const description = { ...shipped, common: { ...shipped.common, namespace: '$(nmaespace)' } };
    expect(() => resolveProcesses(description, nothing, '/share')).to.throw(SageError, /nmaespace/);
  });
});

describe('the plan of a bring-up', () => {
  let folder = '';
  const write = (text: string): string => {
    const path = join(folder, 'robot.yaml');
    writeFileSync(path, text);
    return path;
  };
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sage-plan-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('stops at a slip in a configuration file before anything is started', () => {
    const request = { ...nothing, configs: [write('robot.tip_fram: x\n')] };
    expect(() => planProcesses(request, {})).to.throw(SageError, /^SAGE_101 .*robot\.yaml:1/);
  });

  it("gives every process the robot's own topic names and its clock", () => {
    const configs = [write('topics: {joint_states: /arm/joint_states}\nuse_sim_time: true\n')];
    const processes = planProcesses({ ...nothing, configs }, {});
    for (const { args } of processes) {
      expect(args.slice(-2)).to.deep.equal(['-r', 'joint_states:=/arm/joint_states']);
      expect(args).to.include('use_sim_time:=true');
    }
  });

  it("lets the command line's clock win over a file's", () => {
    const configs = [write('use_sim_time: true\n')];
    const [{ args } = { args: [] }] = planProcesses(
      { ...nothing, configs, values: { use_sim_time: 'false' } },
      {},
    );
    expect(args).to.include('use_sim_time:=false').and.not.include('use_sim_time:=true');
  });
});
