import { expect } from 'chai';
import { type Goal, UNCONSTRAINED } from '../../../../src/contracts/goal.js';
import { Pursuit } from '../../../../src/kernel/goals/pursuit.js';
import type { StepView } from '../../../../src/kernel/goals/step.js';
import { above_m, parameters, pick, pursuedTo, red, view } from './pursued.js';

describe('kernel/goals/pursuit: steps', () => {
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

  it('moves the arm out of the way when it may hide the target', () => {
    const pursuit = new Pursuit(pick, parameters, 0, 'empty');
    const need = pursuit.advance(view(2000, { home_error: 1 })).need;
    expect(need?.kind === 'motion' && need.target.kind).to.equal('joints');
  });

  it('lifts to where it came down from, where its reach ended short of right above', () => {
    for (const [off_m, lifted_m] of [
      [0.004, [0.296, 0.1, above_m - 0.002]],
      [0, [0.3, 0.1, above_m]],
    ] as const) {
      const { pursuit, now_ms } = pursuedTo('approach');
      const tip_m = [0.3 - off_m, 0.1, above_m - off_m / 2] as const;
      const seen = { find: () => ({ ...red, seen_ms: now_ms }), motion_done: true };
      expect(pursuit.advance(view(now_ms + 100, { ...seen, tip_m })).step).to.equal('descend');
      expect(pursuit.advance(view(now_ms + 700, { ...seen, tip_m: [0.3, 0.1, 0.02] })).step).to.equal(
        'grasp',
      );
      const { step, need } = pursuit.advance(view(now_ms + 2500, { opening: 0.5, tip_m: [0.3, 0.1, 0.02] }));
      expect(step).to.equal('lift');
      const target = need?.kind === 'motion' && need.target.kind === 'tip' ? need.target.position_m : [];
      for (const [k, value] of lifted_m.entries()) expect(target[k]).to.be.closeTo(value, 1e-9);
    }
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

  it('stays on its side of the table, and does not move when disabled', () => {
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
});
