import { expect } from 'chai';
import type { BelievedObject, Goal } from '../../../src/contracts/goal.js';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import { Pursuit } from '../../../src/kernel/goals/pursuit.js';
import type { StepView } from '../../../src/kernel/goals/steps.js';

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
  priority: 0,
  deadline_ms: null,
  accepted_ms: 0,
};
const view = (now_ms: number, more: Partial<StepView> = {}): StepView => ({
  now_ms,
  tip_m: [0, 0, 0.3],
  home_error: 0,
  opening: 1,
  fingers_moving: false,
  motion_done: false,
  vision_ms: now_ms - 50,
  find: () => null,
  ...more,
});
const above_m = parameters.robot.object_height_m + parameters.robot.approach_height_m;

/** Plays a pick to the step named, with a world that does what it should. */
function pursuedTo(step: string): { pursuit: Pursuit; now_ms: number } {
  const pursuit = new Pursuit(pick, parameters, 0);
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
    const pursuit = new Pursuit(pick, parameters, 0);
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

  it('is not satisfied by having sent a motion: the tip must be there', () => {
    const { pursuit, now_ms } = pursuedTo('approach');
    expect(pursuit.advance(view(now_ms + 50, { tip_m: [0.3, 0.1, above_m] })).step).to.equal('approach');
    const short = pursuit.advance(view(now_ms + 100, { motion_done: true, tip_m: [0.25, 0.1, above_m] }));
    expect(short.step).to.equal('locate');
  });

  it('ends with a reason when the target is not seen for the time allowed', () => {
    const pursuit = new Pursuit(pick, parameters, 0);
    const end = pursuit.advance(view(parameters.kernel.search_timeout_s * 1000 + 1)).end;
    expect(end?.outcome).to.equal('failed');
    expect(end?.code).to.equal('SAGE_402');
    expect(end?.reason).to.match(/red block/);
  });

  it('does not take for missing what nobody could look for: without vision it waits where it is', () => {
    for (const vision_ms of [null, -10_000]) {
      const pursuit = new Pursuit(pick, parameters, 0);
      for (let now_ms = 1000; now_ms <= 100_000; now_ms += 1000) {
        const { end, need } = pursuit.advance(view(now_ms, { vision_ms, home_error: 1 }));
        expect(end).to.equal(null);
        expect(need?.kind).to.equal('look');
      }
      const search_ms = parameters.kernel.search_timeout_s * 1000;
      expect(pursuit.advance(view(100_000 + search_ms)).end).to.equal(null);
      expect(pursuit.advance(view(100_001 + search_ms)).end?.code).to.equal('SAGE_402');
    }
  });

  it('moves the arm out of the way when it may hide the target', () => {
    const pursuit = new Pursuit(pick, parameters, 0);
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
    down.pursuit.resume(down.now_ms + 10);
    expect(down.pursuit.step).to.equal('locate');
    const up = pursuedTo('lift');
    const key = up.pursuit.motionKey;
    up.pursuit.resume(up.now_ms + 10);
    expect(up.pursuit.step).to.equal('lift');
    expect(up.pursuit.motionKey).to.not.equal(key);
  });
});
