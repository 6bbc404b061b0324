import { expect } from 'chai';
import {
  homeCheck,
  reachCheck,
  reachedShare,
  unseenAtHome,
  viewCheck,
} from '../../../src/app/doctor/workspace.js';
import type { CameraModel, Pose } from '../../../src/contracts/geometry.js';
import { defaultParameters, type Parameters } from '../../../src/contracts/parameters/index.js';
import { Body } from '../../../src/kernel/body.js';
import { fromRpy, toPose } from '../../../src/robot/transform.js';
import { readArm } from '../../robot/arms.js';

const camera: CameraModel = {
  width: 640,
  height: 480,
  fx: 554,
  fy: 554,
  cx: 319.5,
  cy: 239.5,
  distortion: [],
};
/** Straight down from 1.4 m above (-0.5, 0): it sees 1.6 m of the y axis, and 1.2 m of the x axis. */
const optical: Pose = toPose(fromRpy([-0.5, 0, 1.4], [Math.PI, 0, -Math.PI / 2]));

/** The six-axis arm with a workspace in front of it, towards -x. */
function parametersOf(more: Partial<Parameters['robot']> = {}): Parameters {
  const parameters = defaultParameters();
  const robot: Parameters['robot'] = {
    ...parameters.robot,
    tip_frame: 'grasp_point',
    home: [0, -2.2, 2.0, -1.37, -1.57, 0],
    link_radius_m: 0.04,
    workspace_min_m: [-0.65, -0.35, 0],
    workspace_max_m: [-0.3, 0.35, 0.6],
    ...more,
  };
  return { ...parameters, robot };
}

const bodyOf = (parameters: Parameters): Body => new Body(readArm('six-axis'), parameters);
const unseen = (more: Partial<Parameters['robot']> = {}, from = optical) => {
  const parameters = parametersOf(more);
  return unseenAtHome(bodyOf(parameters), parameters, { camera, optical: from });
};

describe('the doctor on the workspace', () => {
  it('finds more of it hidden behind an arm that waits over the table than behind one drawn back', () => {
    const back = unseen();
    const over = unseen({ home: [0, -1.2, 1.4, -1.77, -1.57, 0] });
    expect(back.outside).to.equal(0);
    expect(over.outside).to.equal(0);
    expect(back.hidden).to.be.below(0.2);
    expect(over.hidden).to.be.above(back.hidden + 0.2);
  });

  it('finds outside what is beyond the picture, and all of it where the camera looks away', () => {
    // Half of a workspace as wide as twice the picture lies outside of it.
    const wide = unseen({ workspace_min_m: [-0.65, -1.6, 0], workspace_max_m: [-0.3, 1.6, 0.6] });
    expect(wide.outside).to.be.within(0.45, 0.55);
    expect(unseen({}, toPose(fromRpy([-0.5, 0, 1.4], [0, 0, 0]))).outside).to.equal(1);
  });

  it('measures at the height of the table', () => {
    const tall = { workspace_min_m: [-0.65, -0.7, 0], workspace_max_m: [-0.3, 0.7, 0.9] };
    expect(unseen(tall).outside).to.equal(0);
    expect(unseen({ ...tall, table_height_m: 0.7 }).outside).to.be.above(0.3);
  });

  it('finds reached what the arm is long enough for', () => {
    const near = parametersOf();
    expect(reachedShare(bodyOf(near), near)).to.be.above(0.9);
    const far = parametersOf({ workspace_min_m: [-1.9, -0.3, 0], workspace_max_m: [-1.5, 0.3, 0.6] });
    expect(reachedShare(bodyOf(far), far)).to.equal(0);
    // The farther half is out of reach of an arm of 0.85 m that holds its hand down.
    const long = parametersOf({ workspace_min_m: [-1.3, -0.35, 0] });
    expect(reachedShare(bodyOf(long), long)).to.be.within(0.2, 0.6);
  });

  it('says where the tip is at home, and that a home which the arm must not be at is wrong', () => {
    const at = (more: Partial<Parameters['robot']> = {}) => homeCheck(bodyOf(parametersOf(more)));
    expect(at({ workspace_max_m: [-0.1, 0.35, 0.9] })).to.include({ level: 'ok' });
    expect(at({ workspace_max_m: [-0.1, 0.35, 0.9] }).found).to.contain('inside');
    expect(at({ workspace_max_m: [-0.4, 0.35, 0.6] }).found).to.match(/\d+ mm outside the workspace/);
    expect(at({ table_height_m: 0.5 })).to.include({ level: 'fail' });
    expect(at({ table_height_m: 0.5 }).found).to.contain('into the table');
  });

  it('warns above a third unseen, and below a third reached, and says what to change', () => {
    expect(viewCheck({ hidden: 0.2, outside: 0.1 })).to.include({ level: 'ok', remedy: '' });
    expect(viewCheck({ hidden: 0.2, outside: 0.1 }).found).to.match(
      /sees 70 %.* 20 % is hidden by the arm, 10 % is out of/,
    );
    const hidden = viewCheck({ hidden: 0.6, outside: 0.1 });
    expect(hidden.level).to.equal('warn');
    expect(hidden.remedy).to.match(/robot\.home.*camera.*robot\.workspace/);
    expect(viewCheck({ hidden: 0.05, outside: 0.6 }).remedy).not.to.contain('robot.home');
    expect(reachCheck(0.5)).to.include({ level: 'ok', remedy: '' });
    expect(reachCheck(0.5).found).to.contain('50 %');
    expect(reachCheck(0.1)).to.include({ level: 'warn' });
  });
});
