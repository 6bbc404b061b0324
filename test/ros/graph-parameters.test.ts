import { expect } from 'chai';
import { Fixture, ownDomain, PATIENCE_MS, type Peer, startPair } from './harness.js';

const BOOL = 1;
const INTEGER = 2;
const DOUBLE = 3;
const STRING = 4;
const BOOL_ARRAY = 6;
const DOUBLE_ARRAY = 8;

describe('parameters on the ROS graph', function () {
  this.timeout(4 * PATIENCE_MS);
  let fixture: Fixture;
  let peer: Peer;

  before(async function () {
    const rosArgs = ['--ros-args', '-p', 'robot.speed_scale:=1', '-p', 'robot.home:=[0, 1, 2]'];
    rosArgs.push('-p', 'sage:robot.joints:=["a","b","c"]', '-p', 'camera.grid_rows:=8');
    const parameters = { robot: { speed_scale: 0.2, tip_frame: 'flange' } };
    ({ fixture, peer } = await startPair(this, parameters, rosArgs));
  });

  after(async () => {
    await peer?.close();
    await fixture?.close();
  });

  const get = async (name: string) => {
    const { values } = (await peer.call('rcl_interfaces/srv/GetParameters', '/sage/get_parameters', {
      names: [name],
    })) as unknown as { values: [Record<string, unknown>] };
    return values[0];
  };
  const set = async (name: string, value: object) => {
    const { results } = (await peer.call('rcl_interfaces/srv/SetParameters', '/sage/set_parameters', {
      parameters: [{ name, value }],
    })) as unknown as { results: [{ successful: boolean; reason: string }] };
    return results[0];
  };
  const describeOf = async (name: string) => {
    const { descriptors } = (await peer.call(
      'rcl_interfaces/srv/DescribeParameters',
      '/sage/describe_parameters',
      { names: [name] },
    )) as unknown as { descriptors: [Record<string, unknown>] };
    return descriptors[0];
  };

  it('lays the command line over the configuration, a whole number standing for a real one too', async () => {
    expect(await get('robot.speed_scale')).to.include({ type: DOUBLE, double_value: 1 });
    expect(await get('robot.tip_frame')).to.include({ type: STRING, string_value: 'flange' });
    expect((await get('robot.home')).double_array_value).to.deep.equal([0, 1, 2]);
    expect((await get('robot.joints')).string_array_value).to.deep.equal(['a', 'b', 'c']);
    expect(await get('camera.grid_rows')).to.include({ type: INTEGER, integer_value: 8 });
  });

  it('lists every parameter of the schema and use_sim_time', async () => {
    const { result } = (await peer.call(
      'rcl_interfaces/srv/ListParameters',
      '/sage/list_parameters',
    )) as unknown as {
      result: { names: string[]; prefixes: string[] };
    };
    expect(result.names).to.include.members(['use_sim_time', 'node.autostart', 'sim.noise', 'robot.home']);
    expect(result.prefixes).to.include.members(['node', 'robot', 'camera', 'kernel']);
    const robot = (await peer.call('rcl_interfaces/srv/ListParameters', '/sage/list_parameters', {
      prefixes: ['robot'],
    })) as unknown as { result: { names: string[] } };
    expect(robot.result.names.every((name) => name.startsWith('robot.'))).to.equal(true);
  });

  it('describes each with its range, unit, source and whether it is live', async () => {
    const speed = await describeOf('robot.speed_scale');
    expect(speed).to.deep.include({
      type: DOUBLE,
      read_only: false,
      floating_point_range: [{ from_value: 0.01, to_value: 1, step: 0 }],
    });
    expect(speed.description).to.match(/velocity limits.*Source: .*Takes effect at once/);
    const retries = await describeOf('kernel.goal_retries');
    expect(retries).to.deep.include({
      type: INTEGER,
      read_only: true,
      integer_range: [{ from_value: 0, to_value: 20, step: 1 }],
    });
    const stale = await describeOf('camera.stale_ms');
    expect(stale.description).to.contain('Unit: ms.');
    expect(await describeOf('robot.arm_interface')).to.include({
      additional_constraints: 'one of auto, topic, action',
    });
    expect(await describeOf('no.such')).to.include({ type: 0 });
  });

  it('applies a live parameter and announces it on the graph', async () => {
    await peer.do('subscribe', { type: 'rcl_interfaces/msg/ParameterEvent', topic: '/parameter_events' });
    expect(await set('robot.speed_scale', { type: DOUBLE, double_value: 0.25 })).to.include({
      successful: true,
    });
    const taken = await fixture.events.wait(
      'the parameter',
      (event) => event.kind === 'parameter' && event.path === 'robot.speed_scale' && event.value,
    );
    expect(taken).to.equal(0.25);
    expect(await get('robot.speed_scale')).to.include({ double_value: 0.25 });
    // The subscription may have been too late for the first change.
    await set('robot.speed_scale', { type: DOUBLE, double_value: 0.26 });
    const event = await peer.message('/parameter_events', ({ node, changed_parameters }) => {
      return node === '/sage' && changed_parameters.length > 0;
    });
    expect(event.changed_parameters[0].name).to.equal('robot.speed_scale');
  });

  it('refuses what is out of range, of another type, read-only or unknown, and says why', async () => {
    const before = await get('robot.speed_scale');
    const refused = async (name: string, value: object, reason: RegExp) => {
      const result = await set(name, value);
      expect(result.successful, name).to.equal(false);
      expect(result.reason).to.match(reason);
    };
    await refused('robot.speed_scale', { type: DOUBLE, double_value: 7 }, /SAGE_102 .*7.*0\.01 to 1/);
    await refused('robot.speed_scale', { type: DOUBLE, double_value: 'nan' }, /SAGE_10[24]/);
    await refused('robot.speed_scale', { type: STRING, string_value: 'fast' }, /SAGE_104/);
    await refused('robot.speed_scale', { type: BOOL_ARRAY, bool_array_value: [true] }, /SAGE_104/);
    await refused('robot.speed_scale', { type: 0 }, /SAGE_104/);
    await refused('robot.home', { type: DOUBLE_ARRAY, double_array_value: [0] }, /read-only/);
    await refused('robot.speed', { type: DOUBLE, double_value: 1 }, /SAGE_101 robot\.speed/);
    await refused('use_sim_time', { type: INTEGER, integer_value: 1 }, /true or false/);
    expect(await get('robot.speed_scale')).to.deep.equal(before);
  });

  it('sets several parameters all or none', async () => {
    const { result } = (await peer.call(
      'rcl_interfaces/srv/SetParametersAtomically',
      '/sage/set_parameters_atomically',
      {
        parameters: [
          { name: 'robot.speed_scale', value: { type: DOUBLE, double_value: 0.11 } },
          { name: 'metabolism.crisis_surprise', value: { type: DOUBLE, double_value: 3 } },
        ],
      },
    )) as unknown as { result: { successful: boolean } };
    expect(result.successful).to.equal(false);
    expect((await get('robot.speed_scale')).double_value).not.to.equal(0.11);
  });

  it('switches to simulated time and back', async () => {
    expect(await set('use_sim_time', { type: BOOL, bool_value: true })).to.include({ successful: true });
    expect(await get('use_sim_time')).to.include({ bool_value: true });
    expect(await set('use_sim_time', { type: BOOL, bool_value: false })).to.include({ successful: true });
    expect(await get('use_sim_time')).to.include({ bool_value: false });
  });

  for (const [argument, code] of [
    ['robot.sped_scale:=1.0', 'SAGE_101'],
    ['robot.speed_scale:=4.0', 'SAGE_102'],
    ['robot.speed_scale:=fast', 'SAGE_104'],
    ['node.external_blocks:=["kamera"]', 'SAGE_102'],
  ] as const) {
    it(`does not start with ${argument} (${code})`, async () => {
      const started = Fixture.start(ownDomain(), {}, ['--ros-args', '-p', argument]);
      const failure = await started.then(
        async (wrong) => {
          await wrong.close();
          return 'it started';
        },
        (error: Error) => error.message,
      );
      expect(failure).to.contain(code).and.contain(argument.split(':=')[0]);
      if (code === 'SAGE_101') expect(failure).to.contain('the nearest is robot.speed_scale');
    });
  }
});
