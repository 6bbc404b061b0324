import { expect } from 'chai';
import { Fixture, ownDomain, PATIENCE_MS, Peer, requireRos } from './harness.js';

const TYPE = 'action_msgs/msg/GoalStatusArray';
const ACTION = '/left/arm/follow_joint_trajectory';
const STATUS = `${ACTION}/_action/status`;
const EXECUTING = 2;

interface Row {
  readonly name: string;
  readonly message: string;
  readonly level: number;
}

describe('goals of another node at the arm controller, on the ROS graph', function () {
  this.timeout(4 * PATIENCE_MS);
  let fixture: Fixture;
  let peer: Peer;

  before(async function () {
    requireRos(this);
    const domain = ownDomain();
    peer = await Peer.start(domain);
    // The goal is under way before SAGE comes, as it is with a controller that has another master.
    await peer.do('publisher', { type: TYPE, topic: STATUS, as: STATUS, latched: true });
    const goal_info = { goal_id: { uuid: Array.from({ length: 16 }, (_, byte) => byte) } };
    await peer.publish(STATUS, { status_list: [{ goal_info, status: EXECUTING }] });
    await peer.do('subscribe', { type: 'diagnostic_msgs/msg/DiagnosticArray', topic: '/diagnostics' });
    const remap = `arm_controller/follow_joint_trajectory:=${ACTION}`;
    fixture = await Fixture.start(domain, {}, ['--ros-args', '-r', remap]);
  });

  after(async () => {
    await peer?.close();
    await fixture?.close();
  });

  const armRow = (fits: (message: string) => boolean): Promise<Row> =>
    peer.events.wait(
      'a row of the arm',
      ({ topic, message }) =>
        topic === '/diagnostics' &&
        (message as unknown as { status: Row[] }).status.find(
          (row) => row.name === 'sage: arm' && fits(row.message),
        ),
      peer.events.all.length,
    );

  it('are reported while they run, and no longer once the controller is gone', async () => {
    const row = await armRow((message) => message.startsWith('SAGE_712'));
    expect(row.message).to.equal(`SAGE_712 another node commands the arm: 1 goal at ${ACTION} so far`);
    expect(row.level).to.equal(1);
    await peer.do('drop', { as: STATUS });
    await armRow((message) => !message.startsWith('SAGE_712'));
  });
});
