import { expect } from 'chai';
import fc from 'fast-check';
import { SageError } from '../../../src/contracts/errors.js';
import type { GoalReading } from '../../../src/contracts/observation.js';
import { parseGoal } from '../../../src/kernel/goals/parse.js';

const said = (text: string, more: Partial<GoalReading> = {}): GoalReading => ({
  kind: 'goal',
  source: 'goal',
  stamp_ms: 1000,
  received_ms: 1000,
  goal_id: 'g1',
  text,
  priority: 0,
  deadline_s: 0,
  ...more,
});

describe('kernel/goals/parse', () => {
  const cases: [string, string, string | null, string | null][] = [
    ['pick up the red block', 'pick', 'red', 'block'],
    ['Please pick the RED cube up!', 'pick', 'red', 'block'],
    ['grab the blue one', 'pick', 'blue', 'block'],
    ['take a block', 'pick', null, 'block'],
    ['point at the green block', 'point', 'green', 'block'],
    ['look for the violet brick', 'look', 'purple', 'block'],
    ['go home', 'home', null, null],
    ['stop', 'stop', null, null],
    ['STOP!', 'stop', null, null],
    ['put it down', 'place', null, null],
    ['put the block down', 'place', null, null],
    ['open the gripper', 'release', null, null],
  ];
  for (const [text, verb, colour, kind] of cases) {
    it(`understands "${text}"`, () => {
      const goal = parseGoal(said(text));
      expect(goal.verb).to.equal(verb);
      if (colour !== null || kind !== null) expect(goal.target).to.deep.equal({ colour, kind });
      else expect(goal.target).to.equal(null);
    });
  }

  for (const text of [
    '',
    '   ',
    'sing a song',
    'do not stop',
    "don't pick up the red block",
    'pick up',
    'pick up the red green block',
    'pick up the red block and throw it',
    'stop the music',
    'the red block',
    'pick up the red block within -5 s',
    'put it down on the left',
  ]) {
    it(`refuses "${text}" whole`, () => {
      expect(() => parseGoal(said(text)))
        .to.throw(SageError)
        .with.property('code', 'SAGE_401');
    });
  }

  it('refuses what is too long with its own code', () => {
    expect(() => parseGoal(said('pick up the red block '.repeat(30))))
      .to.throw(SageError)
      .with.property('code', 'SAGE_407');
  });

  it('turns a deadline into a moment and bounds the priority', () => {
    const goal = parseGoal(said('go home', { deadline_s: 2.5, priority: 99 }));
    expect(goal.deadline_ms).to.equal(3500);
    expect(goal.priority).to.equal(10);
    expect(parseGoal(said('go home', { priority: Number.NaN })).priority).to.equal(0);
  });

  for (const [text, deadline_s, priority, constraints] of [
    ['pick up the red block within 20 s', 20, 0, {}],
    ['within 1.5 minutes, pick up the red block', 90, 0, {}],
    ['Pick up the red block in at most 30s.', 30, 0, {}],
    ['find the red block within half a minute', 30, 0, {}],
    ['pick up the red block urgently', null, 8, {}],
    ['pick up the red block with priority 5', null, 5, {}],
    ['pick up the red block slowly', null, 0, { speed: 0.5 }],
    ['go home at 30 % speed', null, 0, { speed: 0.3 }],
    ['go home at half speed', null, 0, { speed: 0.5 }],
    ['point at the block on the left', null, 0, { side: 'left' }],
    ['pick the red block on your right side up, gently, within 2 min', 120, 0, { side: 'right', speed: 0.5 }],
    ['look for the red block without moving', null, 0, { still: true }],
  ] as const) {
    it(`understands the conditions of "${text}"`, () => {
      const goal = parseGoal(said(text));
      expect(goal.deadline_ms).to.equal(deadline_s === null ? null : 1000 + deadline_s * 1000);
      expect(goal.priority).to.equal(priority);
      expect(goal.constraints).to.deep.equal({ speed: 1, side: null, still: false, ...constraints });
      expect(goal.text).to.equal(text);
    });
  }

  it('stops at once, even right after the start', () => {
    for (const text of ['stop immediately', 'stop right away', 'freeze at once'])
      expect(parseGoal(said(text)).verb).to.equal('stop');
  });

  for (const text of [
    'pick up the red block within 0 s',
    'pick up the red block within 20 parsecs',
    'pick up the red block within 20 s within 30 s',
    'pick up the red block with priority 50',
    'pick up the red block at 300 % speed',
    'pick up the red block slowly at 80 % speed',
    'pick up the red block on the left on the right',
    'pick up the red block without moving',
    'go home on the left',
    'pick up 3 red blocks',
    'pick up red block 2',
  ]) {
    it(`refuses "${text}" rather than leave out half of it`, () => {
      expect(() => parseGoal(said(text)))
        .to.throw(SageError)
        .with.property('code', 'SAGE_401');
    });
  }

  it('takes the tighter deadline and the higher priority of the sentence and the fields', () => {
    const both = (deadline_s: number, priority: number) =>
      parseGoal(said('go home within 20 s with priority 4', { deadline_s, priority }));
    expect(both(5, 1)).to.include({ deadline_ms: 6000, priority: 4 });
    expect(both(60, 9)).to.include({ deadline_ms: 21_000, priority: 9 });
  });

  it('either understands or rejects any text with a code', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 800 }), (text) => {
        try {
          expect(parseGoal(said(text)).text.length).to.be.at.most(500);
        } catch (thrown) {
          expect(thrown).to.be.instanceOf(SageError);
          expect((thrown as SageError).code).to.be.oneOf(['SAGE_401', 'SAGE_407']);
        }
      }),
    );
  });
});
