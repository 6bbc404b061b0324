import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../scripts/env.mjs';
import type { Check } from '../../src/app/doctor/check.js';
import { ARM, KNUCKLES, robotOf } from '../robot/hands.js';
import { ownDomain, PATIENCE_MS, Peer, requireRos, sage } from './harness.js';

describe('sage doctor --config: a robot on the graph', function () {
  this.timeout(6 * PATIENCE_MS);
  let peer: Peer;
  let domain: number;
  const folder = mkdtempSync(join(tmpdir(), 'sage-doctor-'));
  const config = join(folder, 'robot.yaml');

  before(async function () {
    requireRos(this);
    domain = ownDomain();
    peer = await Peer.start(domain);
  });

  after(async () => {
    await peer?.close();
    rmSync(folder, { recursive: true });
  });

  async function doctor(): Promise<Map<string, Check>> {
    const { stdout } = await sage(domain, 'doctor', '--config', config, '--json');
    const { checks } = JSON.parse(stdout) as { checks: Check[] };
    return new Map(checks.map((check) => [check.name, check]));
  }

  it('says what is missing, with the code and what to do', async () => {
    writeFileSync(config, readFileSync(join(projectRoot, 'config/robots/so101.yaml'), 'utf8'));
    const topic = '/audio/in';
    await peer.do('publisher', { type: 'std_msgs/msg/String', topic, as: topic });
    const checks = await doctor();
    expect(checks.get('topic /audio/in')).to.include({ level: 'fail' });
    expect(checks.get('topic /audio/in')?.found).to.match(
      /^SAGE_809 .*published as std_msgs\/msg\/String, expected sage\/msg\/AudioChunk/,
    );
    expect(checks.get('audio')).to.include({ level: 'warn' });
    expect(checks.get('audio')?.found).to.contain('no message in');
    expect(checks.get('robot_description')?.found).to.match(/^SAGE_205/);
    expect(checks.get('arm')).to.include({ level: 'warn' });
    expect(checks.get('arm')?.found).to.match(/^SAGE_811.*\/arm_controller\/joint_trajectory/);
    expect(checks.get('arm')?.remedy).to.contain('topics:');
    for (const name of ['battery', 'view', 'reach']) expect(checks.has(name), name).to.equal(false);
  });

  it('says what a robot that is there can do, and what its gripper cannot', async () => {
    writeFileSync(
      config,
      [
        'topics: {gripper_controller/joint_trajectory: /hand/joint_trajectory, audio/in: /microphone}',
        'robot:',
        '  tip_frame: grasp',
        '  gripper_joints: [left_knuckle]',
        '  gripper_open: [0.0]',
        '  gripper_closed: [1.2]',
        '  gripper_interface: trajectory',
        '  workspace_min_m: [0.3, -0.3, 0]',
        '  workspace_max_m: [0.6, 0.3, 1]',
        'camera: {pose: [0.45, 0, 1.4, 0.7071, -0.7071, 0, 0]}',
      ].join('\n'),
    );
    const urdf = robotOf([...ARM, ...KNUCKLES]);
    const string = 'std_msgs/msg/String';
    await peer.do('publisher', { type: string, topic: '/robot_description', as: 'urdf', latched: true });
    await peer.do('publish', { topic: 'urdf', message: { data: urdf } });
    await peer.do('subscribe', {
      type: 'trajectory_msgs/msg/JointTrajectory',
      topic: '/hand/joint_trajectory',
    });
    await peer.do('publisher', {
      type: 'sensor_msgs/msg/JointState',
      topic: '/joint_states',
      as: '/joint_states',
    });
    const camera = '/camera/camera_info';
    await peer.do('publisher', { type: 'sensor_msgs/msg/CameraInfo', topic: camera, as: camera });
    await peer.do('publisher', { type: 'sage/msg/AudioChunk', topic: '/microphone', as: '/microphone' });
    const k = [500, 0, 320, 0, 500, 240, 0, 0, 1];
    const info = { header: { frame_id: 'optical' }, height: 480, width: 640, k };
    const sound = {
      header: { stamp: '$now' },
      channels: 1,
      sample_rate_hz: 16000,
      samples: Array(800).fill(9),
    };
    const message = { name: ['shoulder', 'elbow', 'left_knuckle'], position: [0, 0, 0.3] };
    let over = false;
    const speaking = (async () => {
      while (!over) {
        await peer.publish('/joint_states', message);
        await peer.publish(camera, info);
        await peer.publish('/microphone', sound);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    const checks = await doctor();
    over = true;
    await speaking;
    expect(checks.get('robot')).to.include({ level: 'ok', found: '2 joints: shoulder, elbow' });
    expect(checks.get('measured')?.found).to.equal(
      'tip at (0.000, 0.000, 0.750) m in base_link; fingers 75 % open',
    );
    expect(checks.get('gripper')).to.include({ level: 'ok', found: 'topic /hand/joint_trajectory' });
    expect(checks.get('audio')).to.include({ level: 'ok', found: 'receiving' });
    expect(checks.has('battery')).to.equal(false);
    expect(checks.get('view')).to.include({ level: 'ok' });
    expect(checks.get('view')?.found).to.match(/sees 100 % of the workspace/);
    // It turns in one plane only.
    expect(checks.get('reach')).to.include({ level: 'warn' });
    expect(checks.get('reach')?.remedy).to.contain('robot.workspace_min_m');
    expect(checks.get('grasp')?.found).to.match(/^SAGE_713.*1.2 for left_knuckle/);
    expect(checks.get('grasp')?.level).to.equal('fail');
  });
});
