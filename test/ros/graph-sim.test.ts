import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { projectRoot, rosEnvironment } from '../../scripts/env.mjs';
import { TABLETOP_HOME } from '../../src/sim/robot/tabletop.js';
import { passOnErrors } from '../child-output.js';
import { programArguments } from '../program.js';
import { ownDomain, PATIENCE_MS, Peer, requireRos } from './harness.js';

const JOINTS = ['shoulder_pan', 'shoulder_lift', 'elbow', 'forearm_roll', 'wrist_pitch', 'tool_roll'];
const GRIPPER = 'gripper_controller/commands';
const ARM = 'arm_controller/joint_trajectory';

interface SimProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
}

/** The world in a process of its own; resolves when it says that it is ready. */
async function startSim(domain: number, rosArgs: readonly string[], ipc = false): Promise<SimProcess> {
  const child = spawn(
    process.execPath,
    [...programArguments('test/ros/fixtures/sim.ts'), '--json', '--ros-args', ...rosArgs],
    {
      env: rosEnvironment({ base: { ...process.env, ROS_DOMAIN_ID: String(domain) } }),
      cwd: projectRoot,
      stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])],
    },
  );
  passOnErrors(child);
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.includes('"ready":true')) resolve();
    });
  });
  await Promise.race([
    ready,
    ended.then((code) => Promise.reject(new Error(`the world ended with ${code}`))),
  ]);
  return { child, ended };
}

