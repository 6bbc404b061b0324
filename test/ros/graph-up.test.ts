import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot, rosEnvironment } from '../../scripts/env.mjs';
import type { RunSummary } from '../../src/app/bringup/summary.js';
import { ownDomain, PATIENCE_MS, requireRos } from './harness.js';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('sage up on the ROS graph', function () {
  this.timeout(6 * PATIENCE_MS);
  let folder = '';
  let domain = 0;

  before(function () {
    requireRos(this);
    domain = ownDomain();
    folder = mkdtempSync(join(tmpdir(), 'sage-up-'));
  });

  after(() => {
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  const sageUp = (...args: string[]): Promise<Outcome> => {
    const env = rosEnvironment({
      base: { ...process.env, ROS_DOMAIN_ID: String(domain), XDG_STATE_HOME: folder },
    });
    const argv = [join('dist', 'app', 'main.js'), 'up', '--json', ...args];
    return new Promise((resolve) => {
      execFile(process.execPath, argv, { cwd: projectRoot, env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  };

  it('brings world and node up, works at the goal, and ends with one line of JSON', async () => {
    const { code, stdout, stderr } = await sageUp('--seconds', '12', '--seed', '3', '--goal', 'go home');
    expect(code, stderr).to.equal(0);
    expect(stdout.trimEnd().split('\n')).to.have.length(1);
    const summary = JSON.parse(stdout) as RunSummary;
    expect(summary).to.deep.include({ ok: true, violations: 0, exit_reason: 'time limit of 12 s reached' });
    expect(summary.cycles).to.be.greaterThan(20);
    expect(summary.frames_received).to.be.greaterThan(0);
    expect(summary.states_seen).to.include('WAKE');
    expect(summary.goal).to.include({ text: 'go home' });
    expect(['accepted', 'active', 'satisfied']).to.include(summary.goal?.outcome);
  });

  it('says that a goal was not understood, and fails', async () => {
    const { code, stdout } = await sageUp('--seconds', '3', '--goal', 'sing');
    expect(code).to.equal(1);
    const { goal, ok } = JSON.parse(stdout) as RunSummary;
    expect({ ok, outcome: goal?.outcome, code: goal?.code }).to.deep.equal({
      ok: false,
      outcome: 'rejected',
      code: 'SAGE_401',
    });
  });

  for (const [setting, code] of [
    ['node:\n  plugins: [nowhere.mjs]\n', 'SAGE_608'],
    ['models:\n  adapters: [nowhere]\n', 'SAGE_512'],
  ]) {
    it(`leaves the graph in order where the node cannot start with ${code}, and says why once`, async () => {
      const file = join(folder, `${code}.yaml`);
      writeFileSync(file, setting!);
      const outcome = await sageUp('--config', file);
      expect(outcome.code).to.equal(1);
      expect(outcome.stderr).to.match(new RegExp(`^${code} .*nowhere`, 'm'));
      expect(outcome.stderr.split(code!).length, outcome.stderr).to.equal(2);
      expect(JSON.parse(outcome.stdout)).to.have.nested.property('error.code', code);
      expect(outcome.stderr).to.not.include('SIGSEGV');
    });
  }

  it('starts nothing for a configuration that has a slip', async () => {
    const file = join(folder, 'slip.yaml');
    writeFileSync(file, 'robot:\n  speed_scale: 2\n');
    const { code, stdout, stderr } = await sageUp('--config', file);
    expect(code).to.equal(2);
    expect(stderr).to.match(
      /^SAGE_102 [^\n]*slip\.yaml:2: 'robot\.speed_scale' is 2; allowed: 0\.01 to 1[^\n]*\n$/,
    );
    expect(JSON.parse(stdout)).to.have.nested.property('error.code', 'SAGE_102');
  });
});
