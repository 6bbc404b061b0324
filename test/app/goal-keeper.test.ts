import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { GoalKeeper } from '../../src/app/goal-keeper.js';
import { type Goal, UNCONSTRAINED } from '../../src/contracts/goal.js';
import type { AnyReading, GoalReading } from '../../src/contracts/observation.js';
import { defaultParameters } from '../../src/contracts/parameters/index.js';
import { LatestBuffers } from '../../src/kernel/latest-buffers.js';

const goal = (id: number, deadline_ms: number | null = null): Goal => ({
  goal_id: `g${id}`,
  text: 'go home',
  verb: 'home',
  target: null,
  constraints: UNCONSTRAINED,
  priority: id % 3,
  deadline_ms,
  accepted_ms: id,
});

describe('app/goal-keeper', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sage-goals-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const keeper = (): GoalKeeper => {
    const made = new GoalKeeper({ ...defaultParameters().node, state_folder: folder });
    made.load();
    return made;
  };
  const restored = (from: GoalKeeper, now_ms = 1000): GoalReading[] => {
    const readings: GoalReading[] = [];
    from.restore({ put: (reading: AnyReading) => readings.push(reading as GoalReading) > 0 }, now_ms);
    return readings;
  };

  it('hands the goals of a crashed run over, once, with the time that is left to them', () => {
    keeper().keep([goal(1), goal(2, 5000), goal(3, 500)]);
    const next = keeper();
    const left = restored(next).map(({ goal_id, deadline_s, priority }) => [goal_id, deadline_s, priority]);
    expect(left).to.deep.equal([
      ['g1', 0, 1],
      ['g2', 4, 2],
      ['g3', 0.001, 0],
    ]);
    expect(restored(next)).to.deep.equal([]);
  });

  it('loses none where more stood than the buffer takes at once, nor when it crashes meanwhile', () => {
    const ids = Array.from({ length: 40 }, (_, id) => id);
    keeper().keep(ids.map((id) => goal(id)));
    const crashed = keeper();
    crashed.restore(new LatestBuffers(), 0);
    crashed.keep([goal(0)]);
    const next = keeper();
    const buffers = new LatestBuffers();
    const seen: string[] = [];
    for (let cycle = 0; cycle < 4; cycle++) {
      next.restore(buffers, 0);
      for (const reading of buffers.drain().readings) seen.push((reading as GoalReading).goal_id);
    }
    expect(seen).to.deep.equal(ids.map((id) => `g${id}`));
  });

  const said = (goal_id: string, deadline_s = 0): GoalReading => ({
    kind: 'goal',
    source: 'goal',
    stamp_ms: 1000,
    received_ms: 1000,
    goal_id,
    text: 'go home',
    priority: 3,
    deadline_s,
  });

  it('has a goal from the moment it is taken, before any cycle has seen it', () => {
    const crashed = keeper();
    crashed.keep([goal(1)]);
    crashed.took(said('new', 9));
    const left = restored(keeper()).map(({ goal_id, deadline_s }) => [goal_id, deadline_s]);
    expect(left).to.deep.equal([
      ['g1', 0],
      ['new', 9],
    ]);
  });

  it('forgets a goal that was taken and that the next cycle refused', () => {
    const crashed = keeper();
    crashed.took(said('refused'));
    crashed.keep([goal(1)]);
    expect(restored(keeper()).map(({ goal_id }) => goal_id)).to.deep.equal(['g1']);
  });

  it('loses neither old nor new when it crashes while those of the last crash are still coming back', () => {
    keeper().keep([goal(1), goal(2)]);
    const crashed = keeper();
    crashed.restore({ put: () => false }, 0);
    crashed.took(said('new'));
    crashed.keep([]);
    expect(restored(keeper()).map(({ goal_id }) => goal_id)).to.deep.equal(['g1', 'g2', 'new']);
  });

  it('leaves nothing behind after a run that ended in order', () => {
    const first = keeper();
    first.keep([goal(1)]);
    first.clear();
    expect(restored(keeper())).to.deep.equal([]);
  });

  it('says why nothing can be kept (SAGE_903), until it can', () => {
    writeFileSync(join(folder, 'goals-sage.json'), '{"version":1,"goals":[{');
    const broken = keeper();
    expect(broken.fault?.code).to.equal('SAGE_903');
    broken.keep([goal(1)]);
    expect(broken.fault).to.equal(null);
    expect(restored(keeper())).to.have.length(1);
  });

  it('keeps nothing when told so', () => {
    const none = new GoalKeeper({ ...defaultParameters().node, state_folder: 'none' });
    none.load();
    none.keep([goal(1)]);
    expect(none.fault).to.equal(null);
    expect(existsSync('none')).to.equal(false);
  });
});
