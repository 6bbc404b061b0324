import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { codeHash } from '../../src/app/code-hash.js';

/** How long files have to be as they are. A tick of the file system's clock is less by far. */
const SETTLED_MS = 300;

describe('the hash of the code', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'sage-code-'));
    mkdirSync(join(home, 'dist/kernel/goals'), { recursive: true });
    mkdirSync(join(home, 'dist/app'));
    writeFileSync(join(home, 'dist/kernel/cycle.js'), 'one');
    writeFileSync(join(home, 'dist/kernel/goals/pick.js'), 'two');
    writeFileSync(join(home, 'dist/kernel/cycle.d.ts'), 'types');
    writeFileSync(join(home, 'dist/app/compose.js'), 'three');
    writeFileSync(join(home, 'dist/app/other.js'), 'four');
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const kept = (folder = home): string => join(folder, 'dist/.code-hash.json');
  const hash = (keep = true, folder = home, settled_ms = SETTLED_MS): string =>
    codeHash({
      root: join(folder, 'dist'),
      parts: ['kernel', 'app/compose', 'app/perception'],
      seenFrom: folder,
      kept: keep ? kept(folder) : null,
      settled_ms,
    });
  const settle = (): Promise<void> => new Promise((done) => setTimeout(done, SETTLED_MS + 50));
  const write = (path: string, text: string): void => writeFileSync(join(home, 'dist', path), text);

  it('is the same for the same code in another folder', () => {
    const copy = `${home}-copy`;
    cpSync(home, copy, { recursive: true });
    try {
      expect(hash(true, copy)).to.equal(hash());
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });

  it('changes with every file that decides, and with no other', () => {
    const before = hash(false);
    write('app/other.js', 'changed');
    write('kernel/cycle.d.ts', 'changed');
    expect(hash(false)).to.equal(before);
    const seen = new Set([before]);
    for (const [path, text] of [
      ['kernel/cycle.js', 'One'],
      ['kernel/goals/pick.js', 'Two'],
      ['app/compose.js', 'Three'],
      ['app/perception.js', 'new'],
      ['kernel/goals/place.js', 'new'],
    ] as const) {
      write(path, text);
      seen.add(hash(false));
    }
    expect(seen.size).to.equal(6);
  });

  it('is not kept while files are fresh', () => {
    write('kernel/cycle.js', 'fresh');
    hash(true, home, 3_600_000);
    expect(existsSync(kept())).to.equal(false);
  });

  it('is kept once they are gone, and never lags behind the actual objects', async () => {
    await settle();
    const before = hash();
    const text = readFileSync(kept(), 'utf8');
    expect((JSON.parse(text) as { code: string }).code).to.equal(before);
    // It is the kept one that is taken: a wrong one is believed as long as nothing changed.
    writeFileSync(kept(), text.replace(before, 'f'.repeat(64)));
    expect(hash()).to.equal('f'.repeat(64));

    // The same length and the same time of the last change, as a careful tool leaves it.
    const past = new Date(Date.now() - 60_000);
    const changes: (() => void)[] = [
      () => {
        write('kernel/cycle.js', 'eno');
        utimesSync(join(home, 'dist/kernel/cycle.js'), past, past);
      },
      () => write('kernel/goals/place.js', 'new'),
      () => rmSync(join(home, 'dist/kernel/goals/pick.js')),
      () => write('app/perception.js', 'new'),
      () => mkdirSync(join(home, 'dist/app/compose')),
    ];
    for (const change of changes) {
      change();
      expect(hash()).to.equal(hash(false));
      await settle();
      const now = hash();
      expect(now).to.equal(hash(false));
      expect((JSON.parse(readFileSync(kept(), 'utf8')) as { code: string }).code).to.equal(now);
    }
  });

  it('is worked out where what was kept is damaged, of another folder, or cannot be kept', async () => {
    await settle();
    const before = hash();
    const text = readFileSync(kept(), 'utf8');
    for (const damaged of ['', '{', 'null', '{"parts":1}', text.replace('kernel', 'robot')]) {
      writeFileSync(kept(), damaged);
      expect(hash()).to.equal(before);
    }
    rmSync(kept());
    mkdirSync(kept());
    expect(hash()).to.equal(before);
  });
});
