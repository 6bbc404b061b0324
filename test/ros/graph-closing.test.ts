import { expect } from 'chai';
import { Fixture, ownDomain, PATIENCE_MS, Peer, requireRos } from './harness.js';

describe('leaving the ROS graph', function () {
  this.timeout(6 * PATIENCE_MS);

  it('is quiet and clean while images and joint states pour in, time after time', async function () {
    requireRos(this);
    const domain = ownDomain();
    const peer = await Peer.start(domain);
    try {
      const image = {
        header: { frame_id: 'c' },
        height: 480,
        width: 640,
        encoding: 'rgb8',
        step: 1920,
        data: { $fill: 77, $length: 921_600 },
      };
      const joints = { header: {}, name: ['a', 'b'], position: [0, 0], velocity: [0, 0] };
      for (const [type, topic, message, rate_hz] of [
        ['sensor_msgs/msg/Image', '/camera/image_raw', image, 30],
        ['sensor_msgs/msg/JointState', '/joint_states', joints, 200],
      ] as const) {
        await peer.do('publisher', { type, topic, as: topic, best_effort: true });
        // Runs until the peer is closed; its answer does not matter.
        peer.do('stream', { topic, message, rate_hz, count: 1_000_000 }).catch(() => {});
      }
      for (let time = 0; time < 3; time++) {
        const fixture = await Fixture.start(domain);
        await Promise.all([fixture.reading('camera'), fixture.reading('joints')]);
        expect(await fixture.close()).to.deep.equal({ code: 0, signal: null, stderr: '' });
      }
    } finally {
      await peer.close();
    }
  });
});
