import { expect } from 'chai';
import fc from 'fast-check';
import { type BelievedObject, type Goal, UNCONSTRAINED } from '../../../src/contracts/goal.js';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import { Pursuit } from '../../../src/kernel/goals/pursuit.js';
import type { StepView } from '../../../src/kernel/goals/step.js';
import { seen } from '../tabletop.js';

const parameters = defaultParameters();
const red: BelievedObject = {
  id: 'red-block-1',
  kind: 'block',
  colour: 'red',
  position_m: [0.3, 0.1, 0.02],
  yaw_rad: 0,
  size_m: 0.04,
  confidence: 0.9,
  seen_ms: 500,
  first_seen_ms: 300,
};
const pick: Goal = {
  goal_id: 'g',
  text: 'pick up the red block',
  verb: 'pick',
  target: { colour: 'red', kind: 'block' },
  constraints: UNCONSTRAINED,
  priority: 0,
  deadline_ms: null,
  accepted_ms: 0,
};
const view = (now_ms: number, more: Partial<StepView> = {}): StepView => ({
  now_ms,
  tip_m: [0, 0, 0.3],
  home_error: 0,
  opening: 1,
  fingers_lost: false,
  fingers_moving: false,
  in_hand: null,
  motion_done: false,
  moving: false,
  contact_m: null,
  shoulder_m: [0, 0, 0],
  sees: true,
  visible: () => true,
  vision_ms: now_ms - 50,
  believed: [red],
  beyond: [],
  find: () => null,
  ...more,
});
const above_m = parameters.robot.object_height_m + parameters.robot.approach_height_m;

/** Plays a pick to the step named, with a world that does what it should. */
function pursuedTo(step: string): { pursuit: Pursuit; now_ms: number } {
  const pursuit = new Pursuit(pick, parameters, 0, 'empty');
  let now_ms = 0;
  for (let turn = 0; turn < 40 && pursuit.step !== step; turn++) {
    now_ms += 600;
    const at = { approach: [0.3, 0.1, above_m], descend: [0.3, 0.1, 0.02], lift: [0.3, 0.1, above_m] }[
      pursuit.step
    ];
    pursuit.advance(
      view(now_ms, {
        find: () => ({ ...red, seen_ms: now_ms }),
        motion_done: true,
        opening: ['grasp', 'lift', 'verify'].includes(pursuit.step) ? 0.5 : 1,
        tip_m: (at as [number, number, number] | undefined) ?? [0, 0, 0.3],
      }),
    );
  }
  expect(pursuit.step).to.equal(step);
  return { pursuit, now_ms };
}

