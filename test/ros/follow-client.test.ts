import { expect } from 'chai';
import type { Fault } from '../../src/contracts/errors.js';
import { GOAL_STATUS } from '../../src/ros/action/goal-status.js';
import { FollowClient } from '../../src/ros/follow-client.js';
import type { JointTrajectoryMessage } from '../../src/ros/messages.js';
import { ActionController, turns } from './fixtures/action-controller.js';

const message: JointTrajectoryMessage = {
  header: { stamp: { sec: 0, nanosec: 0 }, frame_id: '' },
  joint_names: ['a'],
  points: [],
};

describe('FollowClient', () => {
  const start = () => {
    const controller = new ActionController();
    const faults: Fault[] = [];
    const end = (error_code: number, status: number = GOAL_STATUS.succeeded) =>
      controller.end(status, { error_code, error_string: 'path tolerance' });
    const told: Uint8Array[] = [];
    const client = new FollowClient(
      controller.node(),
      (found) => faults.push(found),
      (uuid) => told.push(uuid),
    );
    return { controller, faults, told, client, end };
  };

  it('sends goals under the name that the action is remapped to', async () => {
    const { controller, client, faults, end } = start();
    client.send(message);
    await turns();
    expect(controller.name).to.equal('/robot/arm_controller/follow_joint_trajectory');
    expect(controller.goals).to.deep.equal([{ trajectory: message }]);
    await end(0);
    expect(faults).to.deep.equal([]);
  });

  it('gives each goal its own id, and reports it before sending', async () => {
    const { controller, client, told } = start();
    client.send(message);
    expect(told).to.have.length(1);
    client.send(message);
    await turns();
    expect(controller.ids).to.deep.equal(told);
    expect(controller.ids.map(({ length }) => length)).to.deep.equal([16, 16]);
    expect(told[0]).to.not.deep.equal(told[1]);
  });

  it('reports a refused goal and one that failed (SAGE_708)', async () => {
    const { controller, client, faults, end } = start();
    controller.accepts = false;
    client.send(message);
    await turns();
    controller.accepts = true;
    client.send(message);
    await turns();
    await end(-4);
    expect(faults.map(({ code }) => code)).to.deep.equal(['SAGE_708', 'SAGE_708']);
    expect(faults[1]?.text).to.contain('-4').and.contain('path tolerance');
  });

  it('reports a goal that the controller aborted or cancelled, without a code', async () => {
    for (const [status, told] of [
      [GOAL_STATUS.aborted, 'aborted the trajectory'],
      [GOAL_STATUS.canceled, 'was asked to cancel the trajectory'],
    ] as const) {
      const { client, faults, end } = start();
      client.send(message);
      await turns();
      await end(0, status);
      expect(faults[0]?.text).to.contain(told);
    }
  });

  it('says nothing of a goal that a newer one replaced', async () => {
    const { controller, client, faults, end } = start();
    client.send(message);
    await turns();
    const [old] = [controller.goals.length];
    client.send(message);
    await end(-1);
    expect(old).to.equal(1);
    expect(faults).to.deep.equal([]);
  });
});
