import { expect } from 'chai';
import type { BelievedObject, Goal } from '../../../../src/contracts/goal.js';
import { Pursuit } from '../../../../src/kernel/goals/pursuit.js';
import { parameters, pick, pursuedTo, red, view } from './pursued.js';

describe('kernel/goals/pursuit: its target', () => {
  describe('while it goes for its target', () => {
    const elsewhere = (x: number, more: Partial<BelievedObject> = {}): BelievedObject => ({
      ...red,
      position_m: [x, 0.1, 0.02],
      ...more,
    });
    for (const step of ['approach', 'descend']) {
      it(`searches for it again at ${step} when it was moved beyond vision error, or is gone`, () => {
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
});
