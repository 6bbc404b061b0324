import { expect } from 'chai';
import type { Fault } from '../../src/contracts/errors.js';
import { FollowClient } from '../../src/ros/follow-client.js';
import type { JointTrajectoryMessage } from '../../src/ros/messages.js';
import type { RosNode } from '../../src/ros/node.js';

const message: JointTrajectoryMessage = {
  header: { stamp: { sec: 0, nanosec: 0 }, frame_id: '' },
  joint_names: ['a'],
  points: [],
};

/** A stand-in for the controller: control_msgs is not installed everywhere. */
class Controller {
  readonly goals: object[] = [];
  readonly ids: Uint8Array[] = [];
  name = '';
  accepts = true;
  /** action_msgs/GoalStatus of a goal that has ended. */
  status = 4;
  private readonly waiting: ((result: { error_code: number; error_string: string }) => void)[] = [];

  node(): RosNode {
    const controller = this;
    class ActionClient {
      constructor(_node: unknown, _type: string, name: string) {
        controller.name = name;
      }
      isActionServerAvailable = () => true;
      destroy = () => {};
      async sendGoal(goal: object, _feedback: undefined, id: { uuid: Uint8Array }) {
        controller.goals.push(goal);
        controller.ids.push(id.uuid);
        const getResult = () =>
          new Promise<{ error_code: number; error_string: string }>((resolve) => {
            controller.waiting.push(resolve);
          });
        return { accepted: controller.accepts, status: controller.status, getResult };
      }
    }
    const resolve = (name: string) => `/robot/${name}`;
    const require = () => class {};
    return { rcl: { ActionClient, require }, inner: {}, resolve } as unknown as RosNode;
  }

  /** Ends the goals so far. */
  async end(error_code: number): Promise<void> {
    for (const resolve of this.waiting.splice(0)) resolve({ error_code, error_string: 'path tolerance' });
    await turns();
  }
}

const turns = () => new Promise((resolve) => setImmediate(resolve));

describe('FollowClient', () => {
  const start = () => {
    const controller = new Controller();
    const faults: Fault[] = [];
    const told: Uint8Array[] = [];
    const client = new FollowClient(
      controller.node(),
      (found) => faults.push(found),
      (uuid) => told.push(uuid),
    );
    return { controller, faults, told, client };
  };

  it('sends goals under the name that the action is remapped to', async () => {
    const { controller, client, faults } = start();
    client.send(message);
    await turns();
    expect(controller.name).to.equal('/robot/arm_controller/follow_joint_trajectory');
    expect(controller.goals).to.deep.equal([{ trajectory: message }]);
    await controller.end(0);
    expect(faults).to.deep.equal([]);
  });

  it('gives each goal an id of its own, which is told before it is sent', async () => {
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
    const { controller, client, faults } = start();
    controller.accepts = false;
    client.send(message);
    await turns();
    controller.accepts = true;
    client.send(message);
    await turns();
    await controller.end(-4);
    expect(faults.map(({ code }) => code)).to.deep.equal(['SAGE_708', 'SAGE_708']);
    expect(faults[1]?.text).to.contain('-4').and.contain('path tolerance');
  });

  it('reports a goal that the controller gave up, or was told to drop, without a code', async () => {
    for (const [status, told] of [
      [6, 'gave the trajectory up'],
      [5, 'was told to drop the trajectory'],
    ] as const) {
      const { controller, client, faults } = start();
      controller.status = status;
      client.send(message);
      await turns();
      await controller.end(0);
      expect(faults[0]?.text).to.contain(told);
    }
  });

  it('says nothing of a goal that a newer one replaced', async () => {
    const { controller, client, faults } = start();
    client.send(message);
    await turns();
    const [old] = [controller.goals.length];
    client.send(message);
    await controller.end(-1);
    expect(old).to.equal(1);
    expect(faults).to.deep.equal([]);
  });
});
