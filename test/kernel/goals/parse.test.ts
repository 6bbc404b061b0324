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

  it('either understands or refuses with a code, whatever is said', () => {
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
