import { expect } from 'chai';
import { SageError } from '../../src/contracts/errors.js';
import type { GoalEvent } from '../../src/contracts/goal.js';
import type { InferencePort, InferenceRequest, Tensor } from '../../src/contracts/inference.js';
import { MindRun, parametersWith } from './mind-run.js';

const HOME = 5;
const ENABLED = parametersWith({ language: { enabled: true } });

const floats = (data: Float32Array): Tensor => ({ type: 'float32', dims: [1, data.length], data });
const sureOf = (length: number, chosen: number, sure: number): Tensor =>
  floats(Float32Array.from({ length }, (_, index) => (index === chosen ? sure : 0)));

/** A model that takes everything for "go home", as sure as it is told to be, and counts its steps. */
function reader(sure: number): InferencePort & { readonly asked: InferenceRequest[] } {
  const asked: InferenceRequest[] = [];
  return {
    asked,
    run: (request) => {
      asked.push(request);
      const before = (request.inputs.meaning as Tensor).data as Float32Array;
      const tensors = {
        next_beliefs: request.inputs.beliefs as Tensor,
        next_meaning: floats(before.map((value) => (value + 3) / 4)),
        intent: sureOf(8, HOME, sure),
        colour: sureOf(12, 0, sure),
        kind: sureOf(2, 0, sure),
        energy: floats(Float32Array.of(1 / asked.length)),
      };
      return Promise.resolve({ tensors, slots: {}, run_ms: 1 });
    },
    read: () => Promise.reject(new Error('nothing is kept')),
    free: () => {},
  };
}

/** Runs until the goal has ended, and gives its events. */
async function eventsOf(run: MindRun, text: string, limit_s = 30): Promise<readonly GoalEvent[]> {
  const events: GoalEvent[] = [];
  await run.cycles(20);
  run.say(text);
  await run.until(({ goal_events }) => {
    events.push(...goal_events);
    return goal_events.some(({ status }) => ['satisfied', 'rejected', 'failed'].includes(status));
  }, limit_s);
  return events;
}

describe('kernel: utterances that the rules do not understand', () => {
  it('moves the arm home for "goo hoem", read by the language plugin in the loop', async () => {
    const model = reader(20);
    const run = new MindRun(ENABLED, [], model);
    const events = await eventsOf(run, 'goo hoem');
    expect(events.map(({ status }) => status)).to.include.members(['accepted', 'active', 'satisfied']);
    expect(events.at(-1)?.text).to.equal('goo hoem');
    expect(Math.abs(run.arm[0]!), 'the first joint is home').to.be.below(0.05);
    expect(model.asked.length, 'steps').to.be.within(2, 8);
  });

  it('does not move on a meaning that is not sure, and names the nearest command', async () => {
    const run = new MindRun(ENABLED, [], reader(2));
    const start = [...run.arm];
    const [event] = await eventsOf(run, 'goo hoem');
    expect([event?.status, event?.code]).to.deep.equal(['rejected', 'SAGE_401']);
    expect(event?.reason).to.contain('"goo hoem"').and.contain('the nearest command is "go home"');
    await run.cycles(40);
    expect(run.arm).to.deep.equal(start);
  });

  it('asks no model about what the rules understand', async () => {
    const model = reader(20);
    const events = await eventsOf(new MindRun(ENABLED, [], model), 'go home');
    expect(events.at(-1)?.status).to.equal('satisfied');
    expect(model.asked).to.deep.equal([]);
  });

  it('asks no model about a negation', async () => {
    const model = reader(20);
    const events = await eventsOf(new MindRun(ENABLED, [], model), 'do not goo hoem');
    expect(events.map(({ status }) => status)).to.deep.equal(['rejected']);
    expect(model.asked).to.deep.equal([]);
  });

  it('refuses with the reason if the model is missing, and continues with the rules', async () => {
    const broken: InferencePort = {
      run: () => Promise.reject(new SageError('SAGE_501', 'language-refiner', 'no such file')),
      read: () => Promise.reject(new Error('nothing is kept')),
      free: () => {},
    };
    const run = new MindRun(ENABLED, [], broken);
    const [event] = await eventsOf(run, 'goo hoem');
    expect([event?.status, event?.code]).to.deep.equal(['rejected', 'SAGE_401']);
    expect(event?.reason).to.contain('reading it failed').and.contain('no such file');
    expect(run.effects?.report.faults.map(({ code }) => code)).to.include('SAGE_501');
    expect((await eventsOf(run, 'go home')).at(-1)?.status).to.equal('satisfied');
  });

  it('refuses at once where no model is used', async () => {
    const model = reader(20);
    const run = new MindRun(parametersWith({ language: { enabled: false } }), [], model);
    const [event] = await eventsOf(run, 'goo hoem', 1);
    expect([event?.status, event?.code]).to.deep.equal(['rejected', 'SAGE_401']);
    expect(model.asked).to.deep.equal([]);
  });

  it('refuses what is never read, in bounded time', async () => {
    const silent: InferencePort = {
      run: () => new Promise(() => {}),
      read: () => Promise.reject(new Error('nothing is kept')),
      free: () => {},
    };
    const parameters = parametersWith({ language: { enabled: true }, hrm: { atp_per_s: 0.001 } });
    const run = new MindRun(parameters, [], silent);
    const before_s = run.time_s;
    const [event] = await eventsOf(run, 'goo hoem');
    expect([event?.status, event?.code]).to.deep.equal(['rejected', 'SAGE_401']);
    expect(run.time_s - before_s, 's').to.be.at.most(8);
  });
});
