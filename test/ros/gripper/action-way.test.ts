import { expect } from 'chai';
import type { Fault } from '../../../src/contracts/errors.js';
import { defaultParameters } from '../../../src/contracts/parameters/index.js';
import { GOAL_STATUS } from '../../../src/ros/action/goal-status.js';
import { actionWay, type GripperActionKind } from '../../../src/ros/gripper/action-way.js';
import { unfit } from '../../../src/ros/gripper/way.js';
import { ActionController, turns } from '../fixtures/action-controller.js';

const { aborted, succeeded } = GOAL_STATUS;

describe('a gripper that is commanded by an action', () => {
  const start = (kind: GripperActionKind, changes: object = {}) => {
    const controller = new ActionController();
    const faults: Fault[] = [];
    const robot = { ...defaultParameters().robot, gripper_joints: ['left', 'right'], ...changes };
    const way = actionWay(controller.node(), kind, robot, (found) => faults.push(found));
    return { controller, faults, way };
  };

  it('is sent one position and the effort, under the name that it is remapped to', async () => {
    const { controller, way } = start('gripper_command', { gripper_effort: 40 });
    way.send([0.8]);
    await turns();
    expect(controller.type).to.equal('control_msgs/action/GripperCommand');
    expect(controller.name).to.equal('/robot/gripper_controller/gripper_cmd');
    expect(controller.goals).to.deep.equal([{ command: { position: 0.8, max_effort: 40 } }]);
  });

  it('is sent its joints by name where the action takes several', async () => {
    const { controller, way } = start('parallel_gripper_command');
    way.send([0.01, 0.02]);
    await turns();
    const [goal] = controller.goals as { command: { name: string[]; position: Float64Array } }[];
    expect(goal?.command.name).to.deep.equal(['left', 'right']);
    expect(goal?.command.position).to.deep.equal(Float64Array.of(0.01, 0.02));
  });

  it('has grasped where its fingers stall, also where the controller gives the goal up for it', async () => {
    for (const status of [succeeded, aborted]) {
      const { controller, way, faults } = start('gripper_command');
      way.send([0]);
      await turns();
      await controller.end(status, { position: 0.02, stalled: true, reached_goal: false });
      expect(faults).to.deep.equal([]);
    }
  });

  it('is reported if it rejects, or aborts without contact (SAGE_714)', async () => {
    const { controller, way, faults } = start('gripper_command');
    way.send([0]);
    await turns();
    await controller.end(aborted, { position: 0.02, stalled: false, reached_goal: false });
    controller.accepts = false;
    way.send([0]);
    await turns();
    expect(faults.map(({ code }) => code)).to.deep.equal(['SAGE_714', 'SAGE_714']);
  });

  it('says nothing of a command that a newer one replaced', async () => {
    const { controller, way, faults } = start('gripper_command');
    way.send([0]);
    await turns();
    way.send([0.04]);
    await controller.end(aborted, {});
    expect(faults).to.deep.equal([]);
  });

  it('listens while its server is there', () => {
    const { controller, way } = start('gripper_command');
    expect(way.listeners()).to.equal(1);
    controller.serves = false;
    expect(way.listeners()).to.equal(0);
  });
});

describe('the way to a gripper', () => {
  const robot = defaultParameters().robot;

  it('is refused where the configured gripper does not fit it', () => {
    expect(unfit('commands', robot)).to.equal(null);
    expect(unfit('gripper_command', robot)).to.contain('one position');
    expect(unfit('gripper_command', { ...robot, gripper_open: [0.8] })).to.equal(null);
    expect(unfit('trajectory', { ...robot, gripper_joints: ['left'] })).to.contain('gripper_joints');
    expect(unfit('parallel_gripper_command', { ...robot, gripper_joints: [] })).to.contain('gripper_joints');
    expect(unfit('trajectory', { ...robot, gripper_joints: ['left', 'right'] })).to.equal(null);
  });
});
