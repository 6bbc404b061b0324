import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { packageRoot } from '../../src/app/root.js';
import { skip } from '../skip.js';

const SETTINGS = ['MALLOC_MMAP_THRESHOLD_=33554432', 'MALLOC_TRIM_THRESHOLD_=67108864'];

describe('bin/sage', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sage-kept-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  before(function () {
    const ready = existsSync(join(packageRoot, '.ros', 'ready')) && existsSync(join(packageRoot, 'dist'));
    if (!ready) skip(this, 'the project is not set up');
  });

  /** What a stub in place of Node prints, line by line, where bin/sage starts it. */
  function linesOf(script: string, words: readonly string[], more: NodeJS.ProcessEnv = {}): string[] {
    const stub = join(folder, 'node');
    writeFileSync(stub, `#!/bin/sh\n${script}\n`);
    chmodSync(stub, 0o755);
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, ...more };
    return execFileSync(join(packageRoot, 'bin', 'sage'), words, { env, encoding: 'utf8' }).split('\n');
  }

  /** The allocator's settings that it gives to the command that it starts. */
  function settingsOf(words: readonly string[], more: NodeJS.ProcessEnv = {}): string[] {
    return linesOf('env', words, more).filter((line) => line.startsWith('MALLOC_'));
  }

  /** The options that it gives to Node itself. */
  function optionsOf(words: readonly string[]): string[] {
    const said = linesOf(`printf '%s\\n' "$@"`, words);
    return said.slice(
      0,
      said.findIndex((line) => line.endsWith('main.js')),
    );
  }

  it('gives V8 for a replay as many helper threads as there are other cores, and a heap that need not grow', () => {
    const options = ['--v8-pool-size=0', '--min-semi-space-size=16', '--initial-heap-size=128'];
    expect(optionsOf(['replay', 'b.mcap'])).to.deep.equal(options);
    expect(optionsOf(['up'])).to.deep.equal([]);
    expect(optionsOf([])).to.deep.equal([]);
  });

  it('has memory kept for recording, and for nothing else', () => {
    expect(settingsOf(['record', '--all'])).to.have.members(SETTINGS);
    expect(settingsOf(['node'])).to.deep.equal([]);
    expect(settingsOf([])).to.deep.equal([]);
  });

  it('leaves the settings of a user as they are', () => {
    const [, trim = ''] = SETTINGS;
    const theirs = { MALLOC_MMAP_THRESHOLD_: '7' };
    expect(settingsOf(['record'], theirs)).to.have.members(['MALLOC_MMAP_THRESHOLD_=7', trim]);
  });
});
