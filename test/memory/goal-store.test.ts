import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { SageError } from '../../src/contracts/errors.js';
import { type Goal, UNCONSTRAINED } from '../../src/contracts/goal.js';
import { GoalStore } from '../../src/memory/goal-store.js';
import { passOnErrors } from '../child-output.js';
import { loaderArguments, programPath } from '../program.js';

const goal = (goal_id: string): Goal => ({
  goal_id,
  text: 'go home',
  verb: 'home',
  target: null,
  constraints: UNCONSTRAINED,
  priority: 2,
  deadline_ms: null,
  accepted_ms: 5,
});

describe('memory/goal-store', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sage-goals-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('gives back after a crash what stood, in order', async () => {
    const file = join(folder, 'deep', 'goals.json');
    await new GoalStore(file).save([goal('a'), goal('b')]);
    expect(new GoalStore(file).load().map(({ goal_id }) => goal_id)).to.deep.equal(['a', 'b']);
  });

  it('gives back nothing after a run that ended in order', async () => {
    const file = join(folder, 'goals.json');
    const store = new GoalStore(file);
    await store.save([goal('a')]);
    await store.clear();
    expect(new GoalStore(file).load()).to.deep.equal([]);
  });

  for (const [what, content] of [
    ['a cut file', '{"version":1,"goals":[{"goal_id":"a"'],
    ['another version', '{"version":99,"goals":[]}'],
    ['other content', '[1,2,3]'],
  ] as const) {
    it(`names the file on ${what}`, () => {
      const file = join(folder, 'goals.json');
      writeFileSync(file, content);
      expect(() => new GoalStore(file).load())
        .to.throw(SageError, file)
        .with.property('code', 'SAGE_903');
    });
  }

  it('names the file when it cannot be written, and continues when it can', async () => {
    writeFileSync(join(folder, 'blocked'), '');
    const file = join(folder, 'blocked', 'goals.json');
    const store = new GoalStore(file);
    const failed = await store.save([goal('a')]).catch((thrown: unknown) => thrown);
    expect(failed).to.be.instanceOf(SageError).with.property('code', 'SAGE_903');
    rmSync(join(folder, 'blocked'));
    await store.save([goal('a')]);
    expect(new GoalStore(file).load()).to.have.length(1);
  });

  it('writes the newest where several writes wait, and each is done when it is on disk', async () => {
    const file = join(folder, 'goals.json');
    const store = new GoalStore(file);
    const writes = Array.from({ length: 50 }, (_, index) => store.save([goal(`g${index}`)]));
    await writes[0];
    expect(new GoalStore(file).load().map(({ goal_id }) => goal_id)).to.deep.equal(['g49']);
    await Promise.all(writes);
  });

  it('moves an unreadable file aside, and starts over', () => {
    const file = join(folder, 'goals.json');
    writeFileSync(file, '{"version":1,"goals":[{"goal_id":"a"');
    const store = new GoalStore(file);
    expect(() => store.load()).to.throw(SageError, `${file}.unreadable`);
    expect(readFileSync(`${file}.unreadable`, 'utf8')).to.include('"goal_id":"a"');
    expect(store.load()).to.deep.equal([]);
  });

  it('reads what stood, whatever is left of a write that a crash truncated', async () => {
    const file = join(folder, 'goals.json');
    const text = fc.string({ maxLength: 500 });
    const some = fc.uniqueArray(fc.record({ goal_id: fc.uuid(), text, priority: fc.nat(10) }), {
      selector: ({ goal_id }) => goal_id,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(some, some, fc.nat(), async (stood, writing, cut) => {
        const all = stood.map((one) => ({ ...one, deadline_ms: null }));
        await new GoalStore(file).save(all);
        const next = JSON.stringify({ version: 1, goals: writing });
        writeFileSync(`${file}.new`, next.slice(0, cut % (next.length + 1)));
        expect(new GoalStore(file).load()).to.deep.equal(all);
      }),
      { numRuns: 50 },
    );
  });

  it('has every goal it said it had when its process is killed at any moment', async function () {
    this.timeout(240_000);
    for (let round = 0; round < 4; round++) {
      const file = join(folder, `killed-${round}.json`);
      const child = fork(programPath('test/memory/fixtures/goal-writer.ts'), [file], {
        execArgv: [...loaderArguments],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
      passOnErrors(child);
      let last = 0;
      child.on('message', (count: number) => {
        last = count;
        if (count >= 20 + 37 * round) child.kill('SIGKILL');
      });
      await new Promise((resolve) => child.once('exit', resolve));
      const names = new GoalStore(file).load().map(({ goal_id }) => goal_id);
      expect(last).to.be.at.least(20);
      expect(names).to.include(`g${last}`);
      const first = Number(names[0]?.slice(1));
      expect(names).to.deep.equal(names.map((_, index) => `g${first + index}`));
    }
  });
});
