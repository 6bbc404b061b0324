import { expect } from 'chai';
import { PICK, simulatedRuns, TIME_MAX_S, toTheEnd } from './simulated-runs.js';

describe('the whole, simulated: goals', function () {
  this.timeout(240_000);
  const runs = simulatedRuns();

  it('picks up the block that was named, and the world agrees', async () => {
    const simulated = runs.begin(11);
    const outcome = await simulated.pursue(PICK, TIME_MAX_S);
    expect(outcome.event?.status).to.equal('satisfied');
    expect(simulated.block('red')?.held).to.equal(true);
    expect(simulated.violations()).to.deep.equal([]);
    expect(outcome.states).to.include.members(['WAKE', 'FOCUS']);
  });

  it('decides the same twice on the same seed', async () => {
    const decisions = async (): Promise<string> => {
      const simulated = runs.begin(12);
      await simulated.pursue(PICK, TIME_MAX_S);
      return JSON.stringify([runs.rows, simulated.block('red')]);
    };
    const first = await decisions();
    runs.rows.length = 0;
    expect(await decisions()).to.equal(first);
  });

  for (const [text, seed] of [
    ['point at the green block', 13],
    ['go home', 14],
  ] as const) {
    it(`does "${text}"`, async () => {
      const simulated = runs.begin(seed);
      expect((await simulated.pursue(text, TIME_MAX_S)).event?.status).to.equal('satisfied');
      expect(simulated.violations()).to.deep.equal([]);
    });
  }

  it('stops at once on request, cancels the goal, and runs the next one', async () => {
    const simulated = runs.begin(36);
    await runs.inMotion(simulated);
    simulated.say('stop');
    const from_s = runs.rows.at(-1)?.time_s ?? 0;
    await simulated.advance(1.5);
    expect(runs.heldSince(from_s).some(({ moving }) => moving)).to.equal(false);
    expect((await simulated.pursue('go home', TIME_MAX_S)).event?.status).to.equal('satisfied');
  });

  it('stays where it is after sage/stop until sage/resume', async () => {
    const simulated = runs.begin(37);
    await runs.inMotion(simulated);
    simulated.request('stop');
    await simulated.advance(1);
    simulated.say('go home');
    const from_s = runs.rows.at(-1)?.time_s ?? 0;
    await simulated.advance(2);
    expect(runs.heldSince(from_s).some(({ moving }) => moving)).to.equal(false);
    simulated.request('resume');
    expect(await toTheEnd(simulated)).to.equal('satisfied');
  });

  it('ends a goal for an absent object with a reason', async () => {
    const simulated = runs.begin(39);
    const outcome = await simulated.pursue('pick up the purple block', TIME_MAX_S);
    expect(outcome.event?.status).to.equal('failed');
    expect(outcome.event?.code).to.equal('SAGE_402');
    expect(runs.rows.some(({ actions }) => actions.includes('gripper'))).to.equal(false);
  });

  it('rests when its energy is low, and still finishes', async () => {
    const tired = {
      ...runs.parameters,
      metabolism: { ...runs.parameters.metabolism, energy_initial: 31, recharge_per_s: 8 },
    };
    const simulated = runs.begin(40, () => {}, runs.host, tired);
    const outcome = await simulated.pursue(PICK, TIME_MAX_S);
    expect(outcome.states).to.include('REST');
    expect(outcome.event?.status).to.equal('satisfied');
  });
});
