import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { loadConfiguration } from '../../../src/app/config.js';
import { liveHeader } from '../../../src/app/replay/log-header.js';
import { replayOffline } from '../../../src/app/replay/session.js';
import { shaped } from '../../../src/meshes/shape.js';
import { splitFitted } from '../../../src/robot/fitted-shapes.js';
import { descriptionHash } from '../../../src/ros/description-hash.js';
import { binaryStl, rodTriangles } from '../../meshes/solids.js';
import { temporaryFolder, text, writeMcap } from '../../replay/bags.js';
import { readArm } from '../../robot/arms.js';
import { run } from './own-messages.js';
import { joints, PLAIN, recordsOf, WALL_MS } from './simulated.js';

const ROBOT = ['robot.base_frame=lr/link0', 'robot.tip_frame=hand tcp'];

describe('a bag of a robot with meshes', function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const bag = folder.path('arm.mcap');
  const before_cache = process.env.XDG_CACHE_HOME;
  const packages = folder.path('packages');
  const here = [...ROBOT, `robot.mesh_paths=["${packages}"]`];

  before(async () => {
    process.env.XDG_CACHE_HOME = folder.path('cache');
    for (const name of ['pedestal', '0', '1', '2', '3', '4', '5', '6', '7', 'h', 'f']) {
      const file = join(packages, 'nowhere', `${name}.stl`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, binaryStl(rodTriangles(0.03, 0.1)));
    }
    const description = { topic: '/robot_description', time_ms: WALL_MS, data: text(readArm('seven-axis')) };
    const moves = Array.from({ length: 30 }, (_, n) => joints(20 * n + 5, WALL_MS + 20 * n + 5));
    await writeMcap(bag, [description, ...moves]);
  });
  after(() => {
    if (before_cache === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before_cache;
    folder.remove();
  });

  /** What the log of a replay has of the description: by its digest it knows it again. */
  const digestIn = (log: string): string =>
    recordsOf(log)
      .flatMap((record) => (record.kind === 'input' && record.source === 'robot_description' ? [record] : []))
      .map((record) => String(record.digest))
      .join();

  it('has its meshes read where they are: the shapes are part of the description that decides', async () => {
    const [log, again, without] = ['with', 'again', 'without'].map((name) =>
      folder.path(`${name}.jsonl`),
    ) as [string, string, string];
    const result = await replayOffline({ ...PLAIN, bag, log, set: here });
    expect(result.notices.join()).to.not.include('SAGE_305');
    await replayOffline({ ...PLAIN, bag, log: again, set: here });
    expect(readFileSync(again, 'utf8')).to.equal(readFileSync(log, 'utf8'));
    const none = [...here, 'robot.read_meshes=false'];
    const off = await replayOffline({ ...PLAIN, bag, log: without, set: none });
    expect(off.notices.join()).to.not.include('SAGE_305');
    expect(digestIn(log)).to.match(/^[0-9a-f]{16}$/);
    expect(digestIn(without))
      .to.match(/^[0-9a-f]{16}$/)
      .and.not.equal(digestIn(log));
  });

  it('replays with the shapes that the recorded run fitted, whatever this machine has', async () => {
    const described = { topic: '/robot_description', time_ms: WALL_MS, data: text(readArm('seven-axis')) };
    const moves = Array.from({ length: 30 }, (_, n) => joints(20 * n + 5, WALL_MS + 20 * n + 5));
    const fitted = shaped(readArm('seven-axis'), {
      robot: { read_meshes: true, mesh_paths: [packages] },
    }).urdf;
    const hash = descriptionHash(readArm('seven-axis'));
    const with_ = folder.path('here.jsonl');
    await replayOffline({ ...PLAIN, bag, log: with_, set: here });
    const replayed = async (name: string, elements: string) => {
      const header = liveHeader(loadConfiguration([]).parameters, [], []);
      const made = folder.path(`${name}.mcap`);
      const told = { ...header, shapes: { [hash]: elements } };
      await writeMcap(made, [run(0, told), described, ...moves]);
      const log = folder.path(`${name}.jsonl`);
      const { notices } = await replayOffline({
        ...PLAIN,
        bag: made,
        log,
        set: [...ROBOT, 'robot.mesh_paths=[]'],
      });
      expect(notices.join(), name).to.not.include('SAGE_305');
      return digestIn(log);
    };
    expect(await replayed('shaped', splitFitted(fitted).elements)).to.equal(digestIn(with_));
    expect(await replayed('assumed', '')).to.not.equal(digestIn(with_));
  });

  it('says where meshes are missing that the run before may have had', async () => {
    const log = folder.path('kept.jsonl');
    await replayOffline({ ...PLAIN, bag, log, set: here });
    rmSync(packages, { recursive: true });
    const followed = await replayOffline({ ...PLAIN, bag, from: log, costs: 'recorded' });
    expect(followed.notices.join()).to.include('SAGE_305').and.include('package://nowhere/pedestal.stl');
  });
});
