import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { GoalKeeper } from '../../../src/app/node/goal-keeper.js';
import { type Goal, UNCONSTRAINED } from '../../../src/contracts/goal.js';
import type { AnyReading, GoalReading } from '../../../src/contracts/observation.js';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import { LatestBuffers } from '../../../src/kernel/latest-buffers.js';

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
    from.handOver({ put: (reading: AnyReading) => readings.push(reading as GoalReading) > 0 }, now_ms);
    return readings;
  };

  /** The goals stand when the run crashes. */
  const crashed = async (...standing: readonly Goal[]): Promise<GoalKeeper> => {
    const made = keeper();
    made.keep(standing);
    await made.save();
    return made;
  };
  const full = { put: () => false };

  it('hands the goals of a crashed run over, once, with the time that is left to them', async () => {
    await crashed(goal(1), goal(2, 5000), goal(3, 500));
    const next = keeper();
    const left = restored(next).map(({ goal_id, deadline_s, priority }) => [goal_id, deadline_s, priority]);
    expect(left).to.deep.equal([
      ['g1', 0, 1],
      ['g2', 4, 2],
      ['g3', 0.001, 0],
    ]);
    expect(restored(next)).to.deep.equal([]);
  });

  it('loses none where more stood than the buffer takes at once, nor when it crashes meanwhile', async () => {
    const ids = Array.from({ length: 40 }, (_, id) => id);
    await crashed(...ids.map((id) => goal(id)));
    const again = keeper();
    again.handOver(new LatestBuffers(), 0);
    again.keep([goal(0)]);
    await again.save();
    const next = keeper();
    const buffers = new LatestBuffers();
    const seen: string[] = [];
    for (let cycle = 0; cycle < 4; cycle++) {
      next.handOver(buffers, 0);
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

  it('has a goal on disk before the mind gets it, and no cycle waits for the disk', async () => {
    const made = await crashed(goal(1));
    const buffers = new LatestBuffers();
    expect(made.take(said('new', 9), buffers)).to.equal(true);
    made.handOver(buffers, 1000);
    expect(buffers.drain().readings, 'not written yet').to.deep.equal([]);
    await made.save();
    const left = restored(keeper()).map(({ goal_id, deadline_s }) => [goal_id, deadline_s]);
    expect(left).to.deep.equal([
      ['g1', 0],
      ['new', 9],
    ]);
    made.handOver(buffers, 1000);
    made.handOver(buffers, 1000);
    expect(buffers.drain().readings).to.deep.equal([said('new', 9)]);
  });

  it('keeps what waits for the disk, or for room, while a cycle says which goals stand', async () => {
    const made = await crashed();
    made.take(said('waits'), new LatestBuffers());
    made.keep([goal(1)]);
    await made.save();
    made.handOver(full, 1000);
    made.keep([goal(2)]);
    await made.save();
    expect(restored(keeper()).map(({ goal_id }) => goal_id)).to.deep.equal(['g2', 'waits']);
  });

  it('hands a stop over at once, after what was said before it', async () => {
    const made = keeper();
    const buffers = new LatestBuffers();
    made.take(said('first'), buffers);
    made.take({ ...said('halt'), text: 'stop' }, buffers);
    made.take(said('last'), buffers);
    const ids = () => buffers.drain().readings.map((reading) => (reading as GoalReading).goal_id);
    expect(ids()).to.deep.equal(['first', 'halt']);
    await made.save();
    made.handOver(buffers, 1000);
    expect(ids()).to.deep.equal(['last']);
  });

  it('takes 64 goals ahead of the disk and refuses more', () => {
    const made = keeper();
    const taken = Array.from({ length: 70 }, (_, id) => made.take(said(`g${id}`), full));
    expect(taken.filter(Boolean)).to.have.length(64);
  });

  it('forgets a goal that was handed over and that the next cycle refused', async () => {
    const made = keeper();
    made.take(said('refused'), new LatestBuffers());
    await made.save();
    made.handOver(new LatestBuffers(), 1000);
    made.keep([goal(1)]);
    await made.save();
    expect(restored(keeper()).map(({ goal_id }) => goal_id)).to.deep.equal(['g1']);
  });

  it('loses neither old nor new when it crashes while those of the last crash are still coming back', async () => {
    await crashed(goal(1), goal(2));
    const again = keeper();
    again.handOver(full, 0);
    again.take(said('new'), full);
    again.keep([]);
    await again.save();
    expect(restored(keeper()).map(({ goal_id }) => goal_id)).to.deep.equal(['g1', 'g2', 'new']);
  });

  it('leaves nothing behind after a run that ended in order, whatever was still to be written', async () => {
    const first = keeper();
    first.keep([goal(1)]);
    first.take(said('late'), full);
    await first.clear();
    await first.save();
    expect(restored(keeper())).to.deep.equal([]);
  });

  it('says why nothing can be kept (SAGE_903), until it can', async () => {
    writeFileSync(join(folder, 'goals-sage.json'), '{"version":1,"goals":[{');
    const broken = keeper();
    expect(broken.fault?.code).to.equal('SAGE_903');
    broken.keep([goal(1)]);
    await broken.save();
    expect(broken.fault).to.equal(null);
    expect(restored(keeper())).to.have.length(1);
  });

  it('keeps nothing if disabled', async () => {
    const none = new GoalKeeper({ ...defaultParameters().node, state_folder: 'none' });
    none.load();
    none.keep([goal(1)]);
    await none.save();
    expect(none.fault).to.equal(null);
    expect(existsSync('none')).to.equal(false);
  });
});
