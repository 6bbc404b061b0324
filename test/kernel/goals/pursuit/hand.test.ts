import { expect } from 'chai';
import type { Goal } from '../../../../src/contracts/goal.js';
import { Pursuit } from '../../../../src/kernel/goals/pursuit.js';
import { above_m, parameters, pick, view } from './pursued.js';

describe('kernel/goals/pursuit: the hand', () => {
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