describe('the tabletop world on the ROS graph', function () {
  this.timeout(4 * PATIENCE_MS);
  let sim: SimProcess;
  let peer: Peer;

  before(async function () {
    requireRos(this);
    const domain = ownDomain();
    [sim, peer] = await Promise.all([
      startSim(
        domain,
        ['sim.seed:=3', 'sim.publish_clock:=true', 'sim.microphone:=true'].flatMap((set) => ['-p', set]),
      ),
      Peer.start(domain),
    ]);
    const sensor = { best_effort: true };
    const latched = { latched: true };
    for (const [type, topic, options] of [
      ['sensor_msgs/msg/JointState', 'joint_states', sensor],
      ['sensor_msgs/msg/Image', 'camera/image_raw', sensor],
      ['sensor_msgs/msg/CameraInfo', 'camera/camera_info', sensor],
      ['sage/msg/AudioChunk', 'audio/in', sensor],
      ['sensor_msgs/msg/BatteryState', 'battery_state', {}],
      ['rosgraph_msgs/msg/Clock', '/clock', {}],
      ['std_msgs/msg/String', 'sim/ground_truth', {}],
      ['std_msgs/msg/String', 'robot_description', latched],
      ['geometry_msgs/msg/PoseStamped', 'camera/pose', latched],
      ['std_msgs/msg/Bool', 'emergency_stop', latched],
    ] as const) {
      await peer.do('subscribe', { type, topic, ...options });
    }
    await peer.publisher('trajectory_msgs/msg/JointTrajectory', ARM);
    await peer.publisher('std_msgs/msg/Float64MultiArray', GRIPPER);
    await peer.publisher('std_msgs/msg/String', 'sim/command');
  });

  after(async () => {
    await peer?.close();
    sim?.child.kill('SIGTERM');
    if (sim !== undefined) expect(await sim.ended).to.equal(0);
  });

  const command = (what: object): Promise<unknown> =>
    peer.publish('sim/command', { data: JSON.stringify(what) });
  const here = (): number => peer.events.all.length;
  // biome-ignore lint/suspicious/noExplicitAny: ground truth is read field by field
  const truth = async (fits: (truth: any) => boolean, from = 0): Promise<any> =>
    JSON.parse((await peer.message('sim/ground_truth', ({ data }) => fits(JSON.parse(data)), from)).data);

  it('says what it is to whoever comes late', async () => {
    expect((await peer.message('robot_description')).data).to.include('<robot name="tabletop_arm">');
    expect((await peer.message('camera/pose')).header.frame_id).to.equal('base_link');
    expect((await peer.message('emergency_stop')).data).to.equal(false);
  });

  it('sends well-formed images with their camera model', async () => {
    const image = await peer.message('camera/image_raw');
    expect(image).to.deep.include({ width: 640, height: 480, step: 1920, encoding: 'rgb8', is_bigendian: 0 });
    expect(image.data).to.deep.equal({ $length: 921600 });
    const info = await peer.message('camera/camera_info');
    expect(info).to.deep.include({ width: 640, height: 480, distortion_model: 'plumb_bob' });
    expect(info.header.frame_id).to.equal(image.header.frame_id);
    expect(info.k[0]).to.be.within(500, 600);
    expect(info.k[8]).to.equal(1);
    expect(info.p[0]).to.equal(info.k[0]);
  });

  it('sends joint states, battery, clock and ground truth', async () => {
    const joints = await peer.message('joint_states');
    expect(joints.name.slice(0, 6)).to.deep.equal(JOINTS);
    expect(joints.position[2]).to.be.closeTo(TABLETOP_HOME[2]!, 1e-3);
    expect(joints.velocity).to.have.length(8);
    expect((await peer.message('battery_state')).percentage).to.be.within(0.9, 0.94);
    const { clock } = await peer.message('/clock', ({ clock: at }) => at.sec >= 1);
    expect(clock.sec).to.be.below(600);
    const { seed, blocks } = await truth(() => true);
    expect(seed).to.equal(3);
    expect(blocks).to.have.length(4);
  });

  it('sends what a microphone hears, and somebody who speaks when asked', async () => {
    // On a busy machine a chunk is as long as the world was late with it, and of a long one the peer says the length only.
    const inTime = ({ samples }: { samples: number[] | object }): boolean => Array.isArray(samples);
    const loudest = ({ samples }: { samples: number[] }): number => Math.max(...samples.map(Math.abs));
    const quiet = await peer.message('audio/in', inTime);
    expect(quiet).to.include({ sample_rate_hz: 16000, channels: 1 });
    expect(quiet.samples.length).to.be.at.least(800);
    expect(loudest(quiet)).to.be.within(1, 1000);
    const from = here();
    await command({ voice: { for_s: 1 } });
    await peer.message('audio/in', (chunk) => inTime(chunk) && loudest(chunk) > 2000, from);
  });

  it('follows a trajectory and moves its fingers', async () => {
    const from = here();
    await peer.publish(ARM, {
      joint_names: JOINTS,
      points: [
        {
          positions: [0.3, ...TABLETOP_HOME.slice(1)],
          velocities: [0, 0, 0, 0, 0, 0],
          time_from_start: { sec: 0, nanosec: 800000000 },
        },
      ],
    });
    await peer.publish(GRIPPER, { data: [0.01, 0.01] });
    await peer.message(
      'joint_states',
      ({ position }) => Math.abs(position[0] - 0.3) < 1e-3 && Math.abs(position[6] - 0.01) < 1e-3,
      from,
    );
  });

  it('refuses what joint_trajectory_controller refuses', async () => {
    const { trajectories_rejected } = await truth(() => true, here());
    await peer.publish(ARM, {
      joint_names: JOINTS.slice(1),
      points: [{ positions: [0, 0, 0, 0, 0], time_from_start: { sec: 1, nanosec: 0 } }],
    });
    await truth((now) => now.trajectories_rejected === trajectories_rejected + 1);
  });

  it('lets a hand come when asked, and says which frame showed it first', async () => {
    const from = here();
    await command({ hand: { for_s: 3 } });
    const there = await truth((now) => now.hand_present && now.hand_first_frame_stamp_s !== null, from);
    expect(there.hand_first_frame_stamp_s).to.be.at.most(there.stamp_s + 1);
    await truth((now) => !now.hand_present && now.time_s > there.time_s, from);
  });

  it('breaks its sensors when asked, and mends them', async () => {
    const from = here();
    await command({ truncate: { for_s: 1 }, nan_joints: { for_s: 1 } });
    await peer.message('camera/image_raw', ({ data }) => data.$length === 614400, from);
    await peer.message('joint_states', ({ position }) => position[0] === 'nan', from);
    const later = here();
    await peer.message('camera/image_raw', ({ data }) => data.$length === 921600, later);
    await peer.message('joint_states', ({ position }) => Number.isFinite(position[0]), later);
  });

  it('repeats an image with the stamp it had', async () => {
    const from = here();
    await command({ freeze: { for_s: 1.5, stamps: 'frozen' } });
    const stamps = new Set<string>();
    let repeated = false;
    await peer.message(
      'camera/image_raw',
      ({ header: { stamp } }) => {
        const key = `${stamp.sec}.${stamp.nanosec}`;
        repeated ||= stamps.has(key);
        stamps.add(key);
        return repeated;
      },
      from,
    );
  });

  it('continues after a command that makes no sense', async () => {
    const from = here();
    await peer.publish('sim/command', { data: '{"hand": "please"}' });
    await peer.publish('sim/command', { data: 'not JSON' });
    await command({ emergency_stop: true });
    await peer.message('emergency_stop', ({ data }) => data === true, from);
    await command({ emergency_stop: false });
  });

  it('becomes another world when asked', async () => {
    const from = here();
    await command({ reset_seed: 11 });
    const { seed, time_s } = await truth((now) => now.seed === 11, from);
    expect(seed).to.equal(11);
    expect(time_s).to.be.below(5);
    await peer.message('camera/image_raw', () => true, here());
  });
});

describe('the process of the tabletop world', function () {
  this.timeout(4 * PATIENCE_MS);

  before(function () {
    requireRos(this);
  });

  it('ends when its parent’s channel closes', async () => {
    const { child, ended } = await startSim(ownDomain(), [], true);
    child.disconnect();
    expect(await ended).to.equal(0);
  });

  it('says what is wrong with a parameter and ends', async () => {
    const failed = await startSim(ownDomain(), ['-p', 'sim.blocks:=99']).then(
      () => null,
      (error: Error) => error.message,
    );
    expect(failed).to.equal('the world ended with 2');
  });
});
