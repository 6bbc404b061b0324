import { expect } from 'chai';
import { type Fixture, PATIENCE_MS, type Peer, startPair, until } from './harness.js';

const JOINTS = '/joint_states';

describe('joints, battery, emergency stop, goal and robot description on the ROS graph', function () {
  this.timeout(4 * PATIENCE_MS);
  let fixture: Fixture;
  let peer: Peer;

  before(async function () {
    // The two publishers of joint states below are fed one after the other, as fast as the peer answers.
    ({ fixture, peer } = await startPair(this, { kernel: { joints_stale_ms: 20_000 } }));
    await peer.publisher('sensor_msgs/msg/JointState', JOINTS);
  });

  after(async () => {
    await peer?.close();
    await fixture?.close();
  });

  const from = () => fixture.events.all.length;
  type Heard = (start: number) => Promise<Record<string, unknown>>;
  /** Publishes joint states until the graph has told what is waited for. */
  const joints = <T>(fields: object, heard: (start: number) => Promise<T>): Promise<T> =>
    until(() => peer.publish(JOINTS, { header: { stamp: '$now' }, ...fields }), heard(from()));
  const taken: Heard = (start) => fixture.reading('joints', () => true, start);
  const at = (position: number[]): Heard => {
    const wanted = JSON.stringify(position);
    return (start) => fixture.reading('joints', (told) => JSON.stringify(told.position) === wanted, start);
  };
  const faulty =
    (source: string, code: string | null) =>
    (start: number): Promise<unknown> =>
      fixture.fault(source, code, start);

  it('takes joint states of a reliable publisher', async () => {
    const reading = await joints(
      { name: ['elbow', 'shoulder'], position: [0.5, -1], velocity: [0.1, 0.2] },
      taken,
    );
    expect(reading).to.deep.include({
      names: ['elbow', 'shoulder'],
      position: [0.5, -1],
      velocity: [0.1, 0.2],
    });
    expect(Number(reading.received_ms) - Number(reading.stamp_ms)).to.be.within(-50, 5000);
  });

  it('merges the joints of a second publisher by name', async () => {
    const type = 'sensor_msgs/msg/JointState';
    await peer.do('publisher', { type, topic: JOINTS, as: 'fingers', best_effort: true });
    const message = { header: { stamp: '$now' }, name: ['finger'], position: [0.02] };
    const merged = await until(
      () => peer.do('publish', { topic: 'fingers', message }),
      fixture.reading('joints', ({ names }) => (names as string[]).length === 3, from()),
    );
    expect(merged).to.deep.include({ names: ['elbow', 'finger', 'shoulder'], position: [0.5, 0.02, -1] });
    await peer.do('drop', { as: 'fingers' });
  });

  it('does not use a state with NaN or infinity (SAGE_203), and continues with the next good one', async () => {
    for (const bad of ['nan', 'inf']) {
      const start = from();
      await joints({ name: ['elbow', 'shoulder'], position: [bad, 0] }, faulty('joints', 'SAGE_203'));
      for (const event of fixture.events.all.slice(start)) {
        if (event.kind !== 'reading' || event.reading.source !== 'joints') continue;
        // What was sent before may still come; a joint that has no value now has none in what comes after.
        const { names, position } = event.reading as { names: string[]; position: number[] };
        if (names.includes('elbow')) expect(position[names.indexOf('elbow')]).to.be.oneOf([0.5, 0.6]);
      }
      await joints({ name: ['elbow', 'shoulder'], position: [0.6, -1] }, faulty('joints', null));
    }
    await joints(
      { name: ['elbow', 'shoulder'], position: [0.6, -1], velocity: ['inf', 0.1] },
      faulty('joints', 'SAGE_203'),
    );
  });

  it('takes a velocity that is NaN for a joint whose driver has none', async () => {
    const fields = { name: ['elbow', 'shoulder'], position: [0.7, -1], velocity: ['nan', 'nan'] };
    const { position } = await joints(fields, at([0.7, 0.02, -1]));
    expect(position).to.include(0.7);
    const some = { ...fields, position: [0.8, -1], velocity: ['nan', 0.1] };
    expect((await joints(some, at([0.8, 0.02, -1]))).position).to.include(0.8);
  });

  for (const [what, fields] of [
    ['fewer positions than names', { name: ['elbow', 'shoulder'], position: [0.1] }],
    ['more velocities than names', { name: ['elbow'], position: [0.1], velocity: [0, 0] }],
    ['a joint named twice', { name: ['elbow', 'elbow'], position: [0.1, 0.2] }],
    ['no joint', { name: [], position: [] }],
  ] as const) {
    it(`refuses ${what} (SAGE_208)`, async () => {
      await joints({ name: ['elbow'], position: [0] }, taken);
      await joints(fields, faulty('joints', 'SAGE_208'));
    });
  }

  it('refuses a stamp from the past (SAGE_209) and takes an unset one as now', async () => {
    const long_ago = { stamp: { sec: Math.floor(Date.now() / 1000) - 600, nanosec: 0 } };
    await joints({ header: long_ago, name: ['elbow'], position: [0] }, faulty('joints', 'SAGE_209'));
    const reading = await joints({ header: {}, name: ['elbow'], position: [0.3] }, taken);
    expect(Math.abs(Number(reading.stamp_ms) - Number(reading.received_ms))).to.be.below(50);
  });

  it('reads the battery, unknown as null, and refuses a percentage of 80', async () => {
    const type = 'sensor_msgs/msg/BatteryState';
    await peer.publisher(type, '/battery_state');
    const battery = <T>(fields: object, heard: Promise<T>): Promise<T> =>
      until(() => peer.publish('/battery_state', { header: { stamp: '$now' }, ...fields }), heard);
    const read = (fraction: number | null): Promise<Record<string, unknown>> =>
      fixture.reading('battery', (reading) => reading.fraction === fraction, from());
    expect(await battery({ percentage: 0.25, power_supply_status: 1 }, read(0.25))).to.include({
      charging: true,
    });
    expect(await battery({ percentage: 'nan' }, read(null))).to.include({ charging: false });
    await battery({ percentage: 80 }, fixture.fault('battery', 'SAGE_208', from()));
  });

  it('hears a microphone, and refuses a rate that none has', async () => {
    await peer.publisher('sage/msg/AudioChunk', '/audio/in');
    const samples = Array.from({ length: 1600 }, (_, i) => Math.round(8000 * Math.sin(0.4 * i)));
    const chunk = <T>(fields: object, heard: Promise<T>): Promise<T> =>
      until(
        () => peer.publish('/audio/in', { header: { stamp: '$now' }, channels: 1, samples, ...fields }),
        heard,
      );
    const reading = await chunk(
      { sample_rate_hz: 16000 },
      fixture.reading('audio', () => true, from()),
    );
    expect(reading).to.include({ kind: 'sound', sample_rate_hz: 16000 });
    const { embedding } = reading as { embedding: Record<string, number> };
    expect(Math.max(...Object.values(embedding))).to.be.above(0.7);
    await chunk({ sample_rate_hz: 4000 }, fixture.fault('audio', 'SAGE_208', from()));
    await chunk({ sample_rate_hz: 48000 }, fixture.fault('audio', null, from()));
  });

  it('hears latched and plain emergency stops; pressed while any button is', async () => {
    const type = 'std_msgs/msg/Bool';
    const pressed = (value: boolean, start: number) =>
      fixture.reading('emergency_stop', (reading) => reading.pressed === value, start);
    let start = from();
    await peer.do('publisher', { type, topic: '/emergency_stop', as: 'a', latched: true });
    await peer.do('publish', { topic: 'a', message: { data: true } });
    await pressed(true, start);
    await peer.do('publisher', { type, topic: '/emergency_stop', as: 'b' });
    await peer.do('matched', { as: 'b' });
    start = from();
    await peer.do('publish', { topic: 'b', message: { data: false } });
    await pressed(true, start);
    start = from();
    await peer.do('publish', { topic: 'a', message: { data: false } });
    await pressed(false, start);
    const heard = fixture.events.all.slice(start).filter(isReadingOf('emergency_stop'));
    expect(heard).to.have.length(1);
  });

  it('accepts a goal in plain words under its own id, and rejects one that is too long', async () => {
    await peer.publisher('std_msgs/msg/String', '/sage/goal');
    const start = from();
    await peer.publish('/sage/goal', { data: '  pick up the red block ' });
    const first = await fixture.reading('goal', () => true, start);
    expect(first).to.include({ text: 'pick up the red block', priority: 0, deadline_s: 0 });
    const next = from();
    await peer.publish('/sage/goal', { data: 'pick up the red block' });
    const second = await fixture.reading('goal', () => true, next);
    expect(second.goal_id).to.be.a('string').and.not.equal(first.goal_id);
    const third = from();
    await peer.publish('/sage/goal', { data: 'x'.repeat(501) });
    await fixture.fault('goal', 'SAGE_407', third);
    const fourth = from();
    await peer.publish('/sage/goal', { data: '   ' });
    await fixture.fault('goal', 'SAGE_401', fourth);
  });

  it('says when a goal was not taken because too many wait (SAGE_406)', async () => {
    fixture.tell({ kind: 'set', values: { refuseGoals: true } });
    const start = from();
    await fixture.events.wait('a cycle', ({ kind }) => kind === 'cycle', start);
    await peer.publish('/sage/goal', { data: 'go home' });
    await fixture.fault('goal', 'SAGE_406', start);
    fixture.tell({ kind: 'set', values: { refuseGoals: false } });
  });

  it('reads the robot description latched, and one that comes later', async () => {
    const type = 'std_msgs/msg/String';
    await peer.do('publisher', { type, topic: '/robot_description', as: 'd', latched: true });
    await peer.do('publish', { topic: 'd', message: { data: '<robot name="a"/>' } });
    expect(await fixture.reading('robot_description')).to.include({ urdf: '<robot name="a"/>' });
    const start = from();
    await peer.do('publish', { topic: 'd', message: { data: '<robot name="b"/>' } });
    expect(await fixture.reading('robot_description', () => true, start)).to.include({
      urdf: '<robot name="b"/>',
    });
    const next = from();
    await peer.do('publish', { topic: 'd', message: { data: ' ' } });
    await fixture.fault('robot_description', 'SAGE_302', next);
  });
});

