import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../scripts/env.mjs';
import { temporaryFolder } from '../../src/replay/temporary.js';
import { loaderArguments, programPath } from '../program.js';

/** More than any process has. */
const NOBODY = 2 ** 30;
const MODULE = programPath('src/replay/temporary.ts');
/** Makes a folder, says where it is, and goes on for a minute. */
const CHILD = `
  const { temporaryFolder } = await import(${JSON.stringify(MODULE)});
  const { writeFileSync } = await import('node:fs');
  const { path } = temporaryFolder();
  writeFileSync(path + '/large', 'x');
  process.stdout.write(path);
  setTimeout(() => {}, 60000);
`;

describe('folders for a while', function () {
  this.timeout(240_000);

  it('go when they are given back, with all that is in them', () => {
    const { path, remove } = temporaryFolder();
    writeFileSync(join(path, 'a'), 'a');
    remove();
    remove();
    expect(existsSync(path)).to.equal(false);
  });

  it('go with a signal that ends the process, which ends by it', async () => {
    const args = [...loaderArguments, '--input-type=module', '--eval', CHILD];
    const child = spawn(process.execPath, args, { cwd: projectRoot });
    const [told] = (await once(child.stdout, 'data')) as [Buffer];
    const path = told.toString();
    expect(existsSync(join(path, 'large'))).to.equal(true);
    child.kill('SIGTERM');
    const [code, signal] = await once(child, 'exit');
    expect([code, signal]).to.deep.equal([null, 'SIGTERM']);
    expect(existsSync(path)).to.equal(false);
  });

  it('of processes that are no more go with the next one, when they are old', () => {
    const [old, fresh] = ['old', 'fresh'].map((name) =>
      join(tmpdir(), `sage-bag-${NOBODY}-${process.pid}${name}`),
    );
    for (const path of [old!, fresh!]) mkdirSync(path);
    const before = new Date(Date.now() - 7_200_000);
    utimesSync(old!, before, before);
    temporaryFolder().remove();
    expect([existsSync(old!), existsSync(fresh!)]).to.deep.equal([false, true]);
    utimesSync(fresh!, before, before);
    temporaryFolder().remove();
    expect(existsSync(fresh!)).to.equal(false);
  });

  it('of another user, or that cannot be removed, are left and keep nobody from having one', () => {
    const path = join(tmpdir(), `sage-bag-${NOBODY}-${process.pid}theirs`);
    const locked = join(path, 'locked');
    mkdirSync(locked, { recursive: true });
    writeFileSync(join(locked, 'a'), 'a');
    const root = process.getuid?.() === 0;
    if (root) chownSync(path, NOBODY, NOBODY);
    else chmodSync(locked, 0);
    const before = new Date(Date.now() - 7_200_000);
    utimesSync(path, before, before);
    try {
      temporaryFolder().remove();
      expect(existsSync(locked)).to.equal(true);
    } finally {
      if (!root) chmodSync(locked, 0o700);
      rmSync(path, { recursive: true });
    }
  });
});
