import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { replayOffline } from '../../../src/app/replay/session.js';
import { cyclesOf } from '../../../src/app/replay/sim-time.js';
import { SageError } from '../../../src/contracts/errors.js';
import type { LogCycle } from '../../../src/contracts/log.js';
import { temporaryFolder, text, writeMcap } from '../../replay/bags.js';
import { clock, joints, PLAIN, recordsOf, simulated, WALL_MS } from './simulated.js';

function cyclesIn(path: string): LogCycle[] {
  return recordsOf(path).filter((record): record is LogCycle => record.kind === 'cycle');
}

function faultsIn(path: string): Set<string> {
  return new Set(
    cyclesIn(path).flatMap(({ faults, source_faults }) =>
      [...faults, ...Object.values(source_faults)].map(({ code }) => code),
    ),
  );
}

describe('a bag with the time of a simulation', function () {
  this.timeout(240_000);
  const folder = temporaryFolder();
  const bag = folder.path('sim.mcap');
  const log = folder.path('sim.jsonl');
  before(async () => {
    const goal = { topic: '/sage/goal', time_ms: WALL_MS + 500, data: text('go home') };
    await writeMcap(
      bag,
      [
        joints(-1, 10_000),
        ...simulated(0, 10_000, 12_000),
        // It is paused: the clock repeats itself.
        ...[0, 1, 2, 3].map((n) => clock(4000 + 100 * n, 11_900)),
        ...simulated(5000, 12_000, 13_000),
        // And begins anew.
        ...simulated(8000, 2000, 4000),
        goal,
      ].sort((a, b) => a.time_ms - b.time_ms),
    );
  });
  after(() => folder.remove());

  it('takes its time from /clock where the stamps are in that time, and says so', async () => {
    const result = await replayOffline({ ...PLAIN, bag, log });
    expect(result.clock).to.equal('simulated');
    expect(result.notices.join()).to.include('/clock').and.include('--use-sim-time false');
    expect(faultsIn(log)).to.not.include('SAGE_209');
    // One cycle for each time that the clock moved: 20 and 10, and 20 after it went back.
    const times = cyclesIn(log).map(({ now_ms }) => now_ms);
    expect(times).to.have.length(50);
    expect([times[0], times[19], times[20], times[29], times[30], times[49]]).to.deep.equal([
      10_000, 11_900, 12_000, 12_900, 2000, 3900,
    ]);
    expect(result.bag_s).to.be.closeTo(4.8, 1e-9);
  });

  it('notifies the kernel that the clock jumped back, and continues', () => {
    const cycles = cyclesIn(log);
    expect(cycles[30]?.faults.map(({ code }) => code)).to.include('SAGE_211');
    const inputs = recordsOf(log).filter((record) => record.kind === 'input' && record.source === 'joints');
    const last = inputs.at(-1);
    expect(last?.kind === 'input' && last.stamp_ms).to.be.closeTo(3900, 100);
    expect(inputs.length).to.be.greaterThan(45);
  });

  it('writes the same bytes again, and can be followed', async () => {
    const again = folder.path('again.jsonl');
    await replayOffline({ ...PLAIN, bag, log: again });
    expect(readFileSync(again, 'utf8')).to.equal(readFileSync(log, 'utf8'));
    const followed = folder.path('followed.jsonl');
    const result = await replayOffline({ ...PLAIN, bag, log: followed, from: log, costs: 'recorded' });
    expect(result.parted).to.equal(null);
    const body = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(1);
    expect(body(followed)).to.deep.equal(body(log));
  });

  it('takes the times of recording where that is asked for: the stamps fit nothing then', async () => {
    const path = folder.path('forced.jsonl');
    const result = await replayOffline({ ...PLAIN, bag, log: path, use_sim_time: false });
    expect(result.clock).to.equal('recorded');
    expect(faultsIn(path)).to.include('SAGE_209');
  });

  it('takes the times of recording where the stamps are in that time, and /clock where it is asked for', async () => {
    const path = folder.path('wall.mcap');
    const made = simulated(0, 10_000, 11_000).map((message) =>
      message.topic === '/clock' ? message : joints(message.time_ms - WALL_MS, message.time_ms),
    );
    await writeMcap(path, made);
    expect((await replayOffline({ ...PLAIN, bag: path })).clock).to.equal('recorded');
    const forced = await replayOffline({ ...PLAIN, bag: path, use_sim_time: true });
    expect([forced.clock, forced.cycles]).to.deep.equal(['simulated', 10]);
  });

  it('moves the time of recording to where the stamps are when all are off by the same, and says so', async () => {
    const path = folder.path('old.mcap');
    const late = 90 * 86_400_000;
    const made = Array.from({ length: 100 }, (_, n) => joints(n * 20 + late + (n % 3), WALL_MS + n * 20));
    await writeMcap(path, made);
    const moved = folder.path('moved.jsonl');
    const result = await replayOffline({ ...PLAIN, bag: path, log: moved });
    expect(result.clock).to.equal('moved');
    expect(result.notices.join()).to.include('90 days before');
    expect(cyclesIn(moved)[0]?.now_ms).to.equal(WALL_MS);
    expect(faultsIn(moved)).to.not.include('SAGE_209');
    const followed = folder.path('moved-again.jsonl');
    const again = await replayOffline({ ...PLAIN, bag: path, log: followed, from: moved, costs: 'recorded' });
    expect([again.parted, again.cycles]).to.deep.equal([null, result.cycles]);
    const refused = await replayOffline({ ...PLAIN, bag: path, use_sim_time: false });
    expect(refused.faults.map(({ code, cycles }) => [code, cycles > 30])).to.deep.include(['SAGE_209', true]);
  });

  it('leaves the time where stamps are off by this and that', async () => {
    const path = folder.path('odd.mcap');
    await writeMcap(path, [joints(0, 5000), joints(20, 500_000), joints(40, 90_000)]);
    expect((await replayOffline({ ...PLAIN, bag: path })).clock).to.equal('recorded');
  });

  it('says that there is no /clock', async () => {
    const path = folder.path('none.mcap');
    await writeMcap(path, [joints(0, WALL_MS), joints(20, WALL_MS + 20)]);
    let thrown: unknown;
    try {
      await replayOffline({ ...PLAIN, bag: path, use_sim_time: true });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).to.be.instanceOf(SageError);
    expect((thrown as SageError).message).to.match(/^SAGE_901 .*no \/clock/);
  });
});

describe('cycles by the readings of a clock', () => {
  it('come once in each period, whatever the rate and the jitter of the clock', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 5, max: 100 }),
        (steps, period_ms) => {
          let now_ms = 1000;
          const readings = steps.map((step) => (now_ms += step));
          const cycles = [...cyclesOf(readings, period_ms)];
          expect(cycles[0]).to.equal(readings[0]);
          const periods = cycles.map((at) => Math.floor((at - readings[0]!) / period_ms + 0.25));
          expect(new Set(periods).size).to.equal(periods.length);
          // No period in which the clock was read is without its cycle.
          const read = new Set(readings.map((at) => Math.floor((at - readings[0]!) / period_ms + 0.25)));
          expect(periods.length).to.equal(read.size);
        },
      ),
    );
  });

  it('does not halve the rate of a clock as fast as the cycles that jitters', () => {
    const readings = Array.from({ length: 100 }, (_, n) => n * 50 + (n % 2 === 0 ? 4 : -4));
    expect([...cyclesOf(readings, 50)]).to.deep.equal(readings);
  });

  it('restart at once when the clock jumps back', () => {
    expect([...cyclesOf([100, 150, 160, 20, 30, 70], 50)]).to.deep.equal([100, 150, 20, 70]);
  });
});
