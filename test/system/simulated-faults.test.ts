import { expect } from 'chai';
import { SageError } from '../../src/contracts/errors.js';
import type { InferencePort } from '../../src/contracts/inference.js';
import { PICK, simulatedRuns, toTheEnd } from './simulated-runs.js';

describe('the whole, simulated: what fails', function () {
  this.timeout(240_000);
  const runs = simulatedRuns();

  it('holds on a camera that stops, names it, and continues when it is back', async () => {
    const simulated = runs.begin(31);
    await runs.inMotion(simulated);
    simulated.trouble.camera = 'off';
    const from_s = runs.rows.at(-1)?.time_s ?? 0;
    await simulated.advance(3);
    expect(runs.heldSince(from_s + 0.5).some(({ moving }) => moving)).to.equal(false);
    expect(runs.rows.at(-1)?.faults).to.include('SAGE_205');
    simulated.trouble.camera = 'live';
    expect(await toTheEnd(simulated)).to.equal('satisfied');
    expect(simulated.violations()).to.deep.equal([]);
  });

  it('holds on a camera that repeats its last picture with new stamps while the arm moves', async () => {
    const simulated = runs.begin(32);
    await runs.inMotion(simulated);
    simulated.trouble.camera = 'frozen';
    const from_s = runs.rows.at(-1)?.time_s ?? 0;
    await simulated.advance(2);
    expect(runs.rows.at(-1)?.faults).to.include('SAGE_210');
    expect(runs.heldSince(from_s).some(({ moving }) => moving)).to.equal(false);
    simulated.trouble.camera = 'live';
    expect(await toTheEnd(simulated)).to.equal('satisfied');
  });

  it('holds on joint states that stop, and continues when they are back', async () => {
    const simulated = runs.begin(33);
    await runs.inMotion(simulated);
    simulated.trouble.joints = 'off';
    const from_s = runs.rows.at(-1)?.time_s ?? 0;
    await simulated.advance(2);
    expect(runs.rows.at(-1)?.faults).to.include('SAGE_205');
    expect(runs.heldSince(from_s).some(({ moving }) => moving)).to.equal(false);
    simulated.trouble.joints = 'live';
    expect(await toTheEnd(simulated)).to.equal('satisfied');
    expect(simulated.violations()).to.deep.equal([]);
  });

  it('holds on the emergency stop and continues when it is released', async () => {
    const simulated = runs.begin(34);
    await runs.inMotion(simulated);
    simulated.emergencyStop(true);
    const from_s = runs.rows.at(-1)?.time_s ?? 0;
    await simulated.advance(2);
    expect(runs.rows.at(-1)?.state).to.equal('CRISIS');
    expect(runs.heldSince(from_s).some(({ moving }) => moving)).to.equal(false);
    expect(runs.heldSince(from_s).some(({ actions }) => actions.includes('trajectory'))).to.equal(false);
    simulated.emergencyStop(false);
    expect(await toTheEnd(simulated)).to.equal('satisfied');
  });

  it('notices that a joint does not follow, stops, and ends the goal with a reason when it stays stuck', async () => {
    const simulated = runs.begin(35);
    await runs.inMotion(simulated);
    simulated.world.stick(runs.parameters.robot.joints[0] ?? '');
    const status = await toTheEnd(simulated);
    expect(status).to.equal('failed');
    expect(simulated.ended?.code).to.equal('SAGE_708');
    expect(simulated.violations()).to.deep.equal([]);
  });

  it('does not move on what it cannot see: without a model it holds its goal, and picks when the model is back', async () => {
    let broken = true;
    const failing: InferencePort = {
      run: (request) =>
        broken ? Promise.reject(new SageError('SAGE_504', 'model host', 'killed')) : runs.host.run(request),
      read: (slot, signal) => runs.host.read(slot, signal),
      free: (slots) => runs.host.free(slots),
    };
    const simulated = runs.begin(38, () => {}, failing);
    await simulated.advance(1.5);
    simulated.say(PICK);
    await simulated.advance(3);
    expect(runs.rows.some(({ actions }) => actions.includes('trajectory'))).to.equal(false);
    expect(runs.rows.some(({ faults }) => faults.includes('SAGE_504'))).to.equal(true);
    broken = false;
    expect(await toTheEnd(simulated)).to.equal('satisfied');
  });
});
