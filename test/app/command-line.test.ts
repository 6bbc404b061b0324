import { execFile } from 'node:child_process';
import { expect } from 'chai';
import { projectRoot } from '../../scripts/env.mjs';
import { splitRosArguments } from '../../src/app/arguments.js';
import { COMMANDS } from '../../src/app/commands/registry.js';
import { withConfiguredNames } from '../../src/app/topics.js';
import { programArguments } from '../program.js';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `sage` as a user would, without any ROS. */
function sage(...args: string[]): Promise<Outcome> {
  const env = { PATH: process.env.PATH, NO_COLOR: '1' };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...programArguments('src/app/main.ts'), ...args],
      { cwd: projectRoot, env },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}

describe('the command line', function () {
  this.timeout(240_000);

  it('lists its commands, each with help that shows an example', async () => {
    const { stdout, code } = await sage('--help');
    expect(code).to.equal(0);
    for (const { name } of COMMANDS) expect(stdout).to.match(new RegExp(`^  ${name}\\b`, 'm'));
    const help = await sage('docs', '--help');
    expect(help).to.include({ code: 0, stderr: '' });
    expect(help.stdout).to.include('--check').and.include('--json').and.include('Example: sage docs --check');
  });

  it('leaves out defaults that say nothing', async () => {
    const [up, state] = await Promise.all([sage('up', '--help'), sage('state', '--help')]);
    expect(up.stdout + state.stdout).to.not.match(/default:\s+(true|\[\]|\{\}|"")/);
    const own = [await sage('bench', 'pick', '--help'), await sage('models', 'add', '--help')];
    for (const { stdout } of own)
      expect(stdout)
        .to.match(/^Usage/i)
        .and.not.match(/default:\s+(true|\[\]|\{\}|"")/);
    expect((await sage('diff', '--help')).stdout).to.match(/\(default:\s+0\)/);
  });

  it('has no help for an unknown command', async () => {
    const { code, stdout, stderr } = await sage('chat', '--help');
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.match(/^SAGE_901 .*unknown command 'chat'/);
  });

  it('says of a file that is missing only once where it should be', async () => {
    const { stderr } = await sage('explain', '/nowhere.json');
    expect(stderr).to.match(
      /^SAGE_902 file not found: \/nowhere\.json: no such file or directory\. Check the path\n$/,
    );
  });

  it('gives every command an example that is a call of it', () => {
    for (const { name, example } of COMMANDS) expect(example).to.include(`sage ${name}`);
  });

  it('answers bad input with one line that says what, where and what to do, and exit code 2', async () => {
    const outcomes = await Promise.all([
      sage(),
      sage('explian'),
      sage('docs', '--chek'),
      sage('explain', 'a', 'b'),
      sage('explain', '/nowhere.json'),
    ]);
    for (const { code, stdout, stderr } of outcomes) {
      expect(code).to.equal(2);
      expect(stdout).to.equal('');
      expect(stderr).to.match(/^SAGE_90[12] [^\n]+\n$/);
    }
    expect(outcomes[1]?.stderr).to.include('Did you mean explain?');
    expect(outcomes[2]?.stderr).to.include("'--chek'");
    expect(outcomes[4]?.stderr).to.include('/nowhere.json').and.include('Check the path');
  });

  it('names what was typed, once, whichever command reads its own arguments', async () => {
    const cases: [string[], RegExp][] = [
      [['models'], /sage models: no command given; choose one of list, verify, probe, blocks,/],
      [['bench', 'cylce'], /sage bench: unknown benchmark 'cylce'; choose one of pick, (hand, )?cycle,/],
      [['bench', 'cycle', '--foo'], /sage bench: unknown option '--foo'/],
      [['state', 'asleep'], /SAGE_807 .*"asleep"/],
      [['replay'], /sage replay: no bag given\. /],
      [['replay', 'a', '--start-paused'], /--start-paused: it has a meaning with --graph alone/],
      [['replay', 'a', '--against', '/nowhere.jsonl'], /SAGE_902 .*\/nowhere\.jsonl/],
    ];
    const outcomes = await Promise.all(cases.map(([args]) => sage(...args)));
    for (const [index, { code, stdout, stderr }] of outcomes.entries()) {
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr)
        .to.match(/^[^\n]+\n$/)
        .and.match(cases[index]![1]);
    }
  });

  it('says an error as JSON too when asked', async () => {
    const { code, stdout } = await sage('explain', '/nowhere.json', '--json');
    expect(code).to.equal(2);
    const { error } = JSON.parse(stdout) as { error: { code: string; where: string; hint: string } };
    expect(error).to.include({ code: 'SAGE_902', where: '/nowhere.json', hint: 'check the path' });
  });

  it('passes everything after --ros-args on untouched', () => {
    expect(splitRosArguments(['up', '--json', '--ros-args', '-r', 'a:=b', '--json'])).to.deep.equal({
      own: ['up', '--json'],
      ros: ['--ros-args', '-r', 'a:=b', '--json'],
    });
    expect(splitRosArguments(['up', '--', '--ros-args', '-r', 'a:=b']).own).to.deep.equal(['up']);
    expect(splitRosArguments(['up', '--json'])).to.deep.equal({ own: ['up', '--json'], ros: [] });
  });

  it("puts a file's names behind those of the command line, which win", () => {
    const configuration = { topics: { joint_states: '/arm/joint_states' }, use_sim_time: true };
    expect(withConfiguredNames([], configuration)).to.deep.equal([
      '--ros-args',
      '-r',
      'joint_states:=/arm/joint_states',
      '-p',
      'use_sim_time:=true',
    ]);
    const given = ['--ros-args', '-p', 'use_sim_time:=false', '-r', 'joint_states:=/x'];
    expect(withConfiguredNames(given, configuration)).to.deep.equal([
      ...given,
      '-r',
      'joint_states:=/arm/joint_states',
    ]);
    expect(withConfiguredNames(given, { topics: {}, use_sim_time: null })).to.deep.equal(given);
  });
});
