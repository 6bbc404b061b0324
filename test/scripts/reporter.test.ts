import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../scripts/env.mjs';

describe('the reporter', function () {
  this.timeout(240_000);

  it('writes down what passed, what failed, and why what was skipped was', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sage-reporter-'));
    try {
      const output = join(folder, 'outcome.json');
      const mocha = join(projectRoot, 'node_modules', 'mocha', 'bin', 'mocha.js');
      const reporter = join(projectRoot, 'scripts', 'test', 'reporter.cjs');
      const words = [mocha, '--parallel', '--reporter', reporter, '--reporter-option', `output=${output}`];
      spawnSync(process.execPath, [...words, 'test/scripts/fixtures/outcomes.ts'], { cwd: projectRoot });
      expect(JSON.parse(readFileSync(output, 'utf8'))).to.deep.equal({
        passed: 1,
        failed: 1,
        skipped: [
          { title: 'outer is skipped', reason: 'no camera' },
          { title: 'outer is pending', reason: 'no reason given' },
          { title: 'outer inner needs a robot', reason: 'no robot' },
        ],
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
