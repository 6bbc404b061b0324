import { expect } from 'chai';
import fc from 'fast-check';
import { Pursuit } from '../../../../src/kernel/goals/pursuit.js';
import { seen } from '../../tabletop.js';
import { above_m, parameters, pick, pursuedTo, red, view } from './pursued.js';

describe('kernel/goals/pursuit: its end', () => {
  it('ends with a reason when the target is not seen for the time allowed', () => {
    const pursuit = new Pursuit(pick, parameters, 0, 'empty');
    const end = pursuit.advance(view(parameters.kernel.search_timeout_s * 1000 + 1)).end;
    expect(end?.outcome).to.equal('failed');
    expect(end?.code).to.equal('SAGE_402');
    expect(end?.reason).to.match(/red block/);
  });

  it('does not treat unsearched objects as missing: it waits, and searches once vision answers', () => {
    const { search_timeout_s, wait_timeout_s } = parameters.kernel;
    for (const vision_ms of [null, -10_000]) {
      const pursuit = new Pursuit(pick, parameters, 0, 'empty');
      const until_ms = wait_timeout_s * 1000 - 1000;
      for (let now_ms = 1000; now_ms <= until_ms; now_ms += 1000) {
        const { end, need } = pursuit.advance(view(now_ms, { vision_ms, home_error: 1 }));
        expect(end).to.equal(null);
        expect(need?.kind).to.equal('look');
      }
      expect(pursuit.advance(view(until_ms + search_timeout_s * 1000)).end).to.equal(null);
      expect(pursuit.advance(view(until_ms + 1 + search_timeout_s * 1000)).end?.code).to.equal('SAGE_402');
    }
  });

  it('blames the gripper that never does what it is sent (SAGE_714), and ends after the allowed attempts', () => {
    for (const [step, opening] of [
      ['open', 0],
      ['grasp', 1],
    ] as const) {
      const { pursuit, now_ms } = pursuedTo(step);
      let end = null;
      for (let at_ms = now_ms; end === null && at_ms < now_ms + 120_000; at_ms += 600) {
        const tip_m =
          pursuit.step === 'descend' ? ([0.3, 0.1, 0.02] as const) : ([0.3, 0.1, above_m] as const);
        const now = { opening: pursuit.step === step ? opening : 1, motion_done: true, tip_m };
        end = pursuit.advance(view(at_ms, { ...now, find: () => ({ ...red, seen_ms: at_ms }) })).end;
      }
      expect(end, step).to.include({ outcome: 'failed', code: 'SAGE_714' });
    }
  });

  it('does not wait for vision for ever: it ends, and says what it waited for', () => {
    const pursuit = new Pursuit(pick, parameters, 0, 'empty');
    const wait_ms = parameters.kernel.wait_timeout_s * 1000;
    pursuit.advance(view(0, { vision_ms: null }));
    expect(pursuit.advance(view(wait_ms, { vision_ms: null })).end).to.equal(null);
    const { end } = pursuit.advance(view(wait_ms + 1, { vision_ms: null }));
    expect(end).to.include({ outcome: 'failed', code: 'SAGE_408' });
    expect(end?.reason).to.include('vision does not answer').and.include('locate');
  });

  it('ends, with the reason, a goal that has been held, without a plan, or without gripper state for too long', () => {
    const wait_ms = parameters.kernel.wait_timeout_s * 1000;
    const held = new Pursuit(pick, parameters, 0, 'empty');
    expect(held.held('emergency stop', 0)).to.equal(null);
    expect(held.held('emergency stop', wait_ms)).to.equal(null);
    expect(held.held('emergency stop', wait_ms + 1)?.end?.reason).to.include('emergency stop');
    for (const [step, more, why] of [
      ['approach', {}, /no motion was planned/],
      ['grasp', { opening: null, fingers_lost: true }, /finger positions are no longer measured/],
      ['verify', { opening: null, fingers_lost: true }, /finger positions are no longer measured/],
    ] as const) {
      const { pursuit, now_ms } = pursuedTo(step);
      expect(pursuit.advance(view(now_ms, more)).end, step).to.equal(null);
      const late_ms = now_ms + wait_ms + 1;
      const { end } = pursuit.advance(view(late_ms, more));
      expect(end?.code, step).to.equal('SAGE_408');
      expect(end?.reason).to.match(why);
    }
  });

  it('gives a motion that is under way all the time it takes', () => {
    const { pursuit, now_ms } = pursuedTo('approach');
    for (let late_s = 0; late_s < 600; late_s += 30)
      expect(pursuit.advance(view(now_ms + late_s * 1000, { moving: true })).end).to.equal(null);
  });

  it('ends when it is interrupted again and again without coming further', () => {
    const { pursuit, now_ms } = pursuedTo('approach');
    let end = null;
    let times = 0;
    for (; times < 100 && end === null; times++) end = pursuit.resume('held', 1, now_ms)?.end ?? null;
    expect(times).to.equal(21);
    expect(end?.reason).to.include('interrupted');
  });

  it('gives up after the allowed attempts, each with a new motion', () => {
    const { pursuit, now_ms } = pursuedTo('approach');
    const keys = new Set<string>();
    let end = null;
    for (let attempt = 0; attempt < 10 && end === null; attempt++) {
      keys.add(pursuit.motionKey);
      end = pursuit.attempted('SAGE_403', 'out of reach', now_ms)?.end ?? null;
    }
    expect(end?.code).to.equal('SAGE_403');
    expect(keys.size).to.equal(parameters.kernel.goal_retries + 1);
  });

  it('says of a target that is seen outside of the workspace that it cannot be reached (SAGE_403)', () => {
    for (const [colour, code] of [
      ['red', 'SAGE_403'],
      ['blue', 'SAGE_402'],
    ] as const) {
      const pursuit = new Pursuit(pick, parameters, 0, 'empty');
      const outside_workspace = [seen(colour, 0.75, 0)];
      pursuit.advance(view(100, { outside_workspace }));
      const { end } = pursuit.advance(
        view(100 + parameters.kernel.search_timeout_s * 1000 + 1, { outside_workspace }),
      );
      expect(end).to.include({ outcome: 'failed', code });
      if (code === 'SAGE_403')
        expect(end?.reason).to.include('(0.750, 0.000, 0.020) m, outside the workspace');
    }
  });

  it('keeps its promises whatever is measured: progress 0..1, falling only with a new attempt, and always an end', () => {
    const maybe = (chance: number) => fc.double({ min: 0, max: 1, noNaN: true }).map((draw) => draw < chance);
    const seen = fc.record({
      motion_done: maybe(0.4),
      moving: maybe(0.5),
      opening: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 5 }),
      fingers_moving: maybe(0.2),
      fingers_lost: maybe(0.1),
      found: maybe(0.7),
      blind: maybe(0.2),
      height_m: fc.double({ min: -0.1, max: 0.5, noNaN: true }),
      event: fc.constantFrom('none', 'none', 'none', 'none', 'held', 'preempted', 'attempted'),
    });
    const hands = fc.constantFrom('empty' as const, 'another' as const, 'target' as const);
    fc.assert(
      fc.property(fc.array(seen, { minLength: 1, maxLength: 60 }), hands, (views, hand) => {
        const pursuit = new Pursuit(pick, parameters, 0, hand);
        let now_ms = 0;
        let before = { key: '', progress: 0 };
        let ended = false;
        for (let turn = 0; turn < 400 && !ended; turn++) {
          const { found, blind, height_m, event, ...rest } = views[turn % views.length]!;
          now_ms += 3000;
          if (event === 'held') pursuit.resume('held', rest.opening, now_ms);
          if (event === 'preempted') pursuit.resume('preempted', rest.opening, now_ms);
          const failed = event === 'attempted' ? pursuit.attempted('SAGE_403', 'test', now_ms) : null;
          const status =
            failed ??
            pursuit.advance(
              view(now_ms, {
                ...rest,
                tip_m: [0.3, 0.1, height_m],
                vision_ms: blind ? null : now_ms,
                find: () => (found ? { ...red, seen_ms: now_ms, first_seen_ms: 0 } : null),
              }),
            );
          const key = status.motion_key.split('/').at(-1) ?? '';
          expect(status.progress).to.be.within(0, 1);
          if (key === before.key) expect(status.progress).to.be.at.least(before.progress);
          before = { key, progress: status.progress };
          ended = status.end !== null;
          if (status.end?.outcome === 'failed') expect(status.end.reason).to.not.equal('');
          if (ended) expect(status.progress === 1).to.equal(status.end?.outcome === 'satisfied');
        }
        const restless = views.some(({ event, moving }) => event === 'preempted' || moving);
        if (!restless) expect(ended, 'an end').to.equal(true);
      }),
      { numRuns: 100 },
    );
  });
});
