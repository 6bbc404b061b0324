import { expect } from 'chai';
import { playedInputs } from '../../../src/app/replay/played-inputs.js';
import type { RecordedInput } from '../../../src/app/replay/recorded-run.js';
import type { RunInput } from '../../../src/contracts/run-input.js';
import type { BagMessage } from '../../../src/replay/bag.js';

interface Said {
  readonly kind: string;
  readonly name: string;
  readonly text: string;
}

describe('the inputs of a bag that is played in a loop', () => {
  const at = (stamp_ms: number, input: RunInput): RecordedInput => ({
    input,
    stamp_ms,
    time_ms: stamp_ms + 1,
    data: Buffer.from(`bytes of ${stamp_ms}`),
  });
  const goal = (stamp_ms: number, goal_id: string): RecordedInput =>
    at(stamp_ms, {
      kind: 'said',
      reading: {
        kind: 'goal',
        source: 'goal',
        stamp_ms,
        received_ms: stamp_ms,
        goal_id,
        text: 'go home',
        priority: 1,
        deadline_s: 0,
      },
    });
  const operator = (stamp_ms: number, request: 'stop' | 'cancel', argument = ''): RecordedInput =>
    at(stamp_ms, {
      kind: 'said',
      reading: { kind: 'operator', source: 'operator', stamp_ms, received_ms: stamp_ms, request, argument },
    });
  const inputs = [
    goal(500, 'old'),
    goal(600, 'over'),
    at(700, { kind: 'ended', goal_id: 'over', outcome: 'satisfied' }),
    goal(2000, 'new'),
    operator(3000, 'cancel', 'new'),
  ];
  const message = (stamp_ms: number, time_ms = stamp_ms + 1) =>
    ({ time_ms, data: Buffer.from(`bytes of ${stamp_ms}`) }) as unknown as BagMessage;
  const told = (said: Uint8Array | object): string => {
    if (said instanceof Uint8Array) return Buffer.from(said).toString();
    const { kind, name, text } = said as Said;
    return `${kind} ${name} ${text}`.trim();
  };

  it('are said in the first round as they are, the standing ones first', () => {
    const played = playedInputs('/sage/inputs', inputs, 1000);
    expect(played.begin(0).map(told)).to.deep.equal(['bytes of 500']);
    expect(told(played.said(message(2000), 0)!)).to.equal('bytes of 2000');
    expect(played.said(message(600), 0)).to.equal(null);
  });

  it('are each said once, when several were recorded at one moment', () => {
    const both = [goal(2000, 'a'), goal(2001, 'b')].map((each) => ({ ...each, time_ms: 5000 }));
    const played = playedInputs('/sage/inputs', both, 1000);
    const said = [2000, 2001].map((stamp_ms) => told(played.said(message(stamp_ms, 5000), 0)!));
    expect(said).to.deep.equal(['bytes of 2000', 'bytes of 2001']);
  });

  it('begin each later round by taking back its goals, which come again with ids of their own', () => {
    const played = playedInputs('/sage/inputs', inputs, 1000);
    expect(played.begin(1).map(told)).to.deep.equal([
      'operator cancel old',
      'operator cancel new',
      'goal old#2 go home',
    ]);
    expect(told(played.said(message(2000), 1)!)).to.equal('goal new#2 go home');
    expect(told(played.said(message(3000), 1)!)).to.equal('operator cancel new#2');
    expect(played.begin(2).map(told)).to.deep.equal([
      'operator cancel old#2',
      'operator cancel new#2',
      'goal old#3 go home',
    ]);
  });

  it('take back a stop and an emergency stop too, where there was one', () => {
    const pressed = at(2500, {
      kind: 'said',
      reading: {
        kind: 'emergency_stop',
        source: 'emergency_stop',
        stamp_ms: 2500,
        received_ms: 2500,
        pressed: true,
      },
    });
    const played = playedInputs('/sage/inputs', [pressed, operator(2600, 'stop')], 1000);
    expect(played.begin(0)).to.deep.equal([]);
    expect(played.begin(1).map(told)).to.deep.equal(['emergency_stop  released', 'operator resume']);
    // As it is: it names no goal.
    expect(told(played.said(message(2600), 1)!)).to.equal('bytes of 2600');
  });
});
