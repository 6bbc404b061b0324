import { expect } from 'chai';
import { type Fixture, PATIENCE_MS, type Peer, startPair } from './harness.js';

interface Row {
  readonly name: string;
  readonly message: string;
}

describe('what others have at the other ends, in a namespace', function () {
  this.timeout(4 * PATIENCE_MS);
  let fixture: Fixture;
  let peer: Peer;

  before(async function () {
    ({ fixture, peer } = await startPair(this, {}, ['--ros-args', '-r', '__ns:=/robot1']));
    await peer.do('subscribe', { type: 'diagnostic_msgs/msg/DiagnosticArray', topic: '/diagnostics' });
    await peer.do('subscribe', { type: 'diagnostic_msgs/msg/DiagnosticArray', topic: '/robot1/diagnostics' });
  });

  after(async () => {
    await peer?.close();
    await fixture?.close();
  });

  const row = (name: string, says: RegExp): Promise<Row> =>
    peer.events.wait(`${name}: ${says}`, ({ message }) => {
      const rows = (message as unknown as { status?: Row[] } | undefined)?.status ?? [];
      return rows.find((each) => each.name === `sage: ${name}` && says.test(each.message));
    });

  it('is reported if a topic has another type (SAGE_809)', async () => {
    const topic = '/robot1/camera/image_raw';
    await peer.do('publisher', { type: 'sensor_msgs/msg/CompressedImage', topic, as: topic });
    const { message } = await row(`topic ${topic}`, /^SAGE_809/);
    expect(message).to.contain('published as sensor_msgs/msg/CompressedImage');
  });

  it('is reported if QoS is incompatible (SAGE_810)', async () => {
    const goal = '/robot1/sage/goal';
    await peer.do('publisher', { type: 'std_msgs/msg/String', topic: goal, as: goal, best_effort: true });
    await row(`topic ${goal}`, /^SAGE_810.*best effort/);
    const arm = '/robot1/arm_controller/joint_trajectory';
    await peer.do('subscribe', { type: 'trajectory_msgs/msg/JointTrajectory', topic: arm, latched: true });
    await row(`topic ${arm}`, /^SAGE_810.*transient local/);
  });

  it('is reported while nobody subscribes to commands (SAGE_811), and no longer', async () => {
    await row('arm', /^SAGE_811.*\/robot1\/arm_controller\/joint_trajectory/);
    await row('gripper', /^SAGE_811.*\/robot1\/gripper_controller\/commands/);
    const topic = '/robot1/gripper_controller/commands';
    await peer.do('subscribe', { type: 'std_msgs/msg/Float64MultiArray', topic });
    await row('gripper', /^(ready|sending)$/);
  });

  it('is heard from reliable, best effort and latched publishers alike', async () => {
    const type = 'sensor_msgs/msg/JointState';
    for (const [index, quality] of [{}, { best_effort: true }, { latched: true }].entries()) {
      const as = `joints ${index}`;
      await peer.do('publisher', { type, topic: '/robot1/joint_states', as, ...quality });
      await peer.do('matched', { as });
      const message = { header: { stamp: '$now' }, name: ['elbow'], position: [index] };
      const heard = fixture.reading('joints', ({ position }) => (position as number[])[0] === index);
      let done = false;
      const waiting = heard.finally(() => {
        done = true;
      });
      while (!done) {
        await peer.do('publish', { topic: as, message });
        await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 200))]);
      }
    }
  });
});
