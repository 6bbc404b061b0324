import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../scripts/env.mjs';

const FILE = 'test/scripts/fixtures/outcomes.ts';

describe('the reporter', function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), 'sage-reporter-'));
  after(() => rmSync(folder, { recursive: true }));

  /** What it wrote down, and what it showed. */
  function report(file: string): { readonly outcome: Record<string, unknown>; readonly shown: string } {
    const output = join(folder, 'outcome.jsonl');
    rmSync(output, { force: true });
    const mocha = join(projectRoot, 'node_modules', 'mocha', 'bin', 'mocha.js');
    const reporter = join(projectRoot, 'scripts', 'test', 'reporter.cjs');
    const words = [
      mocha,
      '--parallel',
      '--reporter',
      reporter,
      '--reporter-option',
      `output=${output},files=1`,
    ];
    const { stdout } = spawnSync(process.execPath, [...words, file], { cwd: projectRoot, encoding: 'utf8' });
    return { outcome: JSON.parse(readFileSync(output, 'utf8')), shown: stdout };
  }

  it('writes down what passed, what failed and how to repeat it, and why what was skipped was', () => {
    const { outcome, shown } = report(FILE);
    const { cpu_ms, ...rest } = outcome;
    const repeat = `npm test -- ${FILE} --grep 'outer fails'`;
    expect(rest).to.deep.equal({
      file: FILE,
      passed: 1,
      failed: [{ title: 'outer fails', file: FILE, repeat }],
      skipped: [
        { title: 'outer is skipped', reason: 'no camera' },
        { title: 'outer is pending', reason: 'no reason given' },
        { title: 'outer inner needs a robot', reason: 'no robot' },
      ],
    });
    expect(cpu_ms).to.be.greaterThan(0);
    expect(shown).to.match(
      /1\/1 +FAILED +test\/scripts\/fixtures\/outcomes\.ts .*1 passed, 1 failed, 3 skipped/,
    );
    expect(shown).to.include('Error: on purpose').and.include(`again: ${repeat}`);
    expect(shown).to.match(/it wrote:\n +\| a word before the end/);
  });

  it('counts a file that cannot be loaded as a failure, and names it', () => {
    const file = 'test/scripts/fixtures/unloadable.ts';
    const { outcome, shown } = report(file);
    expect(outcome).to.deep.include({ file, passed: 0, skipped: [] });
    expect(outcome.failed).to.have.length(1).and.have.nested.property('[0].repeat', `npm test -- ${file}`);
    expect(shown).to.include('this file cannot be loaded').and.include(`again: npm test -- ${file}`);
  });
});
