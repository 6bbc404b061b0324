import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { environmentScript, projectRoot, rosEnvironment, rosMode } from '../../scripts/env.mjs';

const bare = { PATH: '/usr/bin:/bin', HOME: '/home/someone' };
const sourced = {
  ...bare,
  ROS_DISTRO: 'jazzy',
  AMENT_PREFIX_PATH: '/opt/ros/jazzy',
  LD_LIBRARY_PATH: '/opt/l',
};

/** The environment that a process gets when /bin/sh has sourced the script. */
function throughShell(base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const script = environmentScript({ mode: rosMode(base) });
  const text = execFileSync('/bin/sh', ['-c', `${script}\n/usr/bin/env -0`], { env: base, encoding: 'utf8' });
  const pairs = text.split('\0').filter((line) => line !== '');
  const env = Object.fromEntries(
    pairs.map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]),
  );
  // The shell's own
  for (const name of ['PWD', 'OLDPWD', 'SHLVL', '_']) delete env[name];
  return env;
}

describe('the environment', () => {
  it('uses a sourced ROS 2, and its own where none is sourced', () => {
    expect(rosMode(bare)).to.equal('wheels');
    expect(rosMode(sourced)).to.equal('sourced');
    expect(rosMode({ ...bare, ROS_DISTRO: 'jazzy' })).to.equal('wheels');
  });

  it('does not take what it made itself for a sourced ROS 2', () => {
    const first = rosEnvironment({ base: bare });
    expect(rosMode(first)).to.equal('wheels');
    expect(rosEnvironment({ base: first })).to.deep.equal(first);
  });

  it('lays our messages on top of a sourced ROS 2 and leaves the rest of it alone', () => {
    const env = rosEnvironment({ base: { ...sourced, RMW_IMPLEMENTATION: 'rmw_cyclonedds_cpp' } });
    expect(env.AMENT_PREFIX_PATH).to.match(/^\/.*\/\.ros\/install-sourced:\/opt\/ros\/jazzy$/);
    expect(env.LD_LIBRARY_PATH).to.match(/\.ros\/install-sourced\/lib:\/opt\/l$/);
    expect(env).to.include({ PATH: bare.PATH, RMW_IMPLEMENTATION: 'rmw_cyclonedds_cpp' });
  });

  it('keeps the traffic on this machine unless the user asks for the network', () => {
    expect(rosEnvironment({ base: bare })).to.include({
      ROS_AUTOMATIC_DISCOVERY_RANGE: 'LOCALHOST',
      FASTRTPS_DEFAULT_PROFILES_FILE: `${projectRoot}/config/fastdds.xml`,
    });
    const asked = { ...bare, ROS_AUTOMATIC_DISCOVERY_RANGE: 'SUBNET' };
    expect(rosEnvironment({ base: asked })).to.include({
      ROS_AUTOMATIC_DISCOVERY_RANGE: 'SUBNET',
      FASTRTPS_DEFAULT_PROFILES_FILE: `${projectRoot}/config/fastdds-network.xml`,
    });
  });

  it('leaves a Fast DDS profile of the user’s in place', () => {
    const base = { ...bare, FASTRTPS_DEFAULT_PROFILES_FILE: '/mine.xml' };
    expect(rosEnvironment({ base }).FASTRTPS_DEFAULT_PROFILES_FILE).to.equal('/mine.xml');
    const newer = { ...bare, FASTDDS_DEFAULT_PROFILES_FILE: '/mine.xml' };
    expect(rosEnvironment({ base: newer })).not.to.have.property('FASTRTPS_DEFAULT_PROFILES_FILE');
  });

  for (const [what, base] of Object.entries({
    'a bare shell': bare,
    'a sourced ROS 2': sourced,
    'the network asked for': { ...bare, ROS_AUTOMATIC_DISCOVERY_RANGE: 'SUBNET' },
    'a profile of the user’s': { ...bare, FASTRTPS_DEFAULT_PROFILES_FILE: '/it is mine.xml' },
    'variables set but empty': { ...bare, LD_LIBRARY_PATH: '', RMW_IMPLEMENTATION: '', PYTHONPATH: '' },
    itself: rosEnvironment({ base: bare }),
  })) {
    it(`is the same for /bin/sh as for Node, from ${what}`, () => {
      expect(throughShell(base)).to.deep.equal(rosEnvironment({ base }));
    });
  }
});
