import { expect } from 'chai';
import { type Fixture, PATIENCE_MS, type Peer, startPair } from './harness.js';

const COMMANDS = '/gripper_controller/commands';
const TRAJECTORY = '/gripper_controller/joint_trajectory';
const close = { kind: 'gripper', values: [0.8], purpose: 'close' };

describe('grippers on the ROS graph', function () {
  this.timeout(4 * PATIENCE_MS);
  let fixture: Fixture;
  let peer: Peer;

  afterEach(async () => {
    await peer?.close();
    await fixture?.close();
  });

  const listen = async (type: string, topic: string): Promise<void> => {
    await peer.do('subscribe', { type, topic });
    await peer.do('subscribe', { type: 'diagnostic_msgs/msg/DiagnosticArray', topic: '/diagnostics' });
    await peer.message('/diagnostics', ({ status }) => status.some(heard(topic)));
  };

  it('by a joint_trajectory_controller, where that is what listens', async function () {
    const robot = {
      gripper_joints: ['knuckle'],
      gripper_open: [0],
      gripper_closed: [0.8],
      gripper_time_s: 2,
    };
    ({ fixture, peer } = await startPair(this, { robot }));
    await listen('trajectory_msgs/msg/JointTrajectory', TRAJECTORY);
    fixture.tell({ kind: 'act', action: close as never });
    const { header, joint_names, points } = await peer.message(TRAJECTORY);
    expect(header.stamp).to.deep.equal({ sec: 0, nanosec: 0 });
    expect(joint_names).to.deep.equal(['knuckle']);
    expect(points).to.have.length(1);
    expect(points[0].positions).to.deep.equal([0.8]);
    expect(points[0].velocities).to.deep.equal([]);
    expect(points[0].time_from_start).to.deep.equal({ sec: 1, nanosec: 400_000_000 });
  });

  it('by values, where both listen, and by nothing else', async function () {
    const robot = { gripper_joints: ['knuckle'], gripper_open: [0], gripper_closed: [0.8] };
    ({ fixture, peer } = await startPair(this, { robot }));
    await peer.do('subscribe', { type: 'trajectory_msgs/msg/JointTrajectory', topic: TRAJECTORY });
    await listen('std_msgs/msg/Float64MultiArray', COMMANDS);
    fixture.tell({ kind: 'act', action: close as never });
    expect((await peer.message(COMMANDS)).data).to.deep.equal([0.8]);
    fixture.tell({ kind: 'act', action: { ...close, values: [0] } as never });
    await peer.message(COMMANDS, ({ data }) => data[0] === 0);
    expect(peer.events.all.filter(({ topic }) => topic === TRAJECTORY)).to.deep.equal([]);
  });
});

function heard(topic: string) {
  return ({ name, values }: { name: string; values: { key: string; value: string }[] }): boolean =>
    name === 'sage: gripper' &&
    values.some(({ key, value }) => key === 'interface' && value === `topic ${topic}`) &&
    values.some(({ key, value }) => key === 'subscribers' && value === '1');
}
