import { expect } from 'chai';
import fc from 'fast-check';
import { toClockTime } from '../../src/kernel/temporal.js';
import { MindRun, parametersWith } from './mind-run.js';

const HOUR_MS = 3_600_000;
const codes = (run: MindRun) => run.effects?.report.faults.map(({ code }) => code) ?? [];

describe('kernel: a clock that jumps back (a bag that loops, a simulation that starts again)', () => {
  it('says so once, by code, on /diagnostics and in the decision record, and counts it', async () => {
    const run = new MindRun(parametersWith({}));
    await run.cycles(30);
    run.clock_ms -= HOUR_MS;
    const { decision, report } = await run.cycle();
    expect(codes(run)).to.deep.equal(['SAGE_211']);
    expect(decision?.reason).to.include('SAGE_211 clock: clock jumped back: by 60 min');
    expect(report.jumps_back).to.equal(1);
    await run.cycle();
    expect(codes(run)).to.deep.equal([]);
  });

  it('stamps what it sends by the clock, not by its own time', async () => {
    const run = new MindRun(parametersWith({}));
    await run.cycles(30);
    run.clock_ms -= HOUR_MS;
    const { decision, report } = await run.cycle();
    expect([decision?.stamp_ms, report.stamp_ms]).to.deep.equal([run.clock_ms, run.clock_ms]);
  });

  it('still finds joint states stale that end with the jump (they looked fresh for the hour until it was caught up)', async () => {
    const run = new MindRun(parametersWith({}));
    await run.cycles(30);
    run.clock_ms -= HOUR_MS;
    run.joints = false;
    await run.cycles(5);
    expect(codes(run)).to.not.include('SAGE_205');
    await run.cycles(5);
    expect(codes(run)).to.include('SAGE_205');
    expect(run.kernel.mind.situation.held?.code).to.equal('SAGE_706');
  });

  it('lets a deadline pass when its time is over, not an hour later', async () => {
    const run = new MindRun(parametersWith({}));
    await run.cycles(30);
    run.say('pick up the red block', 6);
    await run.cycles(60);
    run.clock_ms -= HOUR_MS;
    const ended = (status: string) =>
      run.until(({ goal_events }) => goal_events.some((e) => e.status === status), 4);
    expect(await ended('expired')).to.equal(true);
    expect(run.time_s).to.be.closeTo(1.5 + 6, 0.2);
  });

  it('hands out goals with their deadlines by the clock, as they are kept for the next start', async () => {
    const run = new MindRun(parametersWith({}));
    await run.cycles(30);
    run.say('pick up the red block', 60);
    await run.cycles(20);
    run.clock_ms -= HOUR_MS;
    await run.cycle();
    const { situation, time } = run.kernel.mind;
    const [kept] = toClockTime(situation.goals.standing, time);
    expect(kept!.deadline_ms! - run.clock_ms).to.be.closeTo(59_000, 100);
  });

  it('holds while the clock is stopped, since the age of data is then unknown', async () => {
    const run = new MindRun(parametersWith({}));
    await run.cycles(30);
    run.say();
    await run.until(({ actions }) => actions.length > 0, 5);
    const { clock_ms, time_s } = run;
    const stand = async (cycles: number): Promise<void> => {
      for (let index = 0; index < cycles; index++) {
        run.clock_ms = clock_ms - run.period_ms;
        run.time_s = time_s - run.period_ms / 1000;
        await run.cycle();
      }
    };
    await stand(39);
    expect(codes(run)).to.not.include('SAGE_212');
    await stand(1);
    expect(codes(run)).to.include('SAGE_212');
    expect(run.kernel.mind.situation.held?.code).to.equal('SAGE_212');
    expect(run.effects?.actions.map(({ kind }) => kind)).to.deep.equal(['hold']);
    await run.cycles(2);
    expect(codes(run)).to.not.include('SAGE_212');
  });

  it('replans a motion in progress, and completes the goal', async () => {
    const run = new MindRun(parametersWith({}));
    await run.cycles(30);
    run.say();
    expect(await run.until(({ actions }) => actions.length > 0, 5)).to.equal(true);
    await run.cycles(4);
    run.clock_ms -= HOUR_MS;
    const sent = await run.cycle();
    expect(sent.actions.map(({ kind }) => kind)).to.deep.equal(['hold']);
    const done = await run.until(({ goal_events }) => goal_events.some((e) => e.status === 'satisfied'), 10);
    expect(done).to.equal(true);
    expect(run.transitions.map(({ to }) => to)).to.not.include('CRISIS');
  });

  it('keeps energy, durations and transitions as they would be without the jumps, whatever the jumps are', async () => {
    const live = async (jumps: ReadonlyMap<number, number>) => {
      const run = new MindRun(parametersWith({ metabolism: { energy_initial: 45 } }));
      for (let index = 0; index < 260; index++) {
        run.clock_ms -= jumps.get(index) ?? 0;
        await run.cycle();
      }
      return run;
    };
    const without = await live(new Map());
    const jump = fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 51, max: 9e5 }));
    await fc.assert(
      fc.asyncProperty(fc.array(jump, { maxLength: 4 }), async (jumps) => {
        const run = await live(new Map(jumps));
        const count = new Map(jumps).size;
        expect(run.effects?.report.jumps_back).to.equal(count);
        expect(run.transitions.map(({ to }) => to)).to.deep.equal(without.transitions.map(({ to }) => to));
        // Each jump takes one cycle's worth of time, in which nothing is consumed.
        const spent = 5 * 0.05 * count;
        expect(run.transitions[0]!.time_s - without.transitions[0]!.time_s).to.be.within(
          -1e-6,
          spent / 5 + 0.051,
        );
      }),
      { numRuns: 8 },
    );
  });
});
