import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { openBag } from '../../../src/replay/open-bag.js';
import { BlackBox } from '../../../src/replay/record/black-box.js';
import { NOISE, ROBOT, text } from './messages.js';

const OPTIONS = {
  seconds: 2,
  after_s: 1,
  bytes_max: 1e6,
  boxes_max: 2,
  compression: 'none' as const,
  wall_ms: () => 1e12,
};

describe('the black box', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sage-box-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('saves what was before the moment and what follows, once for moments that come together', async () => {
    const saved: [string, number][] = [];
    const box = new BlackBox({
      ...OPTIONS,
      folder,
      onSaved: (path, messages) => saved.push([path, messages]),
    });
    await box.add(text(ROBOT, 0, 'the robot!'), true);
    for (let time_ms = 100; time_ms <= 10_000; time_ms += 100) {
      await box.add(text(NOISE, time_ms, String(time_ms)), false);
      if (time_ms === 5000) await box.save('CRISIS', time_ms);
      if (time_ms === 5500) await box.save('fault SAGE_205', time_ms);
    }
    expect(saved).to.have.length(1);
    const bag = await openBag(saved[0]![0], {});
    const times = [...bag.read({ topics: new Set(['/noise']) })].map(({ time_ms }) => time_ms);
    expect(bag.topics.map(({ topic }) => topic)).to.deep.equal(['/noise', '/robot_description']);
    bag.close();
    expect(times).to.deep.equal(Array.from({ length: 36 }, (_, index) => 3000 + 100 * index));
    expect(saved[0]![0]).to.match(/blackbox_\d{8}T\d{6}_CRISIS$/);
  });

  it('is on after a box that could not be written, and names two of one second apart', async () => {
    const place = join(folder, 'room');
    mkdirSync(place);
    const saved: string[] = [];
    const box = new BlackBox({
      ...OPTIONS,
      folder: place,
      after_s: 0,
      boxes_max: 9,
      onSaved: (path) => saved.push(basename(path)),
    });
    await box.add(text(NOISE, 1e12, 'word'), false);
    renameSync(place, `${place}-gone`);
    const thrown = await box.save('CRISIS', 1e12).catch((error: unknown) => error);
    expect(thrown).to.include({ code: 'SAGE_1023' });
    box.giveUp();
    renameSync(`${place}-gone`, place);
    for (const time_ms of [1e12 + 100, 1e12 + 200]) {
      await box.save('CRISIS', time_ms);
      await box.add(text(NOISE, time_ms + 50, 'word'), false);
    }
    expect(saved).to.deep.equal(['blackbox_20010909T014640_CRISIS', 'blackbox_20010909T014640_CRISIS_2']);
    rmSync(place, { recursive: true });
  });

  it('is made longer by what happens meanwhile, but not without end', async () => {
    const saved: number[] = [];
    const place = join(folder, 'longer');
    mkdirSync(place);
    const box = new BlackBox({ ...OPTIONS, folder: place, onSaved: (_, messages) => saved.push(messages) });
    for (let time_ms = 0; time_ms <= 12_000; time_ms += 500) {
      await box.add(text(NOISE, time_ms, 'word'), false);
      await box.save('fault', time_ms);
    }
    await box.finish();
    // Three times the two seconds before and the one after it; then the next one, with the two seconds before that.
    expect(saved).to.deep.equal([19, 10]);
    rmSync(place, { recursive: true });
  });

  it('ends when the clock jumps back, as when a simulation starts again', async () => {
    const saved: number[] = [];
    const place = join(folder, 'back');
    mkdirSync(place);
    const box = new BlackBox({ ...OPTIONS, folder: place, onSaved: (_, messages) => saved.push(messages) });
    await box.add(text(NOISE, 60_000, 'word'), false);
    await box.save('fault', 60_000);
    await box.add(text(NOISE, 60_500, 'word'), false);
    await box.add(text(NOISE, 0, 'word'), false);
    expect(saved).to.deep.equal([2]);
    rmSync(place, { recursive: true });
  });

  it('is whole when nothing comes any more, as after a crash', async () => {
    const saved: string[] = [];
    const place = join(folder, 'crash');
    mkdirSync(place);
    const box = new BlackBox({ ...OPTIONS, folder: place, onSaved: (path) => saved.push(path) });
    await box.add(text(NOISE, 1000, 'word'), false);
    await box.save('fault', 1000);
    await box.rest(1500);
    const [name] = readdirSync(place);
    const open = await openBag(join(place, name!, `${name}_0.mcap`), {
      best_effort: true,
      onFault: () => {},
    });
    expect([...open.read()]).to.have.length(1);
    open.close();
    expect(saved).to.deep.equal([]);
    await box.rest(2001);
    expect(saved).to.have.length(1);
    rmSync(place, { recursive: true });
  });

  it('keeps so many boxes', async () => {
    for (let index = 0; index < 4; index++) {
      const box = new BlackBox({
        ...OPTIONS,
        folder,
        compression: 'zstd',
        wall_ms: () => 1e12 + 1000 * index,
        onSaved: () => {},
      });
      const now_ms = 1e12 + 1000 * index;
      await box.add(text(NOISE, now_ms, 'word'), false);
      await box.save(`fault ${index}/..`, now_ms);
      await box.finish();
    }
    expect(readdirSync(folder).sort()).to.deep.equal([
      'blackbox_20010909T014642_fault-2-',
      'blackbox_20010909T014643_fault-3-',
    ]);
  });
});
