import { expect } from 'chai';
import type { ArmState, ArmTrajectory } from '../../src/contracts/motion.js';
import { checkConsistency } from '../../src/contracts/parameters/consistency.js';
import { defaultParameters } from '../../src/contracts/parameters/index.js';
import { Beliefs } from '../../src/kernel/beliefs.js';
import { Body } from '../../src/kernel/body.js';
import { Execution } from '../../src/kernel/execution.js';
import { LIMIT, robotOf } from '../robot/hands.js';
import { MindRun, parametersWith } from './mind-run.js';
import { seen } from './tabletop.js';

/** Turns, then slides down. */
const SLIDING = robotOf([
  {
    name: 'turn',
    type: 'revolute',
    parent: 'base_link',
    child: 'arm',
    xyz: '0 0 0.5',
    axis: '0 0 1',
    limit: LIMIT,
  },
  {
    name: 'slide',
    type: 'prismatic',
    parent: 'arm',
    child: 'grasp',
    xyz: '0.4 0 0',
    axis: '0 0 -1',
    limit: LIMIT,
  },
]);
const bodyOf = (urdf: string): Body => {
  const parameters = defaultParameters();
  return new Body(urdf, { ...parameters, robot: { ...parameters.robot, tip_frame: 'grasp' } });
};

describe('kernel: arms that are not the simulated one', () => {
  it('count a metre of a sliding joint for more than a radian, where it does not follow and where it comes to rest', () => {
    const body = bodyOf(SLIDING);
    expect(body.tolerance_scales).to.deep.equal([1, 5]);
    const still = [0, 0];
    const trajectory: ArmTrajectory = {
      joints: body.joints,
      points: [{ time_s: 1, position: [0, 0.2], velocity: still, acceleration: still }],
    };
    const start = { position: still, velocity: still };
    const execution = new Execution(
      'key',
      trajectory,
      '',
      0,
      false,
      start,
      1,
      body.continuous,
      body.tolerance_scales,
    );
    const at = (slide: number): ArmState => ({
      stamp_ms: 3000,
      joints: body.joints,
      position: [0, slide],
      velocity: still,
    });
    expect(execution.largestDeviation(at(0.1))).to.deep.include({ joint: 1, counted: 0.5 });
    expect(execution.status(at(0.18), 3000), '2 cm above its end').to.equal('running');
    expect(execution.status(at(0.199), 3000)).to.equal('done');
  });

  it('hold, and say why, while what carries them is not where motions are planned for (SAGE_711)', async () => {
    const [, ...joints] = parametersWith({}).robot.joints;
    const { home } = parametersWith({}).robot;
    const run = new MindRun(
      parametersWith({ robot: { joints, home: home.slice(1) }, attention: { enabled: false } }),
    );
    run.from = home.slice(1);
    let carried = 0;
    run.eachCycle = () =>
      run.put('joints', { names: ['shoulder_pan'], position: [carried], velocity: [0] }, 'carrier');
    await run.cycles(5);
    expect(run.kernel.mind.situation.held).to.equal(null);
    carried = 0.4;
    await run.cycles(2);
    expect(run.kernel.mind.situation.held).to.include({ code: 'SAGE_711', where: 'robot.base_frame' });
    expect(run.kernel.mind.situation.held?.text).to.include('shoulder_pan is at 0.4');
    carried = 0;
    await run.cycles(2);
    expect(run.kernel.mind.situation.held).to.equal(null);
  });

  it('separate adjacent small objects of the same colour', () => {
    for (const [size_m, count] of [
      [0.025, 2],
      [0.04, 1],
    ] as const) {
      const beliefs = new Beliefs(size_m);
      const answer = (stamp_ms: number, xs: readonly number[]) => ({
        stamp_ms,
        objects: xs.map((x) => seen('red', x, 0)),
        robot_share: 0,
        confidence: 0.9,
      });
      beliefs.integrate(answer(100, [0.3]), 1, () => false);
      beliefs.integrate(answer(200, [0.33]), 1, () => false);
      expect(beliefs.all, `${size_m}`).to.have.length(count);
    }
  });

  it('are told at the start that their table lies outside of the workspace (SAGE_102)', () => {
    for (const [changes, named] of [
      [{ table_height_m: -0.3, workspace_min_m: [0, -1, 0] }, 'robot.workspace_min_m'],
      [{ table_height_m: 0.5, workspace_max_m: [1, 1, 0.6] }, 'robot.workspace_max_m'],
    ] as const) {
      const parameters = defaultParameters();
      const robot = { ...parameters.robot, ...changes };
      expect(() => checkConsistency({ ...parameters, robot } as never)).to.throw(named);
    }
    checkConsistency(defaultParameters());
  });
});
