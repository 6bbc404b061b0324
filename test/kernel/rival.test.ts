import { expect } from 'chai';
import { fault } from '../../src/contracts/errors.js';
import { MindRun, parametersWith } from './mind-run.js';

const RIVAL = fault('SAGE_808', 'claim', '/sage elsewhere');

describe('kernel: another SAGE commands the arm', () => {
  it('sends nothing, not even a hold, and ends goals with its code', async () => {
    const run = new MindRun(parametersWith({}));
    const actions: string[] = [];
    const ends: (readonly [string, string | null])[] = [];
    run.watch = (effects) => {
      actions.push(...effects.actions.map(({ kind }) => kind));
      for (const { status, code } of effects.goal_events) ends.push([status, code]);
    };
    run.fault('claim', RIVAL);
    await run.cycles(20);
    run.say();
    await run.cycles(20);
    expect(actions).to.deep.equal([]);
    expect(ends.at(-1)).to.deep.equal(['failed', 'SAGE_808']);
    expect(run.effects?.report.faults).to.deep.include(RIVAL);
    run.fault('claim', null);
    run.say();
    await run.until(() => ends.at(-1)?.[0] === 'satisfied');
    expect(ends.at(-1)).to.deep.equal(['satisfied', null]);
  });

  it('brakes what it moves itself', async () => {
    const run = new MindRun(parametersWith({}));
    await run.cycles(20);
    run.say();
    await run.until(({ actions }) => actions.some(({ kind }) => kind === 'trajectory'));
    run.fault('claim', RIVAL);
    const { actions } = await run.cycle();
    expect(actions.map(({ kind }) => kind)).to.deep.equal(['hold']);
  });
});
