import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { packageRoot } from '../../src/app/root.js';
import { skip } from '../skip.js';

const SETTINGS = ['MALLOC_MMAP_THRESHOLD_=33554432', 'MALLOC_TRIM_THRESHOLD_=67108864'];

describe('memory that a recorder keeps', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sage-kept-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  before(function () {
    const ready = existsSync(join(packageRoot, '.ros', 'ready')) && existsSync(join(packageRoot, 'dist'));
    if (!ready) skip(this, 'the project is not set up');
  });

  /** The allocator's settings that bin/sage gives to the command that it starts. */
  function settingsOf(words: readonly string[], more: NodeJS.ProcessEnv = {}): string[] {
    const stub = join(folder, 'node');
    writeFileSync(stub, '#!/bin/sh\nenv\n');
    chmodSync(stub, 0o755);
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, ...more };
    const said = execFileSync(join(packageRoot, 'bin', 'sage'), words, { env, encoding: 'utf8' });
    return said.split('\n').filter((line) => line.startsWith('MALLOC_'));
  }

  it('is set by bin/sage for recording, and for nothing else', () => {
    expect(settingsOf(['record', '--all'])).to.have.members(SETTINGS);
    expect(settingsOf(['node'])).to.deep.equal([]);
    expect(settingsOf([])).to.deep.equal([]);
  });

  it('is left to a user who has set it', () => {
    const [, trim = ''] = SETTINGS;
    const theirs = { MALLOC_MMAP_THRESHOLD_: '7' };
    expect(settingsOf(['record'], theirs)).to.have.members(['MALLOC_MMAP_THRESHOLD_=7', trim]);
  });
});
