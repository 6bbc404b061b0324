import { expect } from 'chai';
import type { SimulatedRun } from '../../src/app/bench/simulated-run.js';
import { PICK, simulatedRuns, TIME_MAX_S } from './simulated-runs.js';

describe('the whole, simulated: with something in the hand', function () {
  this.timeout(240_000);
  const runs = simulatedRuns();

  it('says at once that what it should point at is in its hand', async () => {
    const simulated = runs.begin(2);
    expect((await simulated.pursue(PICK, TIME_MAX_S)).event?.status).to.equal('satisfied');
    for (const text of ['point at the red block', 'look at the red block']) {
      const { event } = await simulated.pursue(text, 4);
      expect(event, text).to.include({ text, status: 'failed', code: 'SAGE_409' });
      expect(event?.reason).to.equal('the red block is in the hand; put it down first');
    }
    expect((await simulated.pursue(PICK, 4)).event?.status, 'held already').to.equal('satisfied');
  });

  /** Picks up the red block of a seed, and gives where the others lie then. */
  async function holding(seed: number): Promise<[SimulatedRun, ReturnType<SimulatedRun['block']>]> {
    const simulated = runs.begin(seed);
    expect((await simulated.pursue(PICK, TIME_MAX_S)).event?.status).to.equal('satisfied');
    return [simulated, simulated.block('green')];
  }

  it('puts down what it holds beside the block that its hand is above, which stays as it was', async () => {
    const [simulated, green] = await holding(2);
    expect((await simulated.pursue('point at the green block', TIME_MAX_S)).event?.status).to.equal(
      'satisfied',
    );
    expect((await simulated.pursue('put it down', TIME_MAX_S)).event?.status).to.equal('satisfied');
    await simulated.advance(0.5);
    expect(simulated.block('red')).to.include({ held: false, on_table: true });
    expect(simulated.block('green')).to.deep.equal(green);
    expect(simulated.world.truth().pressed_m, 'm pressed on it').to.equal(0);
    expect(simulated.violations()).to.deep.equal([]);
  });

  it('feels an unseen block under its gripper, stops, and places elsewhere', async () => {
    const [simulated] = await holding(2);
    const [x, y] = simulated.world.truth().tip.position_m;
    simulated.world.putBlock('green', x, y);
    const below = simulated.block('green');
    expect((await simulated.pursue('put it down', TIME_MAX_S)).event?.status).to.equal('satisfied');
    await simulated.advance(0.5);
    expect(simulated.block('red')).to.include({ held: false, on_table: true });
    expect(simulated.block('green')).to.deep.equal(below);
    expect(simulated.world.truth().pressed_m, 'm commanded into it').to.be.within(0.004, 0.03);
    expect(simulated.violations()).to.deep.equal([]);
  });

  it('stacks on the block that is named', async () => {
    const [simulated, green] = await holding(2);
    const { event } = await simulated.pursue('put it on top of the green block', TIME_MAX_S);
    expect(event?.status).to.equal('satisfied');
    await simulated.advance(0.5);
    const red = simulated.block('red');
    expect(red).to.include({ held: false, on_table: false });
    expect(red?.position_m[2]).to.be.closeTo(0.06, 0.001);
    expect(simulated.block('green')).to.deep.equal(green);
    expect(simulated.violations()).to.deep.equal([]);
  });
});
