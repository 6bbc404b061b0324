import { expect } from 'chai';
import fc from 'fast-check';
import { defaultParameters } from '../../src/contracts/parameters/index.js';
import type { HStepResult } from '../../src/contracts/plan.js';
import type { Doubt, Faculty } from '../../src/kernel/faculty.js';
import { Learner, type Lessons } from '../../src/kernel/learn.js';
import { Situation } from '../../src/kernel/situation.js';

const situation = new Situation(defaultParameters());
const faculty = (...doubts: Doubt[]): Faculty => ({
  plugin: 'x',
  offer: () => null,
  integrate: () => {},
  doubts: () => doubts,
});
const doubt = (uncertainty: number, disagreement = 0, source = 'camera'): Doubt => ({
  source,
  uncertainty,
  disagreement,
});
const conflict = (...faculties: Faculty[]) => new Learner().conflict(situation, faculties).get('camera');

describe('kernel/learn: conflict', () => {
  it('is half of the uncertainty and half of the disagreement of the one plugin that reads a source', () => {
    expect(conflict(faculty(doubt(0.4, 0)))).to.be.closeTo(0.2, 1e-12);
    expect(conflict(faculty(doubt(0, 0.6)))).to.be.closeTo(0.3, 1e-12);
    expect(conflict(faculty(doubt(1, 1)))).to.equal(1);
    expect(conflict()).to.equal(undefined);
    expect(conflict(faculty(doubt(1, 1, 'microphone')))).to.equal(undefined);
  });

  it('is more where plugins disagree on how sure they are than where they agree', () => {
    const apart = conflict(faculty(doubt(0)), faculty(doubt(0.8)))!;
    const together = conflict(faculty(doubt(0.4)), faculty(doubt(0.4)))!;
    expect(apart).to.be.closeTo(0.5 * 0.4 + 0.5 * 0.8, 1e-12);
    expect(together).to.be.closeTo(0.2, 1e-12);
  });

  it('is in 0..1 for whatever plugins say, and what is no number is in doubt', () => {
    const any = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1));
    fc.assert(
      fc.property(fc.array(fc.tuple(any, any), { minLength: 1, maxLength: 5 }), (said) => {
        const faculties = said.map(([uncertainty, disagreement]) =>
          faculty(doubt(uncertainty, disagreement)),
        );
        expect(conflict(...faculties)).to.be.within(0, 1);
      }),
    );
    expect(conflict(faculty(doubt(Number.NaN)))).to.equal(0.5);
  });
});

describe('kernel/learn: reward', () => {
  const offers = (...plugins: string[]) =>
    plugins.map((plugin) => ({
      plugin,
      resource: 'vision' as const,
      sources: [`${plugin}'s source`],
      task: null,
      goal_need: 0,
      running: true,
      last_result_ms: null,
    }));
  const refined = (...plugins: string[]): HStepResult =>
    ({ results: plugins.map((plugin) => ({ plugin })), coherence: 1 }) as unknown as HStepResult;
  const pursuing = (): Situation => {
    const pursuing = new Situation(defaultParameters());
    const stamps = { source: 'goal', stamp_ms: 0, received_ms: 0 };
    pursuing.goals.accept({
      kind: 'goal',
      ...stamps,
      goal_id: 'g',
      text: 'go home',
      priority: 0,
      deadline_s: 0,
    });
    pursuing.goals.choose(0);
    pursuing.goals.takeEvents();
    return pursuing;
  };
  const lessons = (changes: Partial<Lessons>): Lessons => ({
    situation,
    offers: [],
    hstep: refined(),
    stepped: false,
    events: [],
    dt_s: 0.05,
    ...changes,
  });
  const ended = (status: 'satisfied' | 'failed' | 'cancelled' | 'expired') =>
    [{ goal_id: 'g', text: '', status, step: '', progress: 1, code: null, reason: '' }] as const;

  it('goes to the sources that the goal rested on, not to those that were only offered', () => {
    const learner = new Learner();
    const during = { situation: pursuing(), offers: offers('used', 'idle'), hstep: refined('used') };
    learner.update(lessons(during));
    expect(learner.update(lessons({ ...during, events: ended('satisfied') }))).to.deep.equal([
      { value: 1, sources: ["used's source"] },
    ]);
    expect([...learner.reward()]).to.deep.equal([["used's source", 1]]);
  });

  it('is 0 for a failure, 0.8 for a step, and fades to neither within some seconds', () => {
    const during = { situation: pursuing(), offers: offers('a'), hstep: refined('a') };
    const stepping = new Learner();
    stepping.update(lessons({ ...during, stepped: true }));
    expect(stepping.reward().get("a's source")).to.equal(0.8);
    const failing = new Learner();
    failing.update(lessons({ ...during, events: ended('failed') }));
    expect(failing.reward().get("a's source")).to.equal(0);
    for (let index = 0; index < 40; index++) failing.update(lessons({}));
    expect(failing.reward().get("a's source")).to.be.closeTo(0.5 * (1 - 0.975 ** 40), 1e-9);
    for (let index = 0; index < 400; index++) failing.update(lessons({}));
    expect(failing.reward().size, 'what has faded is forgotten').to.equal(0);
  });

  it('says nothing for a goal that was cancelled or ran out of time', () => {
    for (const status of ['cancelled', 'expired'] as const) {
      const learner = new Learner();
      const during = { situation: pursuing(), offers: offers('a'), hstep: refined('a') };
      expect(learner.update(lessons({ ...during, events: ended(status) }))).to.deep.equal([]);
      expect(learner.reward().size).to.equal(0);
    }
  });
});