function isReadingOf(source: string) {
  return (event: { kind: string; reading?: Record<string, unknown> }): boolean =>
    event.kind === 'reading' && event.reading?.source === source;
}

describe('simulated time', function () {
  this.timeout(4 * PATIENCE_MS);

  it('judges stamps by /clock, in every block', async function () {
    const rosArgs = ['--ros-args', '-p', 'use_sim_time:=true'];
    const { fixture, peer } = await startPair(this, {}, rosArgs);
    try {
      // As `ros2 bag play --clock` and simulators offer it.
      await peer.publisher('rosgraph_msgs/msg/Clock', '/clock', { best_effort: true, depth: 1 });
      await peer.publisher('sensor_msgs/msg/JointState', JOINTS);
      const clock = (sec: number) => peer.publish('/clock', { clock: { sec, nanosec: 0 } });
      const at = (sec: number) => ({ header: { stamp: { sec, nanosec: 0 } }, name: ['a'], position: [sec] });
      /** Time and joints again and again, as a simulator sends them. */
      const under = <T>(now: number, stamp: number, heard: Promise<T>): Promise<T> =>
        until(async () => {
          await clock(now);
          await peer.publish(JOINTS, at(stamp));
        }, heard);
      const read = (stamp_ms: number) =>
        fixture.reading(
          'joints',
          (told) => told.stamp_ms === stamp_ms && told.received_ms !== 0,
          fixture.events.all.length,
        );
      const reading = await under(100, 99, read(99_000));
      expect(reading).to.deep.include({ stamp_ms: 99_000, received_ms: 100_000, position: [99] });
      await under(100, 103, fixture.fault('joints', 'SAGE_209', fixture.events.all.length));
      // The simulation starts again.
      await under(1, 1, read(1000));
    } finally {
      await peer.close();
      await fixture.close();
    }
  });
});