describe('kernel/goals/pursuit', () => {
  it('looks first, and moves only once the target has been seen twice', () => {
    const pursuit = new Pursuit(pick, parameters, 0, 'empty');
    expect(pursuit.advance(view(100)).need?.kind).to.equal('look');
    expect(
      pursuit.advance(view(200, { find: () => ({ ...red, seen_ms: 150, first_seen_ms: 150 }) })).step,
    ).to.equal('locate');
    expect(
      pursuit.advance(view(400, { find: () => ({ ...red, seen_ms: 350, first_seen_ms: 150 }) })).step,
    ).to.equal('open');
  });

  it('goes through the steps of a pick and is satisfied by what the fingers measure', () => {
    const { pursuit, now_ms } = pursuedTo('verify');
    const status = pursuit.advance(view(now_ms + 50, { opening: 0.5 }));
    expect(status.end?.outcome).to.equal('satisfied');
    expect(status.progress).to.equal(1);
  });

  it('does not believe a grasp that closed on nothing: it looks again', () => {
    const { pursuit, now_ms } = pursuedTo('grasp');
    const status = pursuit.advance(view(now_ms + 1200, { opening: 0.01 }));
    expect(status.step).to.equal('locate');
    expect(status.evidence).to.match(/closed on nothing/);
  });

  it('does not believe a grasp of fingers that stayed open', () => {
    const { pursuit, now_ms } = pursuedTo('grasp');
    expect(pursuit.advance(view(now_ms + 400, { opening: 1, fingers_moving: true })).step).to.equal('grasp');
    expect(pursuit.advance(view(now_ms + 1200, { opening: 1 })).evidence).to.match(/did not close/);
  });

  it('is not satisfied by having sent a motion: the tip must be there', () => {
    const { pursuit, now_ms } = pursuedTo('approach');
    expect(pursuit.advance(view(now_ms + 50, { tip_m: [0.3, 0.1, above_m] })).step).to.equal('approach');
    const short = pursuit.advance(view(now_ms + 100, { motion_done: true, tip_m: [0.25, 0.1, above_m] }));
    expect(short.step).to.equal('locate');
  });

  it('ends with a reason when the target is not seen for the time allowed', () => {
    const pursuit = new Pursuit(pick, parameters, 0, 'empty');
    const end = pursuit.advance(view(parameters.kernel.search_timeout_s * 1000 + 1)).end;
    expect(end?.outcome).to.equal('failed');
    expect(end?.code).to.equal('SAGE_402');
    expect(end?.reason).to.match(/red block/);
  });

  it('does not take for missing what nobody could look for: it waits, and the search begins when vision answers', () => {
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

  it('does not wait for vision for ever: it ends, and says what it waited for', () => {
    const pursuit = new Pursuit(pick, parameters, 0, 'empty');
    const wait_ms = parameters.kernel.wait_timeout_s * 1000;
    pursuit.advance(view(0, { vision_ms: null }));
    expect(pursuit.advance(view(wait_ms, { vision_ms: null })).end).to.equal(null);
    const { end } = pursuit.advance(view(wait_ms + 1, { vision_ms: null }));
    expect(end).to.include({ outcome: 'failed', code: 'SAGE_408' });
    expect(end?.reason).to.include('vision does not answer').and.include('locate');
  });

  it('ends, with what stands against it, a goal that is held, has no plan, or has lost its fingers for too long', () => {
    const wait_ms = parameters.kernel.wait_timeout_s * 1000;
    const held = new Pursuit(pick, parameters, 0, 'empty');
    expect(held.held('emergency stop', 0)).to.equal(null);
    expect(held.held('emergency stop', wait_ms)).to.equal(null);
    expect(held.held('emergency stop', wait_ms + 1)?.end?.reason).to.include('emergency stop');
    for (const [step, more, why] of [
      ['approach', {}, /no motion was planned/],
      ['grasp', { opening: null, fingers_lost: true }, /fingers are not measured any more/],
      ['verify', { opening: null, fingers_lost: true }, /fingers are not measured any more/],
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

  it('moves the arm out of the way when it may hide the target', () => {
    const pursuit = new Pursuit(pick, parameters, 0, 'empty');
    const need = pursuit.advance(view(2000, { home_error: 1 })).need;
    expect(need?.kind === 'motion' && need.target.kind).to.equal('joints');
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

  it('looks again after a crisis before it goes down, but keeps hold of what it has', () => {
    const down = pursuedTo('descend');
    down.pursuit.resume('held', 1, down.now_ms + 10);
    expect(down.pursuit.step).to.equal('locate');
    const up = pursuedTo('lift');
    const key = up.pursuit.motionKey;
    up.pursuit.resume('held', 0.5, up.now_ms + 10);
    expect(up.pursuit.step).to.equal('lift');
    expect(up.pursuit.motionKey).to.not.equal(key);
  });

  it('comes back from a preemption to the step that is right for what the hand has now', () => {
    for (const [at, opening, next] of [
      ['open', 1, 'locate'],
      ['approach', 1, 'locate'],
      ['grasp', 0.5, 'locate'],
      ['lift', 0.5, 'lift'],
      ['lift', 1, 'locate'],
      ['verify', 0.01, 'locate'],
      ['verify', null, 'verify'],
    ] as const) {
      const { pursuit, now_ms } = pursuedTo(at);
      pursuit.resume('preempted', opening, now_ms + 10);
      expect(pursuit.step, `${at}, fingers at ${opening}`).to.equal(next);
    }
  });

  it('puts down what it has in the hand before it picks something else, and does not drop it', () => {
    const pursuit = new Pursuit(pick, parameters, 0, 'another');
    const steps: string[] = [];
    for (let now_ms = 1000; now_ms < 60_000 && steps.at(-1) !== 'locate'; now_ms += 600) {
      const carried = !steps.includes('open');
      const { step } = pursuit.advance(
        view(now_ms, {
          motion_done: true,
          opening: carried ? 0.5 : 1,
          tip_m: [0, 0, carried || steps.at(-1) === 'open' ? 0.024 : above_m],
        }),
      );
      if (step !== steps.at(-1)) steps.push(step);
      if (step === 'lower') expect(pursuit.mayHold).to.equal(true);
    }
    expect(steps).to.deep.equal(['raise', 'aside', 'lower', 'open', 'rise', 'locate']);
    const again = new Pursuit(pick, parameters, 0, 'another');
    again.attempted('SAGE_403', 'out of reach', 1);
    expect(again.step, 'a put-down that failed is tried again, not skipped').to.equal('room');
  });

  it('does not put down what it does not have', () => {
    const place: Goal = { ...pick, verb: 'place', target: null, text: 'put it down' };
    for (const opening of [0, 1]) {
      const { end } = new Pursuit(place, parameters, 0, 'empty').advance(view(100, { opening }));
      expect(end).to.include({ outcome: 'failed', code: 'SAGE_409' });
    }
    expect(new Pursuit(place, parameters, 0, 'empty').advance(view(100, { opening: 0.4 })).end).to.equal(
      null,
    );
  });

  it('keeps to its side of the table, and does not move when it was told not to', () => {
    const sides: unknown[] = [];
    const find: StepView['find'] = (_target, side) => {
      sides.push(side);
      return null;
    };
    const left: Goal = { ...pick, constraints: { ...UNCONSTRAINED, side: 'left' } };
    new Pursuit(left, parameters, 0, 'empty').advance(view(100, { find }));
    expect(sides).to.deep.equal(['left']);
    const still: Goal = { ...pick, verb: 'look', constraints: { ...UNCONSTRAINED, still: true } };
    const need = new Pursuit(still, parameters, 0, 'empty').advance(view(2000, { home_error: 1 })).need;
    expect(need?.kind).to.equal('look');
  });

  describe('while it goes for its target', () => {
    const elsewhere = (x: number, more: Partial<BelievedObject> = {}): BelievedObject => ({
      ...red,
      position_m: [x, 0.1, 0.02],
      ...more,
    });
    for (const step of ['approach', 'descend']) {
      it(`looks for it anew at ${step} when it was moved by more than vision errs, or is gone`, () => {
        const cases: readonly (readonly [readonly BelievedObject[], boolean])[] = [
          [[elsewhere(0.31)], false],
          [[elsewhere(0.33)], true],
          [[], true],
        ];
        for (const [believed, anew] of cases) {
          const { pursuit, now_ms } = pursuedTo(step);
          const before = pursuit.motionKey;
          const status = pursuit.advance(view(now_ms + 50, { believed }));
          expect(status.step).to.equal(anew ? 'locate' : step);
          expect(status.need?.kind).to.equal(anew ? 'look' : 'motion');
          expect(pursuit.motionKey === before).to.equal(!anew);
        }
      });
    }

    it('takes one that has come since it was seen last for it, and one that lay there already for another', () => {
      const come = { id: 'red-block-2', first_seen_ms: 9000, seen_ms: 9200 };
      for (const [more, gone] of [
        [come, 'red-block-1'],
        [{ ...come, colour: 'blue' }, null],
        [{ ...come, first_seen_ms: 400 }, null],
        [{ ...come, seen_ms: 9000 }, null],
      ] as const) {
        const { pursuit, now_ms } = pursuedTo('approach');
        const status = pursuit.advance(view(now_ms + 50, { believed: [red, elsewhere(0.4, more)] }));
        expect(status.gone, JSON.stringify(more)).to.equal(gone);
        expect(status.step).to.equal(gone === null ? 'approach' : 'locate');
      }
    });

    it('gives up when it is moved again and again (SAGE_411)', () => {
      const { pursuit, now_ms } = pursuedTo('approach');
      let time_ms = now_ms;
      let end: ReturnType<Pursuit['advance']>['end'] = null;
      for (let turn = 0; turn < 200 && end === null; turn++) {
        time_ms += 100;
        const believed = pursuit.step === 'approach' ? [elsewhere(0.35)] : [red];
        end = pursuit.advance(
          view(time_ms, { believed, find: () => ({ ...red, seen_ms: time_ms - 50 }) }),
        ).end;
      }
      expect(end).to.include({ outcome: 'failed', code: 'SAGE_411' });
    });
  });

  it('says of a target that is seen outside of the workspace that it cannot be reached (SAGE_403)', () => {
    for (const [colour, code] of [
      ['red', 'SAGE_403'],
      ['blue', 'SAGE_402'],
    ] as const) {
      const pursuit = new Pursuit(pick, parameters, 0, 'empty');
      const beyond = [seen(colour, 0.75, 0)];
      pursuit.advance(view(100, { beyond }));
      const { end } = pursuit.advance(view(100 + parameters.kernel.search_timeout_s * 1000 + 1, { beyond }));
      expect(end).to.include({ outcome: 'failed', code });
      if (code === 'SAGE_403')
        expect(end?.reason).to.include('(0.750, 0.000, 0.020) m, outside of the workspace');
    }
  });

  it('measures the progress of a motion, which never falls within a step', () => {
    const { pursuit, now_ms } = pursuedTo('approach');
    const begun = pursuit.progress;
    const at = (height_m: number) =>
      pursuit.advance(view(now_ms + 50, { moving: true, tip_m: [0.3, 0.1, above_m + height_m] })).progress;
    const told = [at(0.4), at(0.3), at(0.1), at(0.2), at(0.02)];
    expect(told[0]).to.equal(begun);
    expect(told[2]).to.be.above(told[1]!);
    expect(told[3]).to.equal(told[2]);
    expect(told[4])
      .to.be.above(told[3]!)
      .and.below(begun + 1 / 7);
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

  const point: Goal = { ...pick, text: 'point at the red block', verb: 'point' };
  const in_hand = { colour: 'red', kind: 'block' };

  it('says at the first look that what it should point or look at is in the hand (SAGE_409)', () => {
    for (const verb of ['point', 'look'] as const) {
      const pursuit = new Pursuit({ ...point, verb }, parameters, 0, 'another');
      expect(pursuit.advance(view(40, { in_hand, vision_ms: -10 })).end, 'not looked yet').to.equal(null);
      expect(pursuit.advance(view(200, { in_hand })).end).to.deep.equal({
        outcome: 'failed',
        code: 'SAGE_409',
        reason: 'the red block is in the hand; put it down first',
      });
    }
  });

  it('points at another one that fits, and searches for what the hand does not hold', () => {
    const pursuit = new Pursuit(point, parameters, 0, 'another');
    const find = () => ({ ...red, seen_ms: 150, first_seen_ms: -500 });
    expect(pursuit.advance(view(200, { in_hand, find })).step).to.equal('approach');
    const blue = new Pursuit(point, parameters, 0, 'another');
    expect(blue.advance(view(200, { in_hand: { colour: 'blue', kind: 'block' } })).end).to.equal(null);
  });

  it('has picked up what it holds already once that is off the table', () => {
    const pursuit = new Pursuit(pick, parameters, 0, 'target');
    const low = pursuit.advance(view(100, { opening: 0.5, tip_m: [0.3, 0.1, 0.02] }));
    expect(low.need).to.deep.include({ kind: 'motion', purpose: 'lift what is held' });
    pursuit.advance(view(200, { opening: 0.5, tip_m: [0.3, 0.1, above_m] }));
    expect(pursuit.advance(view(250, { opening: 0.5 })).end?.outcome).to.equal('satisfied');
    const lost = new Pursuit(pick, parameters, 0, 'target');
    lost.advance(view(100, { opening: 0.5 }));
    expect(lost.advance(view(150, { opening: 0 })).evidence).to.include('slipped');
  });
});
