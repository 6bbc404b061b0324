import { expect } from 'chai';
import { trajectory } from './fixtures/fake-kernel.js';
import { BlockProcess, Fixture, ownDomain, PATIENCE_MS, Peer, requireRos, until } from './harness.js';

const RAW = '/camera/image_raw';
const ARM = '/arm_controller/joint_trajectory';

describe('blocks as processes of their own', function () {
  this.timeout(4 * PATIENCE_MS);
  let fixture: Fixture;
  let peer: Peer;
  let blocks: BlockProcess[] = [];

  before(async function () {
    requireRos(this);
    const domain = ownDomain();
    const parameters = { node: { external_blocks: ['camera', 'joints', 'goal', 'arm', 'gripper'] } };
    const names = ['camera', 'joints', 'goal', 'arm', 'gripper'];
    const starting = Promise.all(names.map((name) => BlockProcess.start(domain, name)));
    [fixture, peer] = await Promise.all([Fixture.start(domain, parameters), Peer.start(domain)]);
    blocks = await starting;
  });

  after(async () => {
    await peer?.close();
    await fixture?.close();
    for (const block of blocks) await block.close();
  });

  it('hands images over with their embedding, and their faults', async () => {
    const image = (bytes: number) => ({
      header: { stamp: '$now', frame_id: 'optical' },
      height: 48,
      width: 64,
      encoding: 'bgr8',
      step: 192,
      data: { $fill: 102, $length: bytes },
    });
    await peer.publisher('sensor_msgs/msg/Image', RAW, { best_effort: true });
    const reading = await until(() => peer.publish(RAW, image(9216)), fixture.reading('camera'));
    expect(reading.frame).to.include({ width: 64, height: 48, encoding: 'bgr8', mean: 102, data: 9216 });
    const { length, first } = reading.embedding as { length: number; first: number[] };
    expect(length).to.equal(576);
    expect(first[0]).to.be.closeTo(0.4, 1e-6);
    const from = fixture.events.all.length;
    await until(() => peer.publish(RAW, image(100)), fixture.fault('camera', 'SAGE_201', from));
    await until(() => peer.publish(RAW, image(9216)), fixture.fault('camera', null, from));
  });

  it('hands joints and goals over', async () => {
    await peer.publisher('sensor_msgs/msg/JointState', '/joint_states');
    const joints = { header: { stamp: '$now' }, name: ['a', 'b'], position: [0.1, -2], velocity: [1, 2] };
    const reading = await until(() => peer.publish('/joint_states', joints), fixture.reading('joints'));
    expect(reading).to.deep.include({ names: ['a', 'b'], position: [0.1, -2], velocity: [1, 2] });
    await peer.publisher('std_msgs/msg/String', '/sage/goal');
    const goal = await until(() => peer.publish('/sage/goal', { data: 'go home' }), fixture.reading('goal'));
    expect(goal).to.include({ text: 'go home' });
  });

  it('sends the arm and the gripper what the kernel decides, and hears what was refused', async () => {
    await peer.do('subscribe', { type: 'trajectory_msgs/msg/JointTrajectory', topic: ARM });
    await peer.do('subscribe', {
      type: 'std_msgs/msg/Float64MultiArray',
      topic: '/gripper_controller/commands',
    });
    fixture.tell({ kind: 'set', values: { moving: true } });
    const message = await peer.message(ARM);
    expect(message.joint_names).to.deep.equal(['shoulder', 'elbow']);
    expect(message.points[1]).to.deep.include({ positions: [0.2, 0.2], velocities: [0.4, 0.4] });
    const { data } = await peer.message('/gripper_controller/commands');
    expect(data).to.deep.equal([0.01, 0.02]);
    fixture.tell({ kind: 'set', values: { moving: false } });
    const from = fixture.events.all.length;
    const broken = { ...trajectory(1), points: [] };
    fixture.tell({ kind: 'act', action: { kind: 'trajectory', trajectory: broken, purpose: 'test' } });
    await fixture.fault('arm', 'SAGE_703', from);
    fixture.tell({ kind: 'act', action: { kind: 'hold', trajectory: trajectory(0), purpose: 'test' } });
    await fixture.fault('arm', null, from);
  });

  it('has each block publish its own diagnostics, and stop cleanly on request', async () => {
    await peer.do('subscribe', { type: 'diagnostic_msgs/msg/DiagnosticArray', topic: '/diagnostics' });
    await peer.message('/diagnostics', ({ status }) => status[0].name === 'sage: camera');
    await peer.message('/diagnostics', ({ status }) => status[0].name === 'sage: gripper');
    for (const block of blocks) {
      expect(await block.close(), block.name).to.deep.equal({ code: 0, signal: null, stderr: '' });
    }
  });

  it('says what is wrong with a block that does not exist', async () => {
    const failure = await BlockProcess.start(ownDomain(), 'kamera').then(
      () => 'it started',
      (error: Error) => error.message,
    );
    expect(failure).to.contain('SAGE_901').and.contain('kamera');
  });
});
