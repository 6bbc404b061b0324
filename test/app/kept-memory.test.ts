import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { planProcesses } from '../../src/app/bringup/plan.js';
import { keepingMemory, keepToOneself } from '../../src/app/kept-memory.js';
import { packageRoot } from '../../src/app/root.js';

const NAMES = Object.keys(keepingMemory({}));

describe('memory that is kept for images', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sage-kept-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is kept by the node that sage up starts, and by nothing else', () => {
    const processes = planProcesses({ values: { sim: 'true' }, configs: [], rosArguments: [] }, { A: 'b' });
    expect(processes.map(({ role }) => role)).to.include.members(['node', 'world']);
    for (const { role, env } of processes)
      expect(env).to.deep.equal(role === 'node' ? keepingMemory({ A: 'b' }) : { A: 'b' });
  });

  it('is left to the user who has set it, and not passed on to children', () => {
    const [name = ''] = NAMES;
    expect(keepingMemory({ [name]: '7' })[name]).to.equal('7');
    const ours = keepingMemory({ A: 'b' });
    keepToOneself(ours);
    expect(ours).to.deep.equal({ A: 'b' });
    const theirs = { [name]: '7' };
    keepToOneself(theirs);
    expect(theirs).to.deep.equal({ [name]: '7' });
  });

  it('is set by bin/sage for what takes images, as here', function () {
    if (!existsSync(join(packageRoot, '.ros', 'ready')) || !existsSync(join(packageRoot, 'dist'))) {
      console.log('      skipped: it is not set up here');
      return this.skip();
    }
    const stub = join(folder, 'node');
    writeFileSync(stub, '#!/bin/sh\nenv\n');
    chmodSync(stub, 0o755);
    const settingsFor = (word: string): string[] => {
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
      const said = execFileSync(join(packageRoot, 'bin', 'sage'), [word], { env, encoding: 'utf8' });
      return said.split('\n').filter((line) => line.startsWith('MALLOC_'));
    };
    const wanted = Object.entries(keepingMemory({})).map(([name, value]) => `${name}=${value}`);
    for (const word of ['record', 'node']) expect(settingsFor(word)).to.have.members(wanted);
    expect(settingsFor('sim')).to.deep.equal([]);
  });
});
