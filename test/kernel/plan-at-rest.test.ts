import { expect } from 'chai';
import { MindRun, parametersWith } from './mind-run.js';

describe('kernel: a motion that takes the place of another', () => {
  it('is planned from where the arm has come to rest: the gate has nothing against it', async () => {
    const run = new MindRun(parametersWith({ robot: { speed_scale: 1 } }), [], undefined, 20);
    const rejected: { readonly code: string }[] = [];
    const actions: string[] = [];
    run.watch = (effects) => {
      rejected.push(...(effects.decision?.rejected ?? []));
      actions.push(...effects.actions.map(({ kind }) => kind));
    };
    await run.cycles(20);
    run.say('go home');
    await run.until(({ actions: sent }) => sent.some(({ kind }) => kind === 'trajectory'));
    // In the midst of it, at speed.
    await run.cycles(10);
    actions.length = 0;
    run.say('go home slowly', 0, 5);
    const ended = await run.until(({ goal_events }) =>
      goal_events.some(({ status }) => status === 'satisfied'),
    );
    expect(ended).to.equal(true);
    expect(actions).to.deep.equal(['hold', 'trajectory']);
    expect(rejected).to.deep.equal([]);
  });
});
