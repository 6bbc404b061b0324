import { expect } from 'chai';
import { wrappedNear } from '../../src/robot/joint-wrapping.js';
import { MindRun, parametersWith } from './mind-run.js';
import { urdf } from './tabletop.js';

/** The tabletop arm with a first joint that turns endlessly, whose driver reports it within one turn. */
function endlessRun(home: number): MindRun {
  const parameters = parametersWith({ robot: { workspace_min_m: [-1, -1, 0] } });
  parameters.robot.home = [home, -0.35, 1.75, 0, 1.7416, 0];
  const run = new MindRun(parameters);
  run.wrapped = true;
  const endless = urdf.replace(
    'name="shoulder_pan" type="revolute"',
    'name="shoulder_pan" type="continuous"',
  );
  expect(endless).not.to.equal(urdf);
  run.put('robot_description', { urdf: endless });
  return run;
}

describe('kernel: a joint that turns endlessly', () => {
  it('goes the short way home over the seam of a turn, without a crisis, and knows that it is there', async () => {
    const run = endlessRun(-2.5);
    run.from = [2.5, -0.35, 1.75, 0, 1.7416, 0];
    await run.cycles(20);
    run.say();
    let far = 0;
    run.eachCycle = () => {
      far = Math.max(far, Math.abs(run.arm[0]! - 2.5));
    };
    const done = await run.until(
      ({ goal_events }) => goal_events.some(({ status }) => status === 'satisfied'),
      30,
    );
    expect(done).to.equal(true);
    expect(run.transitions.map(({ to }) => to)).not.to.include('CRISIS');
    expect(far).to.be.below(2 * Math.PI - 5 + 0.05);
    expect(wrappedNear(run.arm[0]!, -2.5)).to.be.closeTo(-2.5, 0.02);
  });
});
