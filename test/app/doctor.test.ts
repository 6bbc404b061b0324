import { expect } from 'chai';
import { doctorText } from '../../src/app/commands/doctor.js';
import { atLeast, runChecks } from '../../src/app/doctor.js';

describe('the doctor', function () {
  this.timeout(30_000);

  it('compares versions by number, not by letter', () => {
    expect(atLeast('20.20.2', '20.20.2')).to.equal(true);
    expect(atLeast('20.9.0', '20.20.2')).to.equal(false);
    expect(atLeast('22.1.0', '20.20.2')).to.equal(true);
  });

  it('says what to do where there is no ROS, and does not try to load it', async () => {
    const checks = await runChecks({ PATH: process.env.PATH });
    const ros = checks.find(({ name }) => name === 'ros');
    expect(ros).to.include({ level: 'fail' });
    expect(ros?.remedy).to.include('bin/sage');
    expect(checks.map(({ name }) => name)).to.not.include('rclnodejs');
    const host = checks.find(({ name }) => name === 'model host');
    expect(host).to.include({ level: 'ok' });
    expect(host?.found, 'the execution providers of the runtime').to.include('cpu');
  });

  it('tells a library that does not load from messages that are not built', async () => {
    const env = {
      PATH: process.env.PATH,
      ROS_DISTRO: 'jazzy',
      AMENT_PREFIX_PATH: '/nowhere',
      LD_LIBRARY_PATH: '',
    };
    const checks = await runChecks(env);
    const messages = checks.find(({ name }) => name === 'messages');
    expect(messages).to.include({ level: 'fail', remedy: 'run npm run setup' });
    const library = checks.find(({ name }) => name === 'rclnodejs');
    expect(library?.level === 'ok' || library?.remedy === 'run npm run setup').to.equal(true);
  });

  it('names a Fast DDS profile that is missing', async () => {
    const checks = await runChecks({
      PATH: process.env.PATH,
      FASTRTPS_DEFAULT_PROFILES_FILE: '/nowhere.xml',
    });
    expect(checks.find(({ name }) => name === 'middleware')).to.include({
      level: 'fail',
      found: '/nowhere.xml does not exist',
    });
  });

  it('prints a line per check and what to do below it', () => {
    const text = doctorText([
      { name: 'node', level: 'ok', found: '20.20.2', remedy: '' },
      { name: 'cores', level: 'warn', found: '1', remedy: 'use two' },
    ]);
    expect(text).to.equal('✓ node   20.20.2\n! cores  1\n         → use two');
  });
});
