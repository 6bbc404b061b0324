import { expect } from 'chai';
import type { LanguageAnswer, Meaning } from '../../../src/contracts/language.js';
import type { GoalReading } from '../../../src/contracts/observation.js';
import { goalOf, unparsedText } from '../../../src/kernel/goals/parse.js';
import { GoalQueue } from '../../../src/kernel/goals/queue.js';
import { type UtteranceLimits, UtteranceQueue } from '../../../src/kernel/goals/utterance-queue.js';

const LIMITS: UtteranceLimits = {
  enabled: true,
  wait_ms: 1000,
  confidence_min: 0.9,
  stop_confidence_min: 0.5,
  capacity: 2,
};
const RED: Meaning = { verb: 'pick', target: { colour: 'red', kind: 'block' } };

const said = (text: string, goal_id = text, deadline_s = 0): GoalReading => ({
  kind: 'goal',
  source: 'goal',
  stamp_ms: 100,
  received_ms: 100,
  goal_id,
  text,
  priority: 0,
  deadline_s,
});
const answer = (meaning: Meaning | null, confidence: number): LanguageAnswer => ({
  goal_id: '',
  meaning,
  confidence,
  nearest: 'pick up the red block',
});

function listener(limits: Partial<UtteranceLimits> = {}) {
  const queue = new GoalQueue(4);
  const hearing = new UtteranceQueue(queue, { ...LIMITS, ...limits });
  const events = () => queue.takeEvents().map(({ goal_id, status, code }) => [goal_id, status, code]);
  return { queue, hearing, events };
}

describe('kernel/goals/utterance-queue', () => {
  it('uses what the rules understand at once, without asking the model', () => {
    const { hearing, events } = listener();
    hearing.receive(said('pick up the red block'), 0);
    expect(hearing.next).to.equal(null);
    expect(events()).to.deep.equal([['pick up the red block', 'accepted', null]]);
  });

  it('keeps what the rules do not understand, and makes a goal of it when its meaning is sure', () => {
    const { queue, hearing, events } = listener();
    hearing.receive(said('pik up teh red blok within 20 s', 'a'), 0);
    expect(hearing.next?.text).to.equal('pik up teh red blok');
    expect(events()).to.deep.equal([]);
    hearing.resolve(hearing.next!, answer(RED, 0.95));
    expect(events()).to.deep.equal([['a', 'accepted', null]]);
    expect(queue.standing[0]).to.deep.include({ verb: 'pick', target: RED.target, deadline_ms: 20_100 });
    expect(hearing.next).to.equal(null);
  });

  it('refuses what is not sure, or no command, and names the nearest', () => {
    for (const found of [answer(RED, 0.89), answer(null, 0.99), answer(RED, Number.NaN)]) {
      const { queue, hearing } = listener();
      hearing.receive(said('pik up teh red blok'), 0);
      hearing.resolve(hearing.next!, found);
      const [event] = queue.takeEvents();
      expect([event?.status, event?.code]).to.deep.equal(['rejected', 'SAGE_401']);
      expect(event?.reason).to.contain('the nearest command is "pick up the red block"');
      expect(queue.busy).to.equal(false);
      expect(queue.takeFaults().map(({ code }) => code)).to.deep.equal(['SAGE_401']);
    }
  });

  it('takes a stop that is half sure, and it ends all that waits', () => {
    const { queue, hearing, events } = listener();
    hearing.receive(said('go home', 'a'), 0);
    hearing.receive(said('shtop', 'b'), 0);
    hearing.receive(said('pik up it', 'c'), 0);
    hearing.resolve(hearing.next!, answer({ verb: 'stop', target: null }, 0.6));
    expect(queue.busy).to.equal(false);
    expect(hearing.next).to.equal(null);
    expect(events().map(([id, status]) => `${id} ${status}`)).to.have.members([
      'a accepted',
      'a cancelled',
      'b satisfied',
      'c cancelled',
    ]);
  });

  it('gives up what waits when a plain stop is said, or its client cancels it', () => {
    const { hearing, events } = listener();
    hearing.receive(said('graab it', 'a'), 0);
    hearing.receive(said('stop', 'b'), 0);
    expect(hearing.next).to.equal(null);
    hearing.receive(said('graab it', 'c'), 0);
    hearing.discard('d', '');
    expect(hearing.next?.reading.goal_id).to.equal('c');
    hearing.discard('c', 'cancelled by the client');
    expect(hearing.next).to.equal(null);
    expect(events().map(([id, status]) => `${id} ${status}`)).to.have.members([
      'a cancelled',
      'b satisfied',
      'c cancelled',
    ]);
  });

  it('rejects what nobody reads in time, and what is too large', () => {
    const { hearing, events } = listener();
    for (const id of ['a', 'b', 'c']) hearing.receive(said('graab it', id), 0);
    expect(events()).to.deep.equal([['c', 'rejected', 'SAGE_406']]);
    hearing.expire(1000);
    expect(events()).to.deep.equal([]);
    hearing.expire(1001);
    expect(events()).to.deep.equal([
      ['a', 'rejected', 'SAGE_401'],
      ['b', 'rejected', 'SAGE_401'],
    ]);
  });

  it('refuses at once where no model is used', () => {
    const { hearing, events } = listener({ enabled: false });
    hearing.receive(said('graab it', 'a'), 0);
    expect(hearing.next).to.equal(null);
    expect(events()).to.deep.equal([['a', 'rejected', 'SAGE_401']]);
  });

  it('ignores an answer to what was taken back meanwhile', () => {
    const { queue, hearing } = listener();
    hearing.receive(said('graab it', 'a'), 0);
    const heard = hearing.next!;
    hearing.discard('a', '');
    hearing.resolve(heard, answer(RED, 1));
    expect(queue.busy).to.equal(false);
  });

  it('reports what has to survive a restart', () => {
    const { hearing } = listener();
    hearing.receive(said('graab it', 'a', 2), 0);
    expect(hearing.standing).to.deep.equal([
      { goal_id: 'a', text: 'graab it', priority: 0, deadline_ms: 2100 },
    ]);
  });
});

describe('kernel/goals: what may be guessed at', () => {
  for (const text of [
    'pick up the red block',
    "don't pik up teh blok",
    'never stopp',
    'not nau',
    'pik up 3 bloks',
    'pik up teh blok within 0 s',
    'slowly pik it up slowly',
    '',
    '!?',
    'x'.repeat(501),
  ]) {
    it(`not ${JSON.stringify(text.slice(0, 40))}`, () => {
      expect(unparsedText(said(text))).to.equal(null);
    });
  }

  it('the rest, with its gaps and without its clauses', () => {
    expect(unparsedText(said('Pik up [unk] réd blok, slowly!'))).to.equal('pik up [unk] red blok');
  });

  it('refuses a meaning that does not go with what was said besides', () => {
    expect(() => goalOf(said('gooo hom on the left'), { verb: 'home', target: null })).to.throw(
      /a side of the table needs a target/,
    );
    expect(() => goalOf(said('pik it without moving'), RED)).to.throw(/without moving/);
  });
});
