import { expect } from 'chai';
import fc from 'fast-check';
import { defaultParameters } from '../../src/contracts/parameters/index.js';
import type { HStepResult } from '../../src/contracts/plan.js';
import type { Doubt, Faculty } from '../../src/kernel/faculty.js';
import { Learner, type LearningInputs } from '../../src/kernel/learn.js';
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
  const lessons = (changes: Partial<LearningInputs>): LearningInputs => ({
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

describe('kernel/learn: performance', () => {
  const task = (goal_id = 'g'): Situation => {
    const pursued = new Situation(defaultParameters());
    const stamps = { source: 'goal', stamp_ms: 0, received_ms: 0 };
    pursued.goals.accept({ kind: 'goal', ...stamps, goal_id, text: 'go home', priority: 0, deadline_s: 0 });
    pursued.goals.choose(0);
    return pursued;
  };
  const offer = (plugin: string, goal_need: number) => ({
    plugin,
    resource: 'vision' as const,
    sources: [],
    task: null,
    goal_need,
    running: true,
    last_result_ms: null,
  });
  type Status = 'running' | 'halted' | 'failed' | 'cancelled' | 'starved';
  const result = (plugin: string, status: Status) => ({
    plugin,
    finished: status !== 'running' && status !== 'starved',
    report: { status },
  });
  const lessons = (pursued: Situation, results: readonly unknown[], stepped = false): LearningInputs => ({
    situation: pursued,
    offers: [offer('needed', 1), offer('background', 0.3)],
    hstep: { results, coherence: 1 } as unknown as HStepResult,
    stepped,
    events: [],
    dt_s: 0.05,
  });

  it('is nothing without a task, and 0 at the start of one, however coherent nothing is', () => {
    const learner = new Learner();
    learner.update(lessons(situation, [result('needed', 'halted')]));
    expect(learner.performance).to.equal(null);
    learner.update(lessons(task(), []));
    expect(learner.performance).to.equal(0);
  });

  it('is earned by a refinement that the task needs and that ended well, or by a step, and by nothing else', () => {
    for (const [earned, results, stepped] of [
      [1, [result('needed', 'halted')], false],
      [1, [], true],
      [0, [result('needed', 'running')], false],
      [0, [result('needed', 'failed')], false],
      [0, [result('needed', 'cancelled')], false],
      [0, [result('background', 'halted')], false],
    ] as const) {
      const learner = new Learner();
      const pursued = task();
      learner.update(lessons(pursued, results, stepped));
      expect(learner.performance, JSON.stringify(results)).to.equal(earned);
      pursued.now_ms += 4000;
      learner.update(lessons(pursued, results.slice(0, 0)));
      expect(learner.performance).to.equal(0.75 * earned);
    }
  });

  it('is earned anew by each task', () => {
    const learner = new Learner();
    learner.update(lessons(task('one'), [result('needed', 'halted')]));
    expect(learner.performance).to.equal(1);
    learner.update(lessons(task('two'), []));
    expect(learner.performance).to.equal(0);
  });

  it('stays in 0..1, and 0 as long as nothing ended well, whatever comes', () => {
    const any = fc.record({
      plugin: fc.constantFrom('needed', 'background'),
      status: fc.constantFrom<Status>('running', 'halted', 'failed', 'cancelled', 'starved'),
      stepped: fc.boolean(),
      goal: fc.constantFrom('one', 'two'),
      passed_ms: fc.nat(5000),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 60 }), (cycles) => {
        const learner = new Learner();
        let now_ms = 0;
        let earned = false;
        let last = '';
        for (const { plugin, status, stepped, goal, passed_ms } of cycles) {
          const pursued = task(goal);
          now_ms += passed_ms;
          pursued.now_ms = now_ms;
          learner.update(lessons(pursued, [result(plugin, status)], stepped));
          earned = (goal === last && earned) || stepped || (plugin === 'needed' && status === 'halted');
          last = goal;
          expect(learner.performance).to.be.within(0, 1);
          expect(learner.performance! > 0).to.equal(earned);
        }
      }),
    );
  });
});
