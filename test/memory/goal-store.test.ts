import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SageError } from '../../src/contracts/errors.js';
import { type Goal, UNCONSTRAINED } from '../../src/contracts/goal.js';
import { GoalStore } from '../../src/memory/goal-store.js';

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

  it('gives back after a crash what stood, in order', () => {
    const file = join(folder, 'deep', 'goals.json');
    new GoalStore(file).save([goal('a'), goal('b')]);
    expect(new GoalStore(file).load().map(({ goal_id }) => goal_id)).to.deep.equal(['a', 'b']);
  });

  it('gives back nothing after a run that ended in order', () => {
    const file = join(folder, 'goals.json');
    const store = new GoalStore(file);
    store.save([goal('a')]);
    store.clear();
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

  it('names the file when it cannot be written', () => {
    writeFileSync(join(folder, 'blocked'), '');
    expect(() => new GoalStore(join(folder, 'blocked', 'goals.json')).save([goal('a')]))
      .to.throw(SageError)
      .with.property('code', 'SAGE_903');
  });
});
